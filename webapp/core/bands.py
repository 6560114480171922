"""Where a camera's value lies between the limits of its rule, and how many people have risen."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from webapp.core.alert_rules import AlertRule, Observation, RuleKind, rule_value
from webapp.core.alerts import Limits
from webapp.core.crew import People


class Band(StrEnum):
    """Where a value lies; `NONE` where no rule says what is much."""

    NONE = ""
    CALM = "calm"
    RAISED = "raised"
    ALERT = "alert"


@dataclass(frozen=True)
class Scale:
    """By what readings are measured at one moment.

    Attributes:
        watched: the expressions of the indicator.
        rules: in the order they were made.
    """

    watched: tuple[str, ...]
    rules: tuple[AlertRule, ...] = ()

    def rising(self, people: People) -> int:
        """Count the people who have risen in the watched expressions."""
        return int((people.risen(self.watched) > 0).sum())

    def band(self, camera: str, people: People) -> Band:
        """Return where the value of a camera's rule lies, whatever the rule's hours of duty."""
        rule = limiting_rule(self.rules, camera, people.classes)
        if rule is None:
            return Band.NONE
        return band_of(rule_value(rule, Observation(people)) or 0.0, rule.limits)


def limiting_rule(
    rules: Iterable[AlertRule], camera: str, classes: tuple[str, ...]
) -> AlertRule | None:
    """Return the rule by whose limits a camera is judged: its first on expressions that can fire.

    Args:
        rules: in the order they were made.
        camera: its name.
        classes: of the model.
    """
    for rule in rules:
        is_on_expressions = rule.kind == RuleKind.EXPRESSION
        if is_on_expressions and rule.applies_to(camera) and rule.can_fire(classes):
            return rule
    return None


def band_of(value: float, limits: Limits) -> Band:
    """Return where a value, 0-100, lies between a rule's limits."""
    if value >= limits.enter:
        return Band.ALERT
    return Band.RAISED if value >= limits.exit else Band.CALM
