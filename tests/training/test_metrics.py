import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.training.metrics import (
    accuracy,
    alert_roc_area,
    certainty,
    choice_score,
    expected_calibration_error,
    majority_figures,
    reliability,
    report,
    roc_area,
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
    figures = {"accuracy": 1.0, "alert_roc_area": None, "n": 2}
    assert majority_figures(PROBABILITIES, votes, CLASSES) == figures
    votes[0] = [2, 8]
    assert majority_figures(PROBABILITIES, votes, CLASSES) == {**figures, "accuracy": 0.5}


def test_no_majority_has_no_accuracy():
    figures = majority_figures(PROBABILITIES, np.full((4, 2), 5), CLASSES)
    assert figures == {"accuracy": None, "alert_roc_area": None, "n": 0}


@pytest.mark.parametrize(
    ("positives", "negatives", "expected"),
    [
        ([0.9, 0.8], [0.1, 0.2, 0.3], 1.0),
        ([0.1], [0.9, 0.5], 0.0),
        ([0.8, 0.4], [0.6, 0.2], 0.75),  # three of four pairs are in order
        ([0.5, 0.9], [0.5, 0.5, 0.1], 0.8333),  # two of six pairs tie
        ([0.5, 0.5], [0.5], 0.5),
        ([0.5], [], None),
        ([], [0.5], None),
        ([], [], None),
    ],
)
def test_the_roc_area_counts_the_pairs_in_order_and_ties_half(positives, negatives, expected):
    is_positive = np.arange(len(positives) + len(negatives)) < len(positives)
    assert roc_area(np.array(positives + negatives), is_positive) == expected


ALARMING = ("fear", "happy", "angry")
READINGS = np.array([[0.3, 0.4, 0.3], [0.1, 0.7, 0.2], [0.5, 0.5, 0.0], [0.1, 0.9, 0.0]])


def test_the_alert_roc_area_is_of_angry_and_fear_together():
    # The sums are 0.6, 0.3, 0.5 and 0.1: one pair of four is out of order.
    assert alert_roc_area(READINGS, np.array([0, 2, 1, 1]), ALARMING) == 0.75


def test_votes_have_an_alert_roc_area_of_their_own():
    votes = np.array([[6, 0, 4], [0, 0, 9], [5, 5, 0], [0, 8, 2]])
    figures = majority_figures(READINGS, votes, ALARMING)
    assert figures == {"accuracy": 0.3333, "alert_roc_area": 1.0, "n": 3}


def test_classes_that_lack_one_of_the_two_have_no_alert_roc_area():
    assert alert_roc_area(READINGS, np.array([0, 2, 1, 1]), ("fear", "happy", "cross")) is None


def test_accuracy():
    assert accuracy(PROBABILITIES, LABELS) == 0.75


def test_networks_are_chosen_by_the_mean_of_what_is_known():
    by_labels = {"accuracy": 0.6, "alert_roc_area": 0.8}
    by_taggers = {"accuracy": 0.8, "alert_roc_area": 1.0}
    assert choice_score(by_labels) == 0.7
    assert choice_score({**by_labels, "fer_plus_majority": by_taggers}) == 0.8
    none = {"accuracy": None, "alert_roc_area": None}
    assert choice_score({"accuracy": 0.6, "alert_roc_area": None, "fer_plus_majority": none}) == 0.6


def _both(confidence: float, accuracy: float) -> dict[str, float]:
    return {"confidence": confidence, "accuracy": accuracy}
