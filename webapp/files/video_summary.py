"""The figures of a whole video, and the lines that print them."""

import math

from webapp.core.alert_rules import AlertRule, Observation
from webapp.core.alerts import LONGEST_STEP_S
from webapp.core.analysed import AnalysedFrame
from webapp.core.durations import clock
from webapp.core.indicator import UNCERTAIN
from webapp.core.series import SeriesSampler
from webapp.core.stretches import FaceTimes, Firing, LongestStretch, RuleTrial
from webapp.files.record_sinks import counted


class VideoSummary:
    """Takes frame after frame; its memory does not grow with the video."""

    def __init__(self, classes: tuple[str, ...], rule: AlertRule) -> None:
        """Start empty.

        Args:
            rule: of kind "expression"; it is tried on the video.
        """
        self.names = (*classes, UNCERTAIN)
        self.series = SeriesSampler(self.names)
        self.times = FaceTimes(self.names)
        self.trial = RuleTrial(rule)
        self.watched = LongestStretch()
        self.frames = self.faces = self.most_faces = 0
        self.ended_s = 0.0

    def step(self, analysed: AnalysedFrame) -> None:
        """Take the next analysed frame; its time counts from the start."""
        now_s, figures = analysed.captured_at_s, analysed.figures
        faces, counts = figures.faces or 0, figures.counts or dict.fromkeys(self.names, 0)
        self.frames += 1
        self.faces += faces
        self.most_faces = max(self.most_faces, faces)
        self.series.step(counts, figures.indicator, now_s)
        self.times.step(counts, now_s)
        self.trial.step(Observation.of(figures), now_s)
        expressions = self.trial.rule.expressions
        self.watched.step(any(counts.get(name) for name in expressions), now_s)
        self.ended_s = now_s

    def close(self, interval_s: float, latest_s: float = math.inf) -> None:
        """Let the last frame count for as long as the others, but not beyond the video.

        Args:
            latest_s: when the video, or what was read of it, ends.
        """
        self.ended_s = min(self.ended_s + interval_s, latest_s)
        self.times.step({}, self.ended_s)

    def lines(self) -> list[str]:
        """Return the summary as text for a terminal."""
        mean, total_s = self.faces / max(1, self.frames), sum(self.times.seconds.values())
        extent = (
            f"{clock(self.ended_s)} in {counted(self.frames, 'analysed frame')}; "
            f"{mean:.1f} faces in view on average, {self.most_faces} at most"
        )
        width = max(map(len, (*self.names, "expression")))
        rows = [
            f"{name:<{width}}  {clock(seconds):>10}  {seconds / total_s if total_s else 0:>5.0%}"
            for name, seconds in self.times.seconds.items()
        ]
        header = f"{'expression':<{width}}  {'face time':>10}  share"
        return [extent, header, *rows, self._stretch(), self._alert()]

    def _stretch(self) -> str:
        names, longest = " or ".join(self.trial.rule.expressions), self.watched.longest
        if longest is None:
            return f"nobody was read as {names}"
        span = f"{clock(longest.start_s)} to {clock(longest.end_s)}"
        return f"longest stretch with {names} in view: {longest.length_s:.1f} s, {span}"

    def _alert(self) -> str:
        trial = self.trial
        if not trial.is_judged:
            return (
                f"alert: not judged, since {trial.longest_step_s:.1f} s lie between two frames; "
                f"it needs one every {LONGEST_STEP_S:.0f} s (a smaller --every)"
            )
        if trial.firings:
            return f"alert: would have fired {_firing_times(trial.firings)}"
        limits = trial.rule.limits
        return (
            f"alert: would not have fired (it needs an indicator of {limits.enter:g} for "
            f"{limits.hold_s:g} s; the highest was {trial.highest:.1f} at "
            f"{clock(trial.highest_at_s)})"
        )


def _firing_times(firings: list[Firing]) -> str:
    first = firings[0]
    times = "once" if len(firings) == 1 else f"{len(firings)} times"
    end = "still open at the end"
    if first.resolved_at_s is not None:
        end = f"resolved at {clock(first.resolved_at_s)}"
    which = "" if len(firings) == 1 else "first "
    return f"{times}, {which}at {clock(first.fired_at_s)} (since {clock(first.since_s)}, {end})"
