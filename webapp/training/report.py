"""What is known of a model, as files beside it: text, JSON and plots."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from webapp.core.errors import TrainingError
from webapp.core.indicator import ALERT_EMOTIONS
from webapp.disk.atomic import replace_files
from webapp.training.dataset import FaceSet
from webapp.training.plots import confusion_plot, history_plot, reliability_plot, worst_plot

DOTS_PER_INCH = 120


def write_report(
    folder: Path,
    faces: FaceSet,
    probabilities: np.ndarray,
    figures: dict[str, Any],
    history: list[dict[str, float]],
) -> None:
    """Write metrics.json, report.txt and the plots; each replaces its predecessor in one step.

    Args:
        folder: made when missing.
        faces: the N pictures that were measured; the worst of them are shown in worst.png.
        probabilities: (N, C) of their classes.
        figures: as `evaluate.measure` returns them.
        history: a row of figures per epoch; without any, there is no history.png.

    Raises:
        TrainingError: a file cannot be written.
    """
    _replace(folder / "metrics.json", (json.dumps(figures, indent=2) + "\n").encode())
    _replace(folder / "report.txt", classification_report(figures).encode())
    _replace(folder / "confusion.png", _png(confusion_plot(figures)))
    _replace(folder / "reliability.png", _png(reliability_plot(figures)))
    _replace(folder / "worst.png", _png(worst_plot(faces, probabilities)))
    if history:
        _replace(folder / "history.png", _png(history_plot(history)))


def classification_report(figures: dict[str, Any]) -> str:
    """Return precision, recall, F1 and count per class as a table, then the summary figures."""
    width = max(len("all, by class"), *map(len, figures["classes"]))
    rows = list(figures["per_class"].items())
    lines = [f"{'class':{width}}  precision  recall      F1      n"]
    lines += [_line(name, row, width) for name, row in rows]
    # Over the classes that occur, each counting the same.
    present = [row for _, row in rows if row["n"]]
    means = {key: float(np.mean([row[key] for row in present])) for key in ("precision", "recall")}
    means |= {"f1": figures["macro_f1"], "n": figures["n"]}
    lines += ["", _line("all, by class", means, width), ""]
    return "\n".join(lines + _summary(figures)) + "\n"


def _line(name: str, row: dict[str, float], width: int) -> str:
    shares = f"{row['precision']:9.3f}  {row['recall']:6.3f}  {row['f1']:6.3f}"
    return f"{name:{width}}  {shares}  {row['n']:5d}"


def _summary(figures: dict[str, Any]) -> list[str]:
    return [
        *_judged(figures),
        f"with mirror image    {figures['accuracy_flip']:.4f}",
        f"calibration error    {figures['ece']:.4f}  (temperature {figures['temperature']})",
        f"uncertain            {figures['uncertain_share']:.4f}  (best probability below "
        f"{figures['uncertain_below']})",
        f"accuracy of others   {_four_digits(figures['accuracy_certain'])}",
        f"ms per face          {figures['ms_per_face_alone']} alone, "
        f"{figures['ms_per_face']} in a batch of 8",
        f"parameters           {figures['parameters']}",
        f"weights (sha256)     {figures['weights_sha256']}",
        *_halves(figures),
    ]


def _halves(figures: dict[str, Any]) -> list[str]:
    lines = []
    if half := figures.get("choosing_half"):
        lines += ["", f"the half that chooses, {half['n']} pictures", *_judged(half)]
        lines += [f"score                {half['score']:.4f}  (their mean, by which train chooses)"]
    if half := figures.get("reporting_half"):
        held_out = _four_digits(figures["ece_held_out"])
        lines += ["", f"the half that only reports, {half['n']} pictures", *_judged(half)]
        lines += [f"calibration error    {held_out}  (temperature fitted on the other half)"]
    return lines


def _judged(figures: dict[str, Any]) -> list[str]:
    low, high = figures["interval_95"]
    lines = [
        f"accuracy             {figures['accuracy']:.4f}  (95 % interval {low:.4f} to {high:.4f})",
        *_roc_area(figures),
    ]
    if agreed := figures.get("fer_plus_majority"):
        right = _four_digits(agreed["accuracy"])
        pictures = f"{agreed['n']} pictures on which more than half of the taggers agree"
        lines += [f"FER+ majority        {right}  ({pictures})", *_roc_area(agreed)]
    return lines


def _roc_area(figures: dict[str, Any]) -> list[str]:
    area = figures["alert_roc_area"]
    what = f"{' or '.join(ALERT_EMOTIONS)} against the rest"
    return [] if area is None else [f"  ROC area           {area:.4f}  ({what})"]


def _four_digits(share: float | None) -> str:
    return "none" if share is None else f"{share:.4f}"


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    return buffer.getvalue()


def _replace(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_files({path: content})
    except OSError as error:
        raise TrainingError(
            f"{path}: cannot be written ({error.strerror}); an earlier one is intact. Make room or "
            "the folder writable, then: python -m webapp evaluate --report"
        ) from error
