"""What the settings ask of alerting."""

from webapp.alerting.service import AlertPlan
from webapp.alerting.targets import parse_targets
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


def build_alert_plan(settings: Settings) -> AlertPlan:
    """Turn the settings into the first rules and the receivers.

    Raises:
        ConfigError: a receiver's URL is not one that Apprise knows.
    """
    return AlertPlan(
        seed=first_rules(settings),
        targets=parse_targets(settings.notify_urls),
        cooldown_s=settings.notify_cooldown_s,
        zone=settings.time_zone,
    )
