"""Whom alerts are sent to, and of which each is told."""

from dataclasses import dataclass, field
from datetime import datetime

from webapp.core.schedule import Schedule
from webapp.core.webhooks import LABEL

# Of a receiver's name: as wide as its column in the database.
MOST_NAME_CHARACTERS = 80


@dataclass(frozen=True)
class Scope:
    """Which alerts a receiver is told of.

    Attributes:
        rules: ids of the rules; None for all, also those to come. Empty once the last was removed.
        cameras: names; None for all, also those to come.
        schedule: when in the week; an alert that fires at another time is not told.
    """

    rules: frozenset[int] | None = None
    cameras: frozenset[str] | None = None
    schedule: Schedule = field(default_factory=Schedule)

    def wants(self, rule_id: int, camera: str, local: datetime) -> bool:
        """Return whether an alert is told, by the wall-clock time of its message."""
        if self.rules is not None and rule_id not in self.rules:
            return False
        if self.cameras is not None and camera not in self.cameras:
            return False
        return self.schedule.is_on(local)


@dataclass(frozen=True)
class Target:
    """Where messages go.

    Attributes:
        key: by which the outbox knows it.
        label: kind and host; safe to show.
        url: with credentials; never shown, logged, or stored unsealed.
    """

    key: str
    label: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class AlertReceiver:
    """Somebody who is told of alerts; `id` is 0 before it is stored."""

    id: int
    name: str
    label: str
    scope: Scope = field(default_factory=Scope)
    is_enabled: bool = True

    @property
    def is_webhook(self) -> bool:
        """Whether it has a template of its own."""
        return self.label.startswith(LABEL)
