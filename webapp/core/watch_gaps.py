"""Where nobody is watching, in words: a page that looks calm must not hide it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.core.alert_rules import AlertRule, RuleKind


@dataclass(frozen=True)
class Mute:
    """No message for one camera and one rule; None means for all of them."""

    camera: str | None
    rule_id: int | None

    def covers(self, camera: str, rule: AlertRule) -> bool:
        """Return whether a rule's alert at a camera is told to nobody."""
        return self.camera in (None, camera) and self.rule_id in (None, rule.id)


class Gap(StrEnum):
    """Why an alert may not come, as a sentence without the cameras."""

    NO_RULE = "Nobody is watching{at}: no rule is switched on."
    OFF_DUTY = "Nobody is watching{at} at this hour: no rule is on duty."
    NO_EXPRESSIONS = "Nobody is watching expressions{at}: only other rules are on."
    SILENCED = "Nobody gets a message{at}: alerts are silenced."


def watch_gaps(
    cameras: Mapping[str, str],
    rules: Iterable[AlertRule],
    classes: tuple[str, ...],
    mutes: Sequence[Mute],
    local: datetime,
) -> tuple[str, ...]:
    """Return a sentence for each reason why nobody watches some of the cameras, or is told.

    Args:
        cameras: what they are called, by name.
        rules: all there are, also those that are switched off.
        classes: of the model; a rule that names none of them never fires.
        mutes: the silences that hold now.
        local: the time now by the clock of the rules' schedules.

    Returns:
        Sentences that call the cameras where it is not all of them; none when all is well.
    """
    rules = tuple(rules)
    found: dict[Gap, list[str]] = {}
    for camera, title in cameras.items():
        gap = _gap(camera, [rule for rule in rules if rule.can_fire(classes)], mutes, local)
        if gap:
            found.setdefault(gap, []).append(title)
    return tuple(
        gap.format(at="" if len(found[gap]) == len(cameras) else f" at {', '.join(found[gap])}")
        for gap in Gap
        if gap in found
    )


def _gap(
    camera: str, rules: Sequence[AlertRule], mutes: Sequence[Mute], local: datetime
) -> Gap | None:
    switched_on = [rule for rule in rules if rule.applies_to(camera)]
    if not switched_on:
        return Gap.NO_RULE
    on_duty = [rule for rule in switched_on if rule.schedule.is_on(local)]
    if not on_duty:
        return Gap.OFF_DUTY
    if not any(rule.kind == RuleKind.EXPRESSION for rule in on_duty):
        return Gap.NO_EXPRESSIONS
    if all(any(mute.covers(camera, rule) for mute in mutes) for rule in on_duty):
        return Gap.SILENCED
    return None
