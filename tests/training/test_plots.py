import numpy as np
import pytest

from webapp.training.dataset import FaceSet
from webapp.training.metrics import report
from webapp.training.plots import (
    MOST_PICTURES,
    confusion_plot,
    history_plot,
    reliability_plot,
    worst_plot,
    worst_rows,
)

CLASSES = ("calm", "tense", "$wild$ _^{")


def measured(count: int, class_count: int = 3) -> tuple[np.ndarray, np.ndarray, dict]:
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(class_count), count)
    labels = rng.integers(0, class_count, count)
    classes = CLASSES if class_count == 3 else tuple(f"class {n}" for n in range(class_count))
    result = {"temperature": 1.2, "uncertain_below": 0.45}
    return probabilities, labels, report(probabilities, labels, classes) | result


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("epochs", [1, 3])
def test_history_shows_training_and_validation(epochs):
    rows = [
        {"loss": 2 - n, "accuracy": n / 4, "val_loss": 2 - n / 2, "val_accuracy": n / 5}
        for n in range(epochs)
    ]
    figure = history_plot(rows)
    figure.draw_without_rendering()
    loss, accuracy = figure.axes
    assert loss.lines[1].get_ydata().tolist() == [row["val_loss"] for row in rows]
    assert accuracy.lines[0].get_ydata().tolist() == [row["accuracy"] for row in rows]
    assert figure.get_suptitle() == f"Training: the best of {epochs} epochs is {epochs}"


@pytest.mark.parametrize("class_count", [2, 20])
def test_confusion_shows_every_count_shaded_by_row(class_count):
    _, _, figures = measured(200, class_count)
    figure = confusion_plot(figures)
    figure.draw_without_rendering()
    counts = np.array(figures["confusion"])
    result = [int(text.split("\n")[0]) for text in texts(figure.axes[0])]
    assert result == counts.ravel().tolist()
    shares = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_a_class_without_pictures_has_an_empty_row():
    figures = report(np.eye(3)[[0, 1]], np.array([0, 1]), CLASSES)
    shares = confusion_plot(figures).axes[0].images[0].get_array()
    assert shares[2].tolist() == [0, 0, 0]


def test_reliability_shows_bins_shares_and_threshold():
    _, _, figures = measured(300)
    figure = reliability_plot(figures)
    figure.draw_without_rendering()
    right, share = figure.axes
    heights = [bar.get_height() for bar in right.patches]
    assert heights == [row["accuracy"] for row in figures["reliability"]]
    assert sum(bar.get_height() for bar in share.patches) == pytest.approx(1)
    assert "uncertain below 0.45" in [line.get_label() for line in right.lines]


def test_the_most_confident_mistakes_come_first():
    probabilities = np.array([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    assert worst_rows(probabilities, np.array([1, 1, 1, 0])).tolist() == [1, 3, 0]


@pytest.mark.parametrize(("wrong", "shown"), [(0, 0), (9, 9), (60, MOST_PICTURES)])
def test_worst_shows_at_most_forty_pictures(wrong, shown):
    labels = np.array([1] * wrong + [0] * 3)
    probabilities = np.tile([0.5, 0.3, 0.2], (len(labels), 1))
    images = np.zeros((len(labels), 48, 48), np.uint8)
    faces = FaceSet(images, labels, ("",) * len(labels), CLASSES)
    figure = worst_plot(faces, probabilities)
    figure.draw_without_rendering()
    assert len(figure.axes[0].images) == shown
    assert texts(figure.axes[0]) == ["tense → calm\n50.0%"] * shown
    assert ("None is wrong" in figure.get_suptitle()) == (shown == 0)


def test_class_names_are_not_read_as_formulas():
    labels = np.array([2])
    faces = FaceSet(np.zeros((1, 48, 48), np.uint8), labels, ("",), CLASSES)
    worst_plot(faces, np.array([[0.8, 0.1, 0.1]])).draw_without_rendering()
