"""Which stricter limits would have kept a rule's right alerts and dropped its false ones.

People say of alerts whether something was the matter; each is replayed under other limits by the
same step that raised it. Lower limits cannot be judged so: of what never became an alert nobody was
asked.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.core.alerts import AlertState, Limits, step
from webapp.core.course import Course

LEAST_ANSWERS = 20
# From so many right alerts on, one in twenty may be lost where no limits keep all of them.
LEAST_RIGHT_TO_LOSE_ONE = 40
ONE_IN = 20
# How much longer the condition might have to last.
LONGER_S = (0, 5, 10, 15, 30, 45)
HIGHEST = 100
# Short enough for `step` to count the time between two readings.
STEP_S = 2.0
# Stored courses are rounded.
ROUNDING_S = 0.05


@dataclass(frozen=True)
class AnsweredAlert:
    """How an alert went, and whether something was the matter."""

    course: Course
    was: bool


@dataclass(frozen=True)
class Proposal:
    """Limits that would have dropped false alerts, and what they would have done.

    Attributes:
        right: alerts that were right and are raised by the limits of today.
        kept: those of them that would have fired.
        wrong: alerts that were false and are raised by the limits of today.
        dropped: those of them that would not have fired.
    """

    limits: Limits
    right: int
    kept: int
    wrong: int
    dropped: int


class NoProposal(StrEnum):
    """Why no other limits are proposed."""

    TOO_FEW = "too few answers"
    NONE_WRONG = "no false alert"
    NONE_RIGHT = "no right alert"
    IMPOSSIBLE = "every false alert that stricter limits would drop takes a right one along"


def propose(limits: Limits, alerts: Sequence[AnsweredAlert]) -> Proposal | NoProposal:
    """Find the smallest change that drops the most false alerts and keeps the right ones.

    Alerts that the limits of today would not raise do not count: their course is not known, or the
    limits were lower then.

    Args:
        limits: of the rule as it stands; its exit follows its enter.
        alerts: those that were answered with was or was not.
    """
    raised = [alert for alert in alerts if would_fire(alert.course, limits)]
    right = [alert.course for alert in raised if alert.was]
    wrong = [alert.course for alert in raised if not alert.was]
    if len(raised) < LEAST_ANSWERS:
        return NoProposal.TOO_FEW
    if not wrong:
        return NoProposal.NONE_WRONG
    if not right:
        return NoProposal.NONE_RIGHT
    may_lose = len(right) // ONE_IN if len(right) >= LEAST_RIGHT_TO_LOSE_ONE else 0
    for least in sorted({len(right), len(right) - may_lose}, reverse=True):
        tried = [_try(_ladder(limits, longer_s), right, wrong, least) for longer_s in LONGER_S]
        found = [proposal for proposal in tried if proposal]
        if found:
            return max(found, key=lambda p: (p.dropped, p.kept, -_size(limits, p.limits)))
    return NoProposal.IMPOSSIBLE


def would_fire(course: Course, limits: Limits) -> bool:
    """Return whether an alert of this course would have fired under these limits."""
    limits = replace(limits, hold_s=max(0.0, limits.hold_s - ROUNDING_S))
    for readings in _stretches(course, limits.enter):
        # Most are too short; a page waits for the result.
        if not readings or readings[-1][0] - readings[0][0] < limits.hold_s:
            continue
        state = AlertState()
        for at_s, value in readings:
            state, _ = step(limits, state, value, at_s, str)
            if state.is_open:
                return True
    return False


def _stretches(course: Course, enter: float) -> Iterator[list[tuple[float, float | None]]]:
    """Yield times and values of each stretch in which nothing is known to be below `enter`."""
    readings: list[tuple[float, float | None]] = []
    at_s = 0.0
    for until_s, lowest in zip(course.until_s, course.lowest, strict=True):
        if lowest is not None and lowest < enter:
            yield readings
            readings = []
        else:
            while lowest is not None and at_s < until_s:
                readings.append((at_s, lowest))
                at_s += STEP_S
            readings.append((until_s, lowest))
        at_s = until_s
    yield readings


def _ladder(limits: Limits, longer_s: float) -> list[Limits]:
    """Return limits that begin as today and from each higher whole number; the exit follows."""
    gap, hold_s = limits.enter - limits.exit, limits.hold_s + longer_s
    enters = [limits.enter, *map(float, range(math.floor(limits.enter) + 1, HIGHEST + 1))]
    return [Limits(enter, enter - gap, hold_s, limits.clear_s) for enter in enters]


def _try(
    ladder: Sequence[Limits], right: Sequence[Course], wrong: Sequence[Course], least: int
) -> Proposal | None:
    """Return the lowest rung that drops all it can and keeps at least so many right alerts."""

    def keeps_enough(rung: Limits) -> bool:
        may_lose = len(right) - least
        for course in right:
            may_lose -= not would_fire(course, rung)
            if may_lose < 0:
                return False
        return True

    def drops_them(rung: Limits) -> bool:
        return not any(would_fire(course, rung) for course in dropped)

    # What fires on a rung fires on every lower one, too.
    ladder = ladder[: bisect_left(ladder, True, key=lambda rung: not keeps_enough(rung))]
    dropped = [course for course in wrong if ladder and not would_fire(course, ladder[-1])]
    if not dropped:
        return None
    best = ladder[bisect_left(ladder, True, key=drops_them)]
    kept = sum(would_fire(course, best) for course in right)
    return Proposal(best, len(right), kept, len(wrong), len(dropped))


def _size(old: Limits, new: Limits) -> float:
    """Return how much of a change it is: a point of the value weighs as much as a second."""
    return new.enter - old.enter + new.hold_s - old.hold_s
