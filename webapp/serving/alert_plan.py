"""What the settings ask of alerting."""

from webapp.alerting.service import AlertPlan
from webapp.alerting.targets import parse_targets
from webapp.config import Settings
from webapp.serving.first_rules import first_rules
from webapp.serving.sealer import build_sealer


def build_alert_plan(settings: Settings) -> AlertPlan:
    """Turn the settings into the first rules and the receivers.

    Raises:
        ConfigError: a receiver's URL is not one that Apprise knows.
        StorageError: the signing key cannot be kept in the instance folder.
    """
    return AlertPlan(
        seed=first_rules(settings),
        targets=parse_targets(settings.notify_urls),
        cooldown_s=settings.notify_cooldown_s,
        zone=settings.time_zone,
        public_url=settings.public_url,
        sealer=build_sealer(settings),
    )
