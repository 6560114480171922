"""What every run of alerts must obey, judged by readings and transitions alone."""

import math
from collections.abc import Callable, Sequence

from webapp.core.alert_engine import AlertChange
from webapp.core.alerts import LONGEST_STEP_S, PENDING_LOST_S, Limits

ENDS = ("resolved", "reset")
OPEN = ("firing", "recovering")
LEGAL = {
    "normal": ("pending", "firing"),
    "pending": ("firing", "reset"),
    "firing": ("recovering", "resolved"),
    "recovering": ("firing", "resolved"),
}


class HeldTime:
    """Adds up the watched time for which a condition has held.

    Attributes:
        held_s: None while the condition does not hold.
    """

    def __init__(self, holds: Callable[[float], bool], lost_after_s: float = math.inf) -> None:
        self._holds, self._lost_after_s = holds, lost_after_s
        self._seen_at_s, self._is_watched = -math.inf, False
        self.held_s: float | None = None

    def read(self, value: float | None, now_s: float) -> None:
        """Take a reading; what comes after too long a silence only ends what was before."""
        silence_s = now_s - self._seen_at_s
        if self.held_s is not None and silence_s > self._lost_after_s:
            self.held_s, self._is_watched = None, False
        elif value is None:
            self._is_watched = False
        else:
            self._hold(value, silence_s)
            self._seen_at_s, self._is_watched = now_s, True

    def _hold(self, value: float, silence_s: float) -> None:
        counts = self._is_watched and 0 <= silence_s <= LONGEST_STEP_S
        if not self._holds(value):
            self.held_s = None
        elif self.held_s is None:
            self.held_s = 0.0
        else:
            self.held_s += silence_s if counts else 0.0


class ExpectedPhase:
    """Says by the readings of one rule and camera where they must stand."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self.phase = limits, "normal"
        self._high = HeldTime(lambda value: value >= limits.enter, PENDING_LOST_S)
        self._low = HeldTime(lambda value: value < limits.exit)

    def read(self, value: float | None, now_s: float) -> str:
        """Take a reading; returns the phase after it."""
        for held in (self._high, self._low):
            held.read(value, now_s)
        if self.phase in OPEN:
            stages = ("firing", "recovering", "normal")
            self.phase = _stage(self._low.held_s, self._limits.clear_s, stages)
        else:
            stages = ("normal", "pending", "firing")
            self.phase = _stage(self._high.held_s, self._limits.hold_s, stages)
        return self.phase

    @property
    def counted_s(self) -> float | None:
        """Watched time towards firing or resolving; None where nothing is counted."""
        counted = {"pending": self._high.held_s, "recovering": self._low.held_s}
        return counted.get(self.phase)


class AlertStory:
    """Takes what an engine reports and refuses what cannot be.

    That is: two open alerts of one rule and camera, an id that is used again, and a change that
    cannot follow the one before.
    """

    def __init__(self) -> None:
        self._newest: dict[tuple[int, str], AlertChange] = {}
        self._ids: set[str] = set()

    def add(self, changes: Sequence[AlertChange]) -> None:
        """Take changes in their order."""
        for change in changes:
            self._check(change)
            key = (change.rule.id, change.camera)
            self._newest[key] = change
            if change.transition.change in ENDS:
                del self._newest[key]

    def phase(self, rule_id: int, camera: str) -> str:
        """Return where a rule stands for a camera, by what was reported."""
        newest = self._newest.get((rule_id, camera))
        return newest.transition.change if newest else "normal"

    def lacks_data(self, camera: str) -> bool:
        """Return whether a no-data alert of a camera is open."""
        return any(
            change.camera == camera
            and change.rule.kind == "no_data"
            and change.transition.change in OPEN
            for change in self._newest.values()
        )

    def going_on(self) -> list[AlertChange]:
        """Return the newest change of every alert that has not ended."""
        return list(self._newest.values())

    def _check(self, change: AlertChange) -> None:
        transition = change.transition
        newest = self._newest.get((change.rule.id, change.camera))
        if newest is None:
            assert transition.alert_id not in self._ids, "an id was used again"
            self._ids.add(transition.alert_id)
        else:
            assert transition.alert_id == newest.transition.alert_id, "two alerts at once"
        assert transition.change in LEGAL[self.phase(change.rule.id, change.camera)]
        if change.rule.kind != "no_data" and not transition.reason:
            is_quiet = not self.lacks_data(change.camera) or transition.change == "reset"
            assert is_quiet, "changed without data"


def _stage(held_s: float | None, needed_s: float, stages: tuple[str, str, str]) -> str:
    if held_s is None:
        return stages[0]
    return stages[1] if held_s < needed_s else stages[2]
