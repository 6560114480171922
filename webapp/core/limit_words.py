"""The limits of a rule as the dashboard shows them: marks on its gauge and line, or a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.core.alert_rules import AlertRule
from webapp.core.bands import limiting_rule
from webapp.core.durations import duration_text


@dataclass(frozen=True)
class LimitMark:
    """A limit on the scale of the indicator, 0-100, and what happens there."""

    at: float
    words: str


@dataclass(frozen=True)
class LimitWords:
    """What is said of a rule's limits.

    Attributes:
        marks: where alerts begin, then where they end; none when the rule compares another value
            than the indicator.
        sentence: what marks do not say; may be "".
    """

    marks: tuple[LimitMark, ...] = ()
    sentence: str = ""


NO_LIMITS = LimitWords()


def camera_limits(
    rules: Iterable[AlertRule], camera: str, watched: tuple[str, ...], classes: tuple[str, ...]
) -> LimitWords:
    """Return what is said of the rule by whose limits a camera is judged.

    Args:
        rules: in the order they were made.
        camera: its name.
        watched: the expressions of the indicator.
        classes: of the model.
    """
    return limit_words(limiting_rule(rules, camera, classes), watched, classes)


def limit_words(
    rule: AlertRule | None, watched: tuple[str, ...], classes: tuple[str, ...]
) -> LimitWords:
    """Return what is said of a camera's rule.

    Args:
        rule: see `bands.limiting_rule`; None says nothing.
        watched: the expressions of the indicator.
        classes: of the model; what a rule names beyond them is never seen.
    """
    if rule is None:
        return LimitWords()
    seen = tuple(name for name in classes if name in rule.expressions)
    is_indicator = set(seen) == set(watched)
    hold = f" for {duration_text(rule.limits.hold_s)}" if rule.limits.hold_s else ""
    begins, ends = f"from {rule.limits.enter:g}{hold}", f"ends below {rule.limits.exit:g}"
    if is_indicator and not rule.counts_people:
        marks = LimitMark(rule.limits.enter, f"alerts {begins}"), LimitMark(rule.limits.exit, ends)
        return LimitWords(marks, _conditions(rule))
    named = "" if is_indicator else f" in {' or '.join(seen)}"
    if rule.counts_people:
        what = f"Alerts when {_so_many(rule)}{named}{hold and f',{hold}'}."
    else:
        what = f"Alerts on the share of people risen{named} instead: {begins}, {ends}."
    return LimitWords((), f"{what} {_conditions(rule)}".strip())


def _so_many(rule: AlertRule) -> str:
    share = f"{100 * rule.least_share:.0f} % of the people in view"
    if not rule.least_people:
        return f"at least {share} rise"
    people = "1 person" if rule.least_people == 1 else f"{rule.least_people} people"
    if rule.least_share:
        return f"at least {people} and {share} rise"
    return f"at least {people} {'rises' if rule.least_people == 1 else 'rise'}"


def _conditions(rule: AlertRule) -> str:
    """Return why an alert may not come though the number is high; mostly ""."""
    said = []
    if rule.min_faces > 1:
        said.append(f"Only with at least {rule.min_faces} people in view.")
    if rule.min_confidence > 0:
        said.append(f"Leaves out people read less surely than {100 * rule.min_confidence:.0f} %.")
    return " ".join(said)
