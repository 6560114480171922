"""The first rule about expressions, as the settings ask for it, and what a model can read of it."""

from collections.abc import Iterable
from dataclasses import replace

from webapp.config import Settings
from webapp.core.alert_rules import MOST_NAME_CHARACTERS, AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.errors import ConfigError
from webapp.core.indicator import missing_classes


def expression_rule(settings: Settings) -> AlertRule:
    """Return the rule that watches the alert expressions until an admin changes it."""
    return AlertRule(
        id=0,
        name=rule_name(settings.alert_emotions),
        kind=RuleKind.EXPRESSION,
        limits=Limits(
            settings.alert_enter, settings.alert_exit, settings.alert_hold_s, settings.alert_clear_s
        ),
        expressions=settings.alert_emotions,
        least_people=settings.alert_least_people,
        least_share=settings.alert_least_share,
        min_faces=settings.alert_min_faces,
        min_confidence=settings.alert_min_confidence,
        cooldown_s=settings.alert_cooldown_s,
        schedule=settings.alert_schedule,
    )


def rule_name(expressions: tuple[str, ...]) -> str:
    """Return what a rule on expressions is called, of at most `MOST_NAME_CHARACTERS`."""
    name = f"{' or '.join(expressions)} lasts"
    if len(name) <= MOST_NAME_CHARACTERS:
        return name
    rest = f" or {len(expressions) - 1} more last" if len(expressions) > 1 else " lasts"
    return expressions[0][: MOST_NAME_CHARACTERS - len(rest)] + rest


def rule_to_try(
    rules: Iterable[AlertRule], classes: tuple[str, ...], otherwise: AlertRule
) -> AlertRule:
    """Return the first rule that is switched on and watches expressions the model reads."""
    for rule in rules:
        if rule.kind == RuleKind.EXPRESSION and rule.is_enabled and rule.can_fire(classes):
            return replace(rule, expressions=known_expressions(classes, rule.expressions))
    return otherwise


def known_expressions(classes: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the alert expressions that are among the model's classes.

    Raises:
        ConfigError: none is.
    """
    known = tuple(name for name in wanted if name in classes)
    if not known:
        raise ConfigError(
            f"ALERT_EMOTIONS: expected at least one of the model's classes ({', '.join(classes)}), "
            f"got {', '.join(wanted)}."
        )
    return known


def ignored_warning(classes: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    """Return a line that names the alert expressions a model lacks; "" when it has all."""
    ignored = missing_classes(classes, wanted)
    if not ignored:
        return ""
    return f"ALERT_EMOTIONS: the model knows {', '.join(classes)}; ignored: {', '.join(ignored)}"
