"""The plots of a report, as Matplotlib figures; no global state, no window."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from webapp.training.dataset import FaceSet

MOST_PICTURES = 40
PICTURES_IN_ROW = 8
# Distinct with any colour vision: Okabe & Ito 2008, "Color Universal Design".
BLUE, ORANGE, INK, PALE = "#0072b2", "#d55e00", "#333333", "#c9c9c9"
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#6baed6", "#08306b"])


def history_plot(history: list[dict[str, float]]) -> Figure:
    """Draw loss and accuracy per epoch, in training and in validation.

    Args:
        history: a row per epoch with `loss`, `accuracy`, `val_loss` and `val_accuracy`.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    best = int(np.argmax([row["val_accuracy"] for row in history]))
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        _curves(axes, history, name)
        axes.axvline(best + 1, color=PALE, linestyle=":", zorder=0)
        axes.set_title(f"{name.capitalize()} ({history[best][f'val_{name}']:.3f} at best epoch)")
    accuracy.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    figure.suptitle(f"Training: the best of {len(history)} epochs is {best + 1}")
    return figure


def confusion_plot(figures: dict[str, Any]) -> Figure:
    """Draw the confusion matrix: counts, shaded by their share of the true class."""
    counts = np.array(figures["confusion"])
    names = [_plain(name) for name in figures["classes"]]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(4.0, 1.5 + 0.75 * len(names))
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, cmap=SHADES, vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted class", ylabel="true class", title=_summary(figures))
    for (row, column), share in np.ndenumerate(shares):
        text = f"{counts[row, column]}\n{share:.0%}" if counts[row, column] else "0"
        colour = "white" if share > 0.5 else INK
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, format=PercentFormatter(1, decimals=0))
    bar.set_label("share of the true class")
    return figure


def reliability_plot(figures: dict[str, Any]) -> Figure:
    """Draw how often predictions of a confidence are right, and how many of these there are."""
    figure = Figure(figsize=(6, 6.5), layout="constrained")
    right, share = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    rows = figures["reliability"]
    middles = [(row["from"] + row["to"]) / 2 for row in rows]
    width = 0.9 * (rows[0]["to"] - rows[0]["from"])
    right.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1, label="confidence is right")
    right.bar(middles, [row["accuracy"] for row in rows], width, color=BLUE, label="measured")
    title = f"Calibration error {figures['ece']:.3f} at temperature {figures['temperature']:.2f}"
    right.set(ylim=(0, 1), ylabel="share predicted rightly", title=title)
    share.bar(middles, [row["n"] / figures["n"] for row in rows], width, color=PALE)
    share.set(xlim=(0, 1), xlabel="confidence (best probability)", ylabel="share of predictions")
    label = f"uncertain below {figures['uncertain_below']:.2f}"
    for axes in (right, share):
        axes.axvline(figures["uncertain_below"], color=ORANGE, label=label)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.spines[["top", "right"]].set_visible(False)
    right.legend(loc="upper left", frameon=False)
    return figure


def worst_plot(faces: FaceSet, probabilities: np.ndarray) -> Figure:
    """Show the pictures predicted wrongly with the highest confidence, at most 40.

    Args:
        faces: N pictures.
        probabilities: (N, C) of their classes.
    """
    rows = worst_rows(probabilities, faces.labels)
    lines = max(1, -(-len(rows) // PICTURES_IN_ROW))
    figure = Figure(figsize=(1.5 * PICTURES_IN_ROW, 0.4 + 1.95 * lines), layout="constrained")
    # One drawing area for all: forty of them take seconds.
    axes = figure.subplots()
    for place, row in enumerate(rows):
        left, top = place % PICTURES_IN_ROW, 1.3 * (place // PICTURES_IN_ROW)
        box = (left + 0.03, left + 0.97, top + 0.97, top + 0.03)
        axes.imshow(faces.images[row], cmap="gray", vmin=0, vmax=255, extent=box)
        read = int(probabilities[row].argmax())
        names = _plain(f"{faces.classes[faces.labels[row]]} → {faces.classes[read]}")
        caption = f"{names}\n{probabilities[row, read]:.1%}"
        axes.text(left + 0.5, top, caption, ha="center", va="bottom", fontsize=8, color=INK)
    axes.set(xlim=(0, PICTURES_IN_ROW), ylim=(1.3 * lines - 0.3, -0.3))
    axes.set_axis_off()
    title = (
        "Wrong and most confident: label → prediction, confidence" if len(rows) else "None is wrong"
    )
    figure.suptitle(title)
    return figure


def worst_rows(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the rows predicted wrongly, the most confident first, at most 40."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1, initial=0.0)
    return wrong[np.argsort(-confidence, kind="stable")][:MOST_PICTURES]


def _curves(axes: Axes, history: list[dict[str, float]], name: str) -> None:
    epochs = range(1, len(history) + 1)
    marker = "o" if len(history) == 1 else ""
    for key, label, colour, line in (
        (name, "training", BLUE, "--"),
        (f"val_{name}", "validation", ORANGE, "-"),
    ):
        values = [row[key] for row in history]
        axes.plot(epochs, values, line, color=colour, marker=marker, label=label)
    axes.set(xlabel="epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=PALE, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def _summary(figures: dict[str, Any]) -> str:
    low, high = figures["interval_95"]
    right = f"{figures['accuracy']:.1%} of {figures['n']:,} right"
    return f"{right} (95% interval {low:.1%} to {high:.1%})\nmacro F1 {figures['macro_f1']:.1%}"


def _plain(name: str) -> str:
    """Keep Matplotlib from taking a class name for a formula."""
    return name.replace("$", r"\$")
