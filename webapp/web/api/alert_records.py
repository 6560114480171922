"""Alerts as the pages and `/api/alerts` tell them, in one shape."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.storage.alerts import Alert, AlertEvent
from webapp.storage.silences import Silence

Record = dict[str, Any]
OPEN_STATES = ("firing", "recovering")
NOTES = ("acknowledged", "comment")


@dataclass(frozen=True)
class Overview:
    """The alerts of now, newest first; those that wait for somebody before the others."""

    records: Sequence[Record]

    @property
    def open(self) -> list[Record]:
        """Those that fired and are not over, unacknowledged ones first."""
        fired = [record for record in self.records if record["state"] in OPEN_STATES]
        return sorted(fired, key=lambda record: record["acknowledged"] is not None)

    @property
    def waiting(self) -> list[Record]:
        """Those that nobody has acknowledged."""
        return [record for record in self.open if record["acknowledged"] is None]

    @property
    def pending(self) -> list[Record]:
        """Those whose condition holds, but not for long enough yet."""
        return [record for record in self.records if record["state"] == "pending"]


def as_record(alert: Alert, silences: Iterable[Silence] = ()) -> Record:
    """Tell a stored alert."""
    return {
        "id": alert.id,
        "camera": alert.camera,
        "rule": alert.rule_name,
        "rule_id": alert.rule_id,
        "kind": alert.kind,
        "expressions": list(alert.expressions),
        "state": alert.phase,
        "since": alert.since.isoformat(),
        "fired_at": alert.fired_at.isoformat(),
        "resolved_at": _iso(alert.resolved_at),
        "value": round(alert.value, 1),
        "peak": round(alert.peak, 1),
        "reason": alert.reason,
        "acknowledged": _acknowledgement(alert),
        "silenced_until": _silenced_until(alert.camera, alert.rule_id, silences),
        "notes": [_as_note(event) for event in alert.events if event.change in NOTES],
    }


def merge(
    stored: Iterable[Record], live: Iterable[Record], silences: Collection[Silence] = ()
) -> list[Record]:
    """Join what the database holds with what the watch knows, which may be newer by a moment."""
    records = {record["id"]: record for record in stored}
    for event in live:
        known = records.get(event["id"], _unwritten(event, silences))
        peak = max(known["peak"], event["peak"])
        records[event["id"]] = known | event | {"peak": peak}
    return sorted(records.values(), key=lambda record: record["since"], reverse=True)


def _unwritten(event: Record, silences: Iterable[Silence]) -> Record:
    """Tell a pending alert, or one that the database does not have yet."""
    return event | {
        "fired_at": None,
        "resolved_at": None,
        "acknowledged": None,
        "silenced_until": _silenced_until(event["camera"], event["rule_id"], silences),
        "notes": [],
    }


def _acknowledgement(alert: Alert) -> Record | None:
    if alert.acknowledged_at is None:
        return None
    return {"by": alert.acknowledged_by, "at": alert.acknowledged_at.isoformat()}


def _silenced_until(camera: str, rule_id: int, silences: Iterable[Silence]) -> str | None:
    ends = [
        silence.until
        for silence in silences
        if silence.camera in (None, camera) and silence.rule_id in (None, rule_id)
    ]
    return _iso(max(ends, default=None))


def _as_note(event: AlertEvent) -> Record:
    at = event.at.isoformat()
    return {"change": event.change, "by": event.author, "text": event.text, "at": at}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
