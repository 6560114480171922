"""Where each value of a rule comes from: a setting at the first start, or the admin page since."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.core.alert_rules import RuleKind

ADMIN_PAGE, BUILT_IN = "admin page", "built in"
SHARED = {"cooldown_s": "ALERT_COOLDOWN_S", "schedule": "ALERT_SCHEDULE"}
# The setting that each value of a first rule is taken from; the others are built in.
SETTINGS: Mapping[RuleKind, Mapping[str, str]] = {
    RuleKind.EXPRESSION: {
        "expressions": "ALERT_EMOTIONS",
        "enter": "ALERT_ENTER",
        "exit": "ALERT_EXIT",
        "hold_s": "ALERT_HOLD_S",
        "clear_s": "ALERT_CLEAR_S",
        "least_people": "ALERT_LEAST_PEOPLE",
        "least_share": "ALERT_LEAST_SHARE",
        "min_faces": "ALERT_MIN_FACES",
        "min_confidence": "ALERT_MIN_CONFIDENCE",
        **SHARED,
    },
    RuleKind.NO_DATA: SHARED,
    RuleKind.EMPTY_VIEW: {},
}


@dataclass(frozen=True)
class UnusedSetting:
    """A setting that was changed after the first start, which changes no rule any more.

    Attributes:
        name: such as `ALERT_ENTER`.
        says: its value now.
        used: the rule's value, which counts.
    """

    name: str
    says: Any
    used: Any


def value_sources(
    kind: RuleKind, values: Mapping[str, Any], seed: Mapping[str, Any] | None
) -> dict[str, str]:
    """Return whether a setting, nobody or the admin page gave each value of a rule.

    Args:
        kind: of the rule when it was made.
        values: the rule's values by name, as they count now.
        seed: those it was made of at the first start; None for a rule of the admin page.

    Returns:
        By name: the setting, `BUILT_IN` or `ADMIN_PAGE`.
    """
    settings = SETTINGS[kind]
    return {
        name: settings.get(name, BUILT_IN)
        if seed is not None and seed.get(name) == value
        else ADMIN_PAGE
        for name, value in values.items()
    }


def unused_settings(
    kind: RuleKind, values: Mapping[str, Any], seed: Mapping[str, Any], now: Mapping[str, Any]
) -> list[UnusedSetting]:
    """List the settings that say something else than at the first start and than the rule.

    Args:
        kind: of the rule when it was made.
        values: the rule's values by name, as they count now.
        seed: those it was made of.
        now: those it would be made of today.
    """
    return [
        UnusedSetting(setting, now[name], values[name])
        for name, setting in SETTINGS[kind].items()
        if now[name] not in (seed.get(name), values[name])
    ]
