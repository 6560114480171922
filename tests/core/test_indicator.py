import numpy as np
import pytest

from webapp.core.indicator import (
    expression_counts,
    indicator,
    missing_classes,
    shared_rise,
    uncertain_rows,
)

CLASSES = ("angry", "fear", "happy")


@pytest.mark.parametrize(
    ("risen", "expected"), [([], 0.0), ([0.0], 0.0), ([1.0], 100.0), ([0.2, 0.6], 40.0)]
)
def test_the_indicator_is_the_share_that_has_risen(risen, expected):
    assert indicator(np.array(risen)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("risen", "people", "share", "expected"),
    [
        ([], 1, 0.0, 0.0),
        ([0.3], 1, 0.0, 30.0),
        ([0.3], 2, 0.0, 0.0),
        ([0.1, 0.9, 0.0, 0.2, 0.3, 0.1], 1, 0.0, 90.0),
        ([0.1, 0.9, 0.0, 0.2, 0.3, 0.1], 2, 0.0, 30.0),
        ([0.1, 0.9, 0.5], 0, 1 / 3, 90.0),
        ([0.1, 0.9, 0.5, 0.4], 0, 1 / 3, 50.0),
        ([0.1, 0.9, 0.5], 2, 1 / 3, 50.0),
        ([0.1, 0.9, 0.5], 1, 1.0, 10.0),
    ],
)
def test_so_many_people_have_risen_at_least_so_much(risen, people, share, expected):
    assert shared_rise(np.array(risen), people, share) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], {"angry": 0, "fear": 0, "happy": 0, "uncertain": 0}),
        ([[0.8, 0.1, 0.1]], {"angry": 1, "fear": 0, "happy": 0, "uncertain": 0}),
        ([[0.4, 0.3, 0.3]], {"angry": 1, "fear": 0, "happy": 0, "uncertain": 0}),
        ([[0.35, 0.34, 0.31]], {"angry": 0, "fear": 0, "happy": 0, "uncertain": 1}),
        (
            [[0.1, 0.1, 0.8], [0.1, 0.0, 0.9], [0.34, 0.33, 0.33]],
            {"angry": 0, "fear": 0, "happy": 2, "uncertain": 1},
        ),
    ],
)
def test_counts(rows, expected):
    probabilities = np.array(rows).reshape(-1, 3)
    uncertain = uncertain_rows(probabilities, 0.4)
    counts = expression_counts(probabilities, uncertain, CLASSES)
    assert counts == expected
    assert list(counts) == [*CLASSES, "uncertain"]


def test_a_face_of_a_class_without_a_name_is_a_mistake():
    with pytest.raises(ValueError, match="zip"):
        expression_counts(np.array([[0.1, 0.1, 0.8]]), np.array([False]), CLASSES[:2])


def test_missing_classes():
    assert missing_classes(CLASSES, ("angry", "rage")) == ("rage",)
    assert missing_classes(CLASSES, ("fear",)) == ()
