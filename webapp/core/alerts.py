"""The life of an alert: normal, pending, firing, recovering, resolved.

The words are those of Prometheus (`for`) and Grafana (pending, recovering, no data). A pure state
machine: time, readings and identities are passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.core.course import NO_COURSE, Course
from webapp.core.evidence import NO_EVIDENCE, Evidence


class Phase(StrEnum):
    """Where an alert stands; `NORMAL` is a rule without one."""

    NORMAL = "normal"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    RESOLVED = "resolved"

    @property
    def is_open(self) -> bool:
        """True from firing until resolved."""
        return self in (Phase.FIRING, Phase.RECOVERING)


class Change(StrEnum):
    """What an alert changed to; `RESET` is a pending one that ends without having fired."""

    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    RESET = "reset"

    @property
    def phase(self) -> Phase:
        """The phase that the alert is in afterwards; what never fired is resolved, too."""
        return Phase.RESOLVED if self is Change.RESET else Phase(self)


# A longer silence between two steps is time nobody watched: it counts for nothing.
LONGEST_STEP_S = 3.0
# A pending alert that cannot be watched for so long starts anew.
PENDING_LOST_S = 5.0


@dataclass(frozen=True)
class Limits:
    """What a rule asks of its value, 0-100.

    Attributes:
        enter: from here on the condition holds.
        exit: below here it is over; at most `enter`.
        hold_s: how long the condition must hold before the alert fires.
        clear_s: how long it must be over before the alert resolves.
    """

    enter: float
    exit: float
    hold_s: float
    clear_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.exit <= self.enter <= 100:
            raise ValueError(
                f"0 <= exit <= enter <= 100, got exit {self.exit} and enter {self.enter}"
            )
        if self.hold_s < 0 or self.clear_s < 0:
            raise ValueError(f"times of at least 0 s, got {self.hold_s} and {self.clear_s}")


@dataclass(frozen=True)
class AlertState:
    """Where one rule stands for one camera.

    Attributes:
        alert_id: given when the alert turned pending; "" while normal.
        since_s: when the condition began, UTC epoch.
        fired_at_s: when the alert fired, None before.
        counted_s: watched time towards firing (pending) or resolving (recovering).
        value: the newest reading, 0-100.
        peak: the highest reading since `since_s`.
        seen_at_s: time of the newest reading.
        is_watched: the newest step had a reading, so the time since then counts.
        course: how the value went since `since_s`; `AlertEngine` keeps it, a step leaves it alone.
        evidence: what the highest reading rests on.
    """

    phase: Phase = Phase.NORMAL
    alert_id: str = ""
    since_s: float = 0.0
    fired_at_s: float | None = None
    counted_s: float = 0.0
    value: float = 0.0
    peak: float = 0.0
    seen_at_s: float | None = None
    is_watched: bool = False
    course: Course = NO_COURSE
    evidence: Evidence = NO_EVIDENCE

    @property
    def is_open(self) -> bool:
        """True from firing until resolved."""
        return self.phase.is_open


@dataclass(frozen=True)
class Transition:
    """A change of an alert that somebody may want to know of.

    Attributes:
        change: what it changed to.
        since_s: when the condition began, UTC epoch.
        reason: why it was closed from outside, else "".
        course: how the value went since `since_s`.
        evidence: what the highest reading rests on.
    """

    alert_id: str
    change: Change
    at_s: float
    since_s: float
    value: float
    peak: float
    reason: str = ""
    course: Course = NO_COURSE
    evidence: Evidence = NO_EVIDENCE


def step(
    limits: Limits,
    state: AlertState,
    value: float | None,
    now_s: float,
    new_id: Callable[[], str],
    evidence: Evidence = NO_EVIDENCE,
) -> tuple[AlertState, Transition | None]:
    """Advance one rule by one reading.

    Args:
        limits: of the rule.
        state: as the last step left it.
        value: 0-100, or None when nothing is known; the unknown neither fires nor resolves.
        now_s: UTC epoch; a clock set back counts as no time.
        new_id: gives the identity of a new alert.
        evidence: what the value rests on.

    Returns:
        The new state, and the change if there is one.
    """
    if _is_lost(state, now_s):
        return AlertState(), _transition(state, Change.RESET, now_s)
    if value is None:
        return replace(state, is_watched=False), None
    elapsed_s = _elapsed_s(state, now_s)
    if value > state.peak:
        state = replace(state, peak=value, evidence=evidence)
    state = replace(state, value=value, seen_at_s=now_s, is_watched=True)
    return STEPS[state.phase](limits, state, elapsed_s, now_s, new_id)


def close(state: AlertState, now_s: float, reason: str) -> tuple[AlertState, Transition | None]:
    """End an alert from outside: its camera was paused, its rule removed, its schedule is over."""
    if state.phase == Phase.NORMAL:
        return AlertState(), None
    change = Change.RESOLVED if state.is_open else Change.RESET
    return AlertState(), _transition(state, change, now_s, reason)


def _normal(
    limits: Limits, state: AlertState, _: float, now_s: float, new_id: Callable[[], str]
) -> tuple[AlertState, Transition | None]:
    if state.value < limits.enter:
        return replace(state, peak=0.0, evidence=NO_EVIDENCE), None
    pending = replace(
        state,
        phase=Phase.PENDING,
        alert_id=new_id(),
        since_s=now_s,
        counted_s=0.0,
        peak=state.value,
    )
    if limits.hold_s == 0:
        return _fire(pending, now_s)
    return pending, _transition(pending, Change.PENDING, now_s)


def _pending(
    limits: Limits, state: AlertState, elapsed_s: float, now_s: float, _: Callable[[], str]
) -> tuple[AlertState, Transition | None]:
    if state.value < limits.enter:
        return AlertState(value=state.value, seen_at_s=now_s, is_watched=True), _transition(
            state, Change.RESET, now_s
        )
    state = replace(state, counted_s=state.counted_s + elapsed_s)
    return _fire(state, now_s) if state.counted_s >= limits.hold_s else (state, None)


def _firing(
    limits: Limits, state: AlertState, _elapsed_s: float, now_s: float, _: Callable[[], str]
) -> tuple[AlertState, Transition | None]:
    if state.value >= limits.exit:
        return state, None
    recovering = replace(state, phase=Phase.RECOVERING, counted_s=0.0)
    if limits.clear_s == 0:
        return _resolve(recovering, now_s)
    return recovering, _transition(recovering, Change.RECOVERING, now_s)


def _recovering(
    limits: Limits, state: AlertState, elapsed_s: float, now_s: float, _: Callable[[], str]
) -> tuple[AlertState, Transition | None]:
    if state.value >= limits.exit:
        again = replace(state, phase=Phase.FIRING, counted_s=0.0)
        return again, _transition(again, Change.FIRING, now_s)
    state = replace(state, counted_s=state.counted_s + elapsed_s)
    return _resolve(state, now_s) if state.counted_s >= limits.clear_s else (state, None)


STEPS = {
    Phase.NORMAL: _normal,
    Phase.PENDING: _pending,
    Phase.FIRING: _firing,
    Phase.RECOVERING: _recovering,
}


def _is_lost(state: AlertState, now_s: float) -> bool:
    """Return whether a pending alert went unwatched for too long: no reading, or no step at all."""
    if state.phase != Phase.PENDING or state.seen_at_s is None:
        return False
    return now_s - state.seen_at_s > PENDING_LOST_S


def _elapsed_s(state: AlertState, now_s: float) -> float:
    if state.seen_at_s is None or not state.is_watched:
        return 0.0
    elapsed_s = now_s - state.seen_at_s
    return elapsed_s if 0.0 <= elapsed_s <= LONGEST_STEP_S else 0.0


def _fire(state: AlertState, now_s: float) -> tuple[AlertState, Transition]:
    firing = replace(state, phase=Phase.FIRING, fired_at_s=now_s, counted_s=0.0)
    return firing, _transition(firing, Change.FIRING, now_s)


def _resolve(state: AlertState, now_s: float) -> tuple[AlertState, Transition]:
    calm = AlertState(value=state.value, seen_at_s=now_s, is_watched=True)
    return calm, _transition(state, Change.RESOLVED, now_s)


def _transition(state: AlertState, change: Change, now_s: float, reason: str = "") -> Transition:
    return Transition(
        state.alert_id,
        change,
        now_s,
        state.since_s,
        state.value,
        state.peak,
        reason,
        state.course,
        state.evidence,
    )
