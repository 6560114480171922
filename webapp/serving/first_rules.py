"""The rules that the settings make for a database that has none yet."""

from webapp.config import Settings
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.serving.expression_rule import expression_rule

# Ten seconds outlast a camera's own restart; after five a camera is back and does not only blink.
NO_DATA_LIMITS = Limits(50, 50, hold_s=10, clear_s=5)


def no_data_rule(settings: Settings) -> AlertRule:
    """Return the rule that watches for cameras without data until an admin changes it."""
    return AlertRule(
        id=0,
        name="No data",
        kind=RuleKind.NO_DATA,
        limits=NO_DATA_LIMITS,
        cooldown_s=settings.alert_cooldown_s,
        schedule=settings.alert_schedule,
    )


def first_rules(settings: Settings) -> tuple[AlertRule, ...]:
    """Return the rules for a database that has none yet."""
    return expression_rule(settings), no_data_rule(settings)
