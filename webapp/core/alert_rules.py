"""What is worth an alert, and what one frame says about it."""

from dataclasses import dataclass, field
from enum import StrEnum

from webapp.core.alerts import Limits
from webapp.core.crew import People
from webapp.core.evidence import NO_EVIDENCE, Evidence
from webapp.core.figures import Figures
from webapp.core.indicator import indicator, missing_classes, shared_rise
from webapp.core.schedule import Schedule

# A condition that is true or false, on the scale of the indicator.
TRUE, FALSE = 100.0, 0.0
SWITCH_LIMIT = 50.0

# The value of a rule that does not count people: the mean of all.
MEAN_FORM = "mean"

# Of a rule's texts: as wide as their columns in the database.
MOST_NAME_CHARACTERS = 80
MOST_ADVICE_CHARACTERS = 500


class RuleKind(StrEnum):
    """What a rule watches."""

    EXPRESSION = "expression"
    NO_DATA = "no_data"
    EMPTY_VIEW = "empty_view"
    # None of an admin's: see `played_alert`.
    TEST = "test"


@dataclass(frozen=True)
class AlertRule:
    """One rule, for one camera or for all.

    Attributes:
        kind: `EXPRESSION` watches whether people rise over their rest in `expressions`;
            `NO_DATA` that a camera delivers; `EMPTY_VIEW` that somebody is in view.
        camera: name, or None for every camera.
        least_people: an expression rule's value is how much at least so many people have risen; 0,
            together with a `least_share` of 0, for the mean of all, the indicator.
        least_share: the same for a share of the people in view, 0-1; the larger of both counts.
        min_faces: with fewer people in view an expression rule counts the view as calm.
        min_confidence: people whose best probability is lower are not counted, 0-1.
        cooldown_s: least time between two notifications that it fires, per camera.
        advice: what is to be done when it fires, in an admin's words; may be "".
    """

    id: int
    name: str
    kind: RuleKind
    limits: Limits
    camera: str | None = None
    expressions: tuple[str, ...] = ()
    least_people: int = 0
    least_share: float = 0.0
    min_faces: int = 1
    min_confidence: float = 0.0
    cooldown_s: float = 0.0
    schedule: Schedule = field(default_factory=Schedule)
    is_enabled: bool = True
    advice: str = ""

    @property
    def counts_people(self) -> bool:
        """Whether it asks how many people rise, instead of how far all do on average."""
        return self.least_people > 0 or self.least_share > 0

    @property
    def form(self) -> str:
        """What its value is made of, in words that differ where values cannot be compared."""
        if not self.counts_people:
            return MEAN_FORM
        return f"{self.least_people} people, {self.least_share:g} of those in view"

    def applies_to(self, camera: str) -> bool:
        """Return whether it watches this camera."""
        return self.is_enabled and self.camera in (None, camera)

    def unknown_expressions(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """Return what it watches and a model of these classes never reads."""
        return missing_classes(classes, self.expressions)

    def can_fire(self, classes: tuple[str, ...]) -> bool:
        """Return whether a model of these classes reads any of what it watches."""
        return self.kind != RuleKind.EXPRESSION or any(name in classes for name in self.expressions)


@dataclass(frozen=True)
class Observation:
    """What is known of one camera at one moment.

    Attributes:
        people: everybody in view; None when nothing is known (offline, analysis stalled).
        is_paused: a person switched the camera off; that is no lack of data.
        unread: how many faces are in view that `people` does not count.
        is_suppressed: whether nothing is said of whoever is in view, see `core.group_floor`.
    """

    people: People | None
    is_paused: bool = False
    unread: int = 0
    is_suppressed: bool = False

    @classmethod
    def of(cls, figures: Figures, *, is_paused: bool = False) -> "Observation":
        """Return what the figures of a frame tell."""
        return cls(figures.people, is_paused, figures.unread, figures.is_suppressed)


def rule_value(rule: AlertRule, observation: Observation) -> float | None:
    """Return what the rule compares with its limits, 0-100, or None when nothing is known."""
    people = observation.people
    if rule.kind == RuleKind.NO_DATA:
        return TRUE if people is None else FALSE
    if people is None:
        return None
    if rule.kind == RuleKind.EMPTY_VIEW:
        return FALSE if len(people) or observation.unread else TRUE
    if observation.is_suppressed and observation.unread:
        # Those who are there may show anything: an alert neither begins nor ends.
        return None
    counted = _counted(rule, people)
    if len(counted) < max(1, rule.min_faces):
        return FALSE
    risen = counted.risen(rule.expressions)
    if rule.counts_people:
        return shared_rise(risen, rule.least_people, rule.least_share)
    return indicator(risen)


def evidence(rule: AlertRule, observation: Observation) -> Evidence:
    """Return what a rule's value rests on; nothing is known of rules of other kinds."""
    people = observation.people
    if rule.kind != RuleKind.EXPRESSION or people is None:
        return NO_EVIDENCE
    return Evidence.of(_counted(rule, people), rule.expressions, len(people))


def _counted(rule: AlertRule, people: People) -> People:
    return people.take(people.probabilities.max(axis=1, initial=0.0) >= rule.min_confidence)
