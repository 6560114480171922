"""The first rule about expressions, as the settings ask for it."""

from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits


def expression_rule(settings: Settings) -> AlertRule:
    """Return the rule that watches the alert expressions until an admin changes it."""
    return AlertRule(
        id=0,
        name=f"{' or '.join(settings.alert_emotions)} lasts",
        kind="expression",
        limits=Limits(
            settings.alert_enter, settings.alert_exit, settings.alert_hold_s, settings.alert_clear_s
        ),
        expressions=settings.alert_emotions,
        min_faces=settings.alert_min_faces,
        min_confidence=settings.alert_min_confidence,
        cooldown_s=settings.alert_cooldown_s,
        schedule=settings.alert_schedule,
    )
