import numpy as np
import pytest

from webapp.core.indicator import (
    expression_counts,
    indicator,
    missing_classes,
    uncertain_rows,
)

CLASSES = ("angry", "fear", "happy")


@pytest.mark.parametrize(
    ("rows", "watched", "expected"),
    [
        ([], ("angry", "fear"), 0.0),
        ([[0.0, 0.0, 1.0]], ("angry", "fear"), 0.0),
        ([[1.0, 0.0, 0.0]], ("angry", "fear"), 100.0),
        ([[0.3, 0.2, 0.5]], ("angry", "fear"), 50.0),
        ([[0.3, 0.2, 0.5]], ("fear",), 20.0),
        ([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], ("angry", "fear"), 50.0),
        ([[1.0, 0.0, 0.0]], ("angry", "contempt"), 100.0),
        ([[1.0, 0.0, 0.0]], ("contempt",), 0.0),
    ],
)
def test_indicator(rows, watched, expected):
    probabilities = np.array(rows).reshape(-1, 3)
    assert indicator(probabilities, CLASSES, watched) == pytest.approx(expected)


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
