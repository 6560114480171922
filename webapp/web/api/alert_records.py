"""Stored and live alerts as one kind of record, for the pages and `/api/alerts` alike."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app, url_for

from webapp.bus.json_codec import to_json
from webapp.core.alert_rules import RuleKind
from webapp.core.alert_text import alert_url
from webapp.core.alerts import Phase
from webapp.core.messages import Acknowledgement, AlertMessage, AlertNote, AlertRecord
from webapp.storage.alerts import Alert
from webapp.storage.answers import ANSWERED
from webapp.storage.silences import Silence

PUBLIC_URL = "PUBLIC_URL"
NOTES = ("acknowledged", "comment", ANSWERED)


@dataclass(frozen=True)
class Overview:
    """The alerts of now, newest first; those that wait for somebody before the others.

    Attributes:
        gaps: see `core.watch_gaps`.
    """

    records: Sequence[AlertRecord]
    gaps: Sequence[str] = ()

    @property
    def open(self) -> list[AlertRecord]:
        """Those that fired and are not over: those that wait first, silenced ones after others."""
        fired = [record for record in self.records if record.state.is_open]
        return sorted(fired, key=lambda r: (r.acknowledged is not None, bool(r.silenced_until)))

    @property
    def waiting(self) -> list[AlertRecord]:
        """Those that nobody has acknowledged."""
        return [record for record in self.open if record.acknowledged is None]

    @property
    def pending(self) -> list[AlertRecord]:
        """Those whose condition holds, but not for long enough yet."""
        return [record for record in self.records if record.state == Phase.PENDING]

    def as_json(self) -> list[dict[str, Any]]:
        """Return the records as the page's scripts read them."""
        return [alert_json(record) for record in self.records]


def alert_json(record: AlertRecord) -> dict[str, Any]:
    """Return an alert for programs and scripts, with the address of its page.

    Without `PUBLIC_URL` that is a path: nobody else knows under which name they reach the server.
    """
    public_url = alert_url(current_app.config[PUBLIC_URL], record.id)
    return to_json(record) | {"url": public_url or url_for("alert.page", alert_id=record.id)}


def as_record(alert: Alert, silences: Iterable[Silence] = ()) -> AlertRecord:
    """Return a stored alert with what people did with it."""
    acknowledged = None
    if alert.acknowledged_at is not None:
        acknowledged = Acknowledgement(alert.acknowledged_by or "", alert.acknowledged_at)
    return AlertRecord(
        id=alert.id,
        camera=alert.camera,
        rule=alert.rule_name,
        rule_id=alert.rule_id,
        kind=alert.kind,
        expressions=alert.expressions,
        state=alert.phase,
        since=alert.since,
        value=round(alert.value, 1),
        peak=round(alert.peak, 1),
        reason=alert.reason,
        evidence=alert.evidence,
        counts_people=alert.counts_people,
        advice=alert.advice,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        acknowledged=acknowledged,
        silenced_until=_silenced_until(alert, silences),
        notes=tuple(
            AlertNote(alert.id, event.change, event.author, event.text, event.at)
            for event in alert.events
            if event.change in NOTES
        ),
        answer=alert.answer,
    )


def merge(
    stored: Iterable[AlertRecord], live: Iterable[AlertMessage], silences: Collection[Silence] = ()
) -> list[AlertRecord]:
    """Join what the database holds with what the watch knows, which may be newer by a moment."""
    records = {record.id: record for record in stored}
    for alert in live:
        known = records.get(alert.id)
        if known is None:
            # Pending, or not written yet.
            known = AlertRecord(**vars(alert), silenced_until=_silenced_until(alert, silences))
        newer = vars(alert) | {"peak": max(known.peak, alert.peak)}
        records[alert.id] = replace(known, **newer)
    return sorted(records.values(), key=lambda record: record.since, reverse=True)


def _silenced_until(alert: Alert | AlertMessage, silences: Iterable[Silence]) -> datetime | None:
    if alert.kind == RuleKind.TEST:
        return None
    ends = [
        silence.until
        for silence in silences
        if silence.camera in (None, alert.camera) and silence.rule_id in (None, alert.rule_id)
    ]
    return max(ends, default=None)
