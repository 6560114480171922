"""Draws how expressions and the indicator went over a video, as a PNG file."""

import warnings
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from webapp.core.durations import clock
from webapp.core.errors import OutputError
from webapp.core.indicator import UNCERTAIN
from webapp.core.series import SeriesPoints
from webapp.core.stretches import RuleTrial
from webapp.files.video_part import PartFile
from webapp.files.video_records import VideoFrame
from webapp.files.video_summary import VideoSummary
from webapp.vision.safe_picture import COLOURS_BGR, OTHER_COLOURS_BGR, UNCERTAIN_BGR

INK, PALE, LIMIT = "#333333", "#c9c9c9", "#d55e00"


class TimelinePicture:
    """The picture of a whole video, drawn at its end; implements `video_records.VideoOutput`."""

    def __init__(self, target: Path, summary: VideoSummary) -> None:
        """Make sure that it can be written; raises OutputError."""
        if target.suffix.lower() != ".png":
            raise OutputError(f"{target}: expected a name that ends in .png.")
        self._part, self._summary = PartFile(target), summary

    def write(self, video_frame: VideoFrame) -> None:
        """Do nothing: the summary has taken the frame."""

    def check_room(self) -> None:
        """See `VideoOutput`."""
        self._part.check_room()

    def finish(self) -> None:
        """See `VideoOutput`."""
        figure = timeline_figure(
            self._summary.series.points(), self._summary.trial, self._summary.ended_s
        )
        with self._part.writing(), warnings.catch_warnings():
            # A box stands for a letter of a class's name that the font lacks.
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            figure.savefig(self._part.part, format="png", dpi=120)
        self._part.keep()

    def discard(self) -> None:
        """See `VideoOutput`."""
        self._part.discard()


def timeline_figure(points: SeriesPoints, trial: RuleTrial, ended_s: float) -> Figure:
    """Draw faces per expression above, the indicator with the limit of the alert below.

    Args:
        points: N may be 0.
        trial: of the rule on the same video.
        ended_s: length of the video.
    """
    edges_s = _edges(points, ended_s)
    figure = Figure(figsize=(12, 6.5), layout="constrained")
    faces, indicator = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    colours = [_colour(name, index) for index, name in enumerate(points.names)]
    # A dollar sign would begin a formula.
    labels = [name.replace("$", r"\$") for name in points.names]
    counts = _until_the_end(points.counts).T
    faces.stackplot(edges_s, counts, labels=labels, colors=colours, step="post", lw=0)
    faces.set(ylabel="faces in view")
    faces.yaxis.set_major_locator(MaxNLocator(integer=True))
    # The order in which the layers lie.
    faces.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, reverse=True)
    _draw_indicator(indicator, edges_s, points.indicator, trial)
    for axes in (faces, indicator):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=PALE, linewidth=0.5)
        axes.set_axisbelow(True)
    return figure


def _edges(points: SeriesPoints, ended_s: float) -> np.ndarray:
    """Return N + 1 times: each point stands from half-way to the one before to half-way on."""
    if not len(points):
        return np.zeros(0)
    half_ways = (points.at_s[:-1] + points.at_s[1:]) / 2
    return np.array([0.0, *half_ways, max(ended_s, *half_ways[-1:], 0.1)])


def _until_the_end(values: np.ndarray) -> np.ndarray:
    """Repeat the last of N values, so that it is drawn up to the last edge."""
    return np.concatenate([values, values[-1:]])


def _draw_indicator(
    axes: Axes, edges_s: np.ndarray, indicator: np.ndarray, trial: RuleTrial
) -> None:
    enter, end_s = trial.rule.limits.enter, float(edges_s[-1]) if len(edges_s) else 1.0
    # Where nobody is in view there is no number, and the line has a gap.
    axes.step(edges_s, _until_the_end(indicator), where="post", color=INK, linewidth=1)
    axes.axhline(enter, color=LIMIT, linestyle="--", linewidth=1, label=f"alert from {enter:g}")
    for number, firing in enumerate(trial.firings):
        until_s = end_s if firing.resolved_at_s is None else firing.resolved_at_s
        label = "alert fires" if number == 0 else None
        axes.axvspan(firing.fired_at_s, until_s, color=LIMIT, alpha=0.2, lw=0, label=label)
    axes.set(xlabel="time", ylabel="indicator", xlim=(0, end_s), ylim=(0, 100))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(seconds)))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)


def _colour(name: str, index: int) -> tuple[float, float, float]:
    """Return the colour in which boxes of this expression are drawn, as red, green, blue."""
    other = OTHER_COLOURS_BGR[index % len(OTHER_COLOURS_BGR)]
    blue, green, red = UNCERTAIN_BGR if name == UNCERTAIN else COLOURS_BGR.get(name, other)
    return red / 255, green / 255, blue / 255
