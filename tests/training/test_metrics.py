import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.training.metrics import (
    accuracy,
    certainty,
    expected_calibration_error,
    majority_accuracy,
    reliability,
    report,
)

CLASSES = ("calm", "tense")
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
LABELS = np.array([0, 0, 0, 1])


def test_report_counts_right():
    figures = report(PROBABILITIES, LABELS, CLASSES)
    assert figures["confusion"] == [[2, 1], [0, 1]]
    assert figures["accuracy"] == 0.75
    assert figures["per_class"]["calm"] == {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "n": 3}
    assert figures["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-3)
    assert sum(row["n"] for row in figures["reliability"]) == figures["n"] == 4


def test_a_class_that_does_not_occur_does_not_lower_macro_f1():
    figures = report(np.array([[0.9, 0.1]]), np.array([0]), CLASSES)
    assert figures["macro_f1"] == 1.0
    assert figures["per_class"]["tense"]["n"] == 0


@pytest.mark.parametrize(
    ("confidence", "right", "expected"), [(0.8, 8, 0.0), (0.9, 5, 0.4), (0.999, 10, 0.001)]
)
def test_calibration_error(confidence, right, expected):
    probabilities = np.tile([confidence, 1 - confidence], (10, 1))
    labels = np.array([0] * right + [1] * (10 - right))
    assert expected_calibration_error(probabilities, labels) == pytest.approx(expected, abs=1e-9)


def test_reliability_lists_each_bin_that_is_not_empty():
    probabilities = np.array([[0.62, 0.38], [0.64, 0.36], [1.0, 0.0]])
    low, high = reliability(probabilities, np.array([0, 1, 0]))
    assert low == pytest.approx({"from": 0.6, "to": 2 / 3, "n": 2} | _both(0.63, 0.5))
    assert high == pytest.approx({"from": 14 / 15, "to": 1.0, "n": 1} | _both(1.0, 1.0))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0.5, 1), st.booleans()), min_size=1, max_size=40))
def test_reliability_loses_no_prediction(predictions):
    confidence, is_right = np.array(predictions, float).T
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = np.where(is_right, probabilities.argmax(axis=1), 1 - probabilities.argmax(axis=1))
    rows = reliability(probabilities, labels)
    assert sum(row["n"] for row in rows) == len(predictions)
    right = sum(row["n"] * row["accuracy"] for row in rows)
    assert right == pytest.approx(is_right.sum())
    assert 0 <= expected_calibration_error(probabilities, labels) <= 1


@pytest.mark.parametrize(
    ("threshold", "share", "right"),
    [(0.5, 0.0, 0.75), (0.75, 0.5, 0.5), (0.8, 0.5, 0.5), (0.85, 0.75, 1.0), (0.95, 1.0, None)],
)
def test_certainty_leaves_uncertain_predictions_out(threshold, share, right):
    result = certainty(PROBABILITIES, LABELS, threshold)
    assert result == {"uncertain_share": share, "accuracy_certain": right}


def test_the_majority_is_more_than_half_of_ten_taggers():
    votes = np.array([[6, 4], [5, 5], [5, 0], [3, 7]])
    assert majority_accuracy(PROBABILITIES, votes) == {"accuracy": 1.0, "n": 2}
    votes[0] = [2, 8]
    assert majority_accuracy(PROBABILITIES, votes) == {"accuracy": 0.5, "n": 2}


def test_no_majority_has_no_accuracy():
    assert majority_accuracy(PROBABILITIES, np.full((4, 2), 5)) == {"accuracy": None, "n": 0}


def test_accuracy():
    assert accuracy(PROBABILITIES, LABELS) == 0.75


def _both(confidence: float, accuracy: float) -> dict[str, float]:
    return {"confidence": confidence, "accuracy": accuracy}
