"""What a recording shows as a whole: how long each expression lasted, and whether a rule fires."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from webapp.core.alert_rules import AlertRule, Observation, rule_value
from webapp.core.alerts import LONGEST_STEP_S, AlertState, Change, step


class FaceTimes:
    """Adds up, over all faces, the time that each expression was shown."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Start at zero for every name."""
        self.seconds = dict.fromkeys(names, 0.0)
        self._counts: Mapping[str, int] = {}
        self._at_s = 0.0

    def step(self, counts: Mapping[str, int], now_s: float) -> None:
        """Take a frame's faces per expression; each reading stands until the next."""
        for name, faces in self._counts.items():
            self.seconds[name] += faces * (now_s - self._at_s)
        self._counts, self._at_s = counts, now_s


@dataclass(frozen=True)
class Stretch:
    """A span of a recording, in seconds from its start."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


class LongestStretch:
    """Keeps the longest time that a condition held without a break."""

    def __init__(self) -> None:
        self.longest: Stretch | None = None
        self._current: Stretch | None = None

    def step(self, holds: bool, now_s: float) -> None:
        """Take one reading; a silence of more than `LONGEST_STEP_S` is a break."""
        if not holds:
            self._current = None
            return
        current = self._current or Stretch(now_s, now_s)
        if now_s - current.end_s > LONGEST_STEP_S:
            current = Stretch(now_s, now_s)
        self._current = replace(current, end_s=now_s)
        if self.longest is None or self._current.length_s > self.longest.length_s:
            self.longest = self._current


@dataclass(frozen=True)
class Firing:
    """One time that a rule would have fired, in seconds from the start of the recording.

    Attributes:
        since_s: when its condition began to hold.
        fired_at_s: when it had held for long enough.
        resolved_at_s: None when it was still open at the end.
    """

    since_s: float
    fired_at_s: float
    resolved_at_s: float | None = None


class RuleTrial:
    """Tries one rule on a recording, by the state machine that watches cameras.

    Attributes:
        firings: oldest first.
        highest: the rule's highest value so far, 0-100.
        highest_at_s: when that was.
        longest_step_s: the longest time between two readings.
    """

    def __init__(self, rule: AlertRule) -> None:
        """Try a rule; its schedule is left out, since a recording has no time of day."""
        self.rule = rule
        self.firings: list[Firing] = []
        self.highest = self.highest_at_s = self.longest_step_s = 0.0
        self._state = AlertState()
        self._at_s: float | None = None

    @property
    def is_judged(self) -> bool:
        """Whether readings came often enough for a hold time to be counted."""
        return self.longest_step_s <= LONGEST_STEP_S or self.rule.limits.hold_s == 0

    def step(self, observation: Observation, now_s: float) -> None:
        """Take one reading."""
        value = rule_value(self.rule, observation)
        if value is not None and value > self.highest:
            self.highest, self.highest_at_s = value, now_s
        if self._at_s is not None:
            self.longest_step_s = max(self.longest_step_s, now_s - self._at_s)
        self._at_s = now_s
        new_id = f"{len(self.firings) + 1}"
        self._state, transition = step(self.rule.limits, self._state, value, now_s, lambda: new_id)
        if transition is None:
            return
        is_open = bool(self.firings) and self.firings[-1].resolved_at_s is None
        if transition.change == Change.FIRING and not is_open:
            self.firings.append(Firing(transition.since_s, transition.at_s))
        if transition.change == Change.RESOLVED:
            self.firings[-1] = replace(self.firings[-1], resolved_at_s=transition.at_s)
