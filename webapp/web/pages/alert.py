"""An alert's own page: what was seen, what happened, who was told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.core.access import Permission
from webapp.core.limit_words import LimitMark, limit_words
from webapp.core.messages import AlertRecord
from webapp.core.scales import MEANINGS, PRESENT_SCALE
from webapp.storage.alerts import Alert, AlertEvent, find_alert, list_alerts
from webapp.storage.history import history_bounds
from webapp.storage.outbox import Delivery, deliveries
from webapp.web.access.guard import current_actor
from webapp.web.access.permissions import needs
from webapp.web.api.alert_records import as_record
from webapp.web.api.alerts import find_record
from webapp.web.pages.curve import NARROW, Box, Curve, Span, draw_curve
from webapp.web.pages.history import RETENTION_DAYS
from webapp.web.pages.history_page import emptiness, forgotten_before, span_words
from webapp.web.pages.history_view import HistoryView, load_view
from webapp.web.pages.local_times import current_zone
from webapp.web.pages.ranges import TimeRange
from webapp.web.services import current_alerts, current_database, current_services, utc_now

AROUND = timedelta(minutes=2)
MOST_EARLIER = 8
# So that the words of two moments stand side by side.
WORD_WIDTH = 52
bp = Blueprint("alert", __name__, url_prefix="/alerts")


@dataclass(frozen=True)
class Told:
    """One receiver's message, and what became of it; `label` is "" where nobody knows its name."""

    label: str
    delivery: Delivery


@bp.get("/<alert_id>")
@needs(Permission.WATCH)
def page(alert_id: str) -> ResponseReturnValue:
    """Show one alert; one at a camera that is hidden is as if it were not there."""
    alerts, alert = current_alerts(), find_record(alert_id)
    now, zone = utc_now(), current_zone()
    wanted = time_around(alert, now)
    with current_database().session() as work:
        stored = find_alert(work, alert_id)
        view = load_view(work, alert.camera, wanted, zone, now)
        bounds = history_bounds(work, alert.camera)
        earlier, told = _earlier(work, alert), told_of(work, alert_id)
    keep_days = current_app.config[RETENTION_DAYS]
    return render_template(
        "alert.html",
        alert=alert,
        events=first_events(stored),
        view=view,
        curves=_curves(view, alert) if view.points else {},
        span_words=span_words(view.span_s),
        empty=emptiness(view, bounds, now, keep_days),
        forgotten_before=forgotten_before(wanted, now, keep_days),
        keep_days=keep_days,
        meanings=MEANINGS,
        present_scale=PRESENT_SCALE,
        told=told,
        has_receivers=bool(alerts.receivers()),
        earlier=earlier,
        trouble=alerts.trouble(),
        zone=zone,
    )


def time_around(alert: AlertRecord, now: datetime) -> TimeRange:
    """Return the time from two minutes before the condition began to two after its end.

    While an alert is open its time ends now, or a moment later on the first readings.
    """
    end = alert.resolved_at + AROUND if alert.resolved_at else now
    return TimeRange(alert.since - AROUND, max(end, alert.since + AROUND))


def first_events(alert: Alert | None) -> list[AlertEvent]:
    """Return what happened to an alert, oldest first; nothing of one that is not written."""
    return list(alert.events) if alert else []


def _curves(view: HistoryView, alert: AlertRecord) -> dict[str, Curve]:
    """Draw the indicator, wide and narrow, with this alert alone."""
    of_it = [each for each in view.alerts if each.id == alert.id]
    view, marks = replace(view, alerts=of_it), _marks(alert)
    return {
        width: replace(
            draw_curve(view, current_zone(), box),
            numbers=[],
            limits=[(box.y(mark.at), mark.words) for mark in marks],
            moments=moments(view, alert, box),
        )
        for width, box in (("wide", Box()), ("narrow", Box(NARROW)))
    }


def moments(view: HistoryView, alert: AlertRecord, box: Box) -> list[Span]:
    """Mark when an alert fired and when it was over; the second word is left out without room."""
    happened = [(alert.fired_at, "fired"), (alert.resolved_at, "over")]
    spans = [Span(round(box.x(view, at), 1), 0, word) for at, word in happened if at]
    if len(spans) == 2 and spans[1].x - spans[0].x < WORD_WIDTH:
        spans[1] = replace(spans[1], label="")
    return spans


def _marks(alert: AlertRecord) -> Sequence[LimitMark]:
    """Return the limits of the alert's rule, if it is still there and asks for the indicator."""
    services = current_services()
    rules = (r for r in services.rules() if (r.id, r.name) == (alert.rule_id, alert.rule))
    rule = next((r for r in rules if set(r.expressions) == set(alert.expressions)), None)
    if rule is None or services.runtime is None or alert.counts_people:
        return ()
    runtime = services.runtime
    return limit_words(rule, runtime.alert_emotions, runtime.classes).marks


def _earlier(work: Session, alert: AlertRecord) -> list[AlertRecord]:
    """List the alerts of the same camera that fired before it, newest first."""
    before = alert.fired_at or alert.since
    rows = list_alerts(
        work,
        camera=alert.camera,
        among=current_actor().cameras,
        end=before,
        with_tests=False,
        most=MOST_EARLIER,
    )
    return [as_record(row) for row in rows]


def told_of(work: Session, alert_id: str) -> list[Told]:
    """List the messages of an alert, and what became of each."""
    labels = {receiver.key: receiver.label for receiver in current_alerts().receivers()}
    return [Told(labels.get(each.target, ""), each) for each in deliveries(work, alert_id)]
