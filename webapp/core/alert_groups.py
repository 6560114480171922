"""Alerts of the same rule at the same camera that came one soon after the other, as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.core.messages import AlertRecord

# Between the end of one alert and the beginning of the next.
SOON = timedelta(minutes=10)


@dataclass(frozen=True)
class AlertGroup:
    """One alert, or its repeats with it; at least one, newest first."""

    alerts: Sequence[AlertRecord]

    @property
    def newest(self) -> AlertRecord:
        """The one that came last."""
        return self.alerts[0]

    @property
    def oldest(self) -> AlertRecord:
        """The one that came first."""
        return self.alerts[-1]

    @property
    def waiting(self) -> list[AlertRecord]:
        """Those that wait for somebody."""
        return [alert for alert in self.alerts if alert.waits]

    @property
    def peak(self) -> float:
        """The highest reading of all, 0-100."""
        return max(alert.peak for alert in self.alerts)


def group_repeats(alerts: Iterable[AlertRecord], soon: timedelta = SOON) -> list[AlertGroup]:
    """Put repeats together, each group where its newest alert stands.

    Args:
        alerts: newest first; those of other rules and cameras between two repeats part nothing.
        soon: a longer pause parts them.
    """
    groups: list[list[AlertRecord]] = []
    newest_of: dict[tuple[str, str], list[AlertRecord]] = {}
    for alert in alerts:
        key = alert.camera, alert.rule
        group = newest_of.get(key)
        if group and group[-1].since - _end(alert) <= soon:
            group.append(alert)
            continue
        newest_of[key] = [alert]
        groups.append(newest_of[key])
    return [AlertGroup(group) for group in groups]


def _end(alert: AlertRecord) -> datetime:
    return alert.resolved_at or alert.since
