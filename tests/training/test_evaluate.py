import numpy as np
import pytest

from webapp.training.evaluate import expected_calibration_error, report, wilson_interval

CLASSES = ("calm", "tense")


def test_report_counts_right():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    figures = report(probabilities, np.array([0, 0, 0, 1]), CLASSES)
    assert figures["confusion"] == [[2, 1], [0, 1]]
    assert figures["accuracy"] == 0.75
    assert figures["per_class"]["calm"] == {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "n": 3}
    assert figures["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-3)


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


def test_wilson_interval_of_a_known_case():
    low, high = wilson_interval(0.5, 100)
    assert (low, high) == (0.4038, 0.5962)
