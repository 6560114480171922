"""One camera over a stretch of time, for page, JSON, CSV and report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from webapp.core.access import Permission, may
from webapp.core.history import ROW_S
from webapp.core.limit_words import camera_limits
from webapp.core.pauses import Pause
from webapp.core.scales import MEANINGS, PRESENT_SCALE, SCALE_CHANGED
from webapp.core.timeline import Timeline
from webapp.storage.alerts import Alert, count_alerts, list_alerts
from webapp.storage.history import camera_names, read_history
from webapp.storage.pauses import pauses_between
from webapp.web.access.guard import current_actor
from webapp.web.api.alert_records import alert_json, as_record
from webapp.web.pages.ranges import TimeRange, utc_iso
from webapp.web.services import current_services

MOST_POINTS = 500
MOST_ALERTS = 200
# The newest row is written when it is over, and a moment later.
SETTLING = timedelta(seconds=2 * ROW_S)
# A span that lacks more of its time than this is shown as one without data.
MOSTLY = 0.5


@dataclass(frozen=True)
class Point:
    """One span of time.

    Attributes:
        end: excluded; time of which nothing at all was recorded is one long span.
        faces: mean over the time with data; it, `faces_max` and `counts` are None without any.
        counts: mean faces by class, `uncertain` among them.
        indicator: 0-100, mean over the time with a face in view; None without any.
        no_data: share of the span without data, 0-1.
        scale: of the indicator, see `core.scales`; None without one.
    """

    start: datetime
    end: datetime
    faces: float | None = None
    faces_max: int | None = None
    counts: dict[str, float] | None = None
    indicator: float | None = None
    indicator_max: float | None = None
    no_data: float = 1.0
    scale: int | None = None

    @property
    def is_mostly_unknown(self) -> bool:
        """True when more of it is without data than with."""
        return self.no_data > MOSTLY

    def as_json(self) -> dict[str, Any]:
        """Return it as the API gives it."""
        return {
            "at": utc_iso(self.start),
            "until": utc_iso(self.end),
            "faces": self.faces,
            "faces_max": self.faces_max,
            "counts": self.counts,
            "indicator": self.indicator,
            "indicator_max": self.indicator_max,
            "no_data": self.no_data,
            "scale": self.scale,
        }


@dataclass(frozen=True)
class Summary:
    """All points in one; None where there was nothing to take a mean of.

    The indicator is that of the newest scale in view alone.
    """

    indicator: float | None
    indicator_max: float | None
    highest_at: datetime | None
    faces: float | None
    faces_max: int | None
    counts: dict[str, float]
    no_data: timedelta


@dataclass(frozen=True)
class HistoryView:
    """What was recorded of a camera, and what was alerted, oldest first.

    Attributes:
        known_until: the end of the range, or about now when that is earlier.
        alerts: the newest `MOST_ALERTS` of the `alert_count` there were, by when they began.
        pauses: when the camera was switched off, oldest first.
    """

    camera: str
    range: TimeRange
    known_until: datetime
    span_s: int
    classes: tuple[str, ...]
    points: list[Point]
    alerts: list[Alert]
    alert_count: int
    summary: Summary
    pauses: Sequence[Pause] = ()

    @property
    def scales(self) -> list[int]:
        """Every scale that an indicator in view is of, ascending."""
        return sorted({point.scale for point in self.points if point.scale is not None})

    @property
    def scale_changes(self) -> list[datetime]:
        """Where points begin whose indicator is of another scale than the one before."""
        read = [point for point in self.points if point.scale is not None]
        return [after.start for before, after in pairwise(read) if after.scale != before.scale]

    def as_json(self) -> dict[str, Any]:
        """Return it as the API gives it."""
        return {
            "camera": self.camera,
            **self.range.as_query(),
            "span_s": self.span_s,
            "classes": list(self.classes),
            "points": [point.as_json() for point in self.points],
            "alerts": [_alert_json(alert) for alert in self.alerts],
            "alert_count": self.alert_count,
            "pauses": [_pause_json(pause, self.known_until) for pause in self.pauses],
        }


def load_view(
    session: Session,
    camera: str,
    wanted: TimeRange,
    zone: tzinfo,
    now: datetime,
    most_points: int = MOST_POINTS,
    *,
    for_report: bool = False,
) -> HistoryView:
    """Read a camera's history and alerts; without any row in the range there are no points.

    Args:
        for_report: with what happened to each alert.
    """
    start_s, end_s = wanted.start.timestamp(), wanted.end.timestamp()
    timeline = read_history(session, camera, start_s, end_s, most_points, zone)
    known_until = min(wanted.end, now - SETTLING)
    points = list(_points(timeline, wanted.start, known_until)) if len(timeline) else []
    # Whether an open alert lasts so long, nobody knows yet.
    is_ahead = wanted.start > now
    return HistoryView(
        camera=camera,
        range=wanted,
        known_until=known_until,
        span_s=timeline.length_s,
        classes=timeline.classes,
        points=points,
        alerts=[] if is_ahead else _alerts(session, camera, wanted, for_report),
        alert_count=0 if is_ahead else count_alerts(session, camera, wanted.start, wanted.end),
        summary=_summary(timeline, points, wanted.start, known_until),
        pauses=pauses_between(session, camera, wanted.start, known_until),
    )


def _alerts(session: Session, camera: str, wanted: TimeRange, for_report: bool) -> list[Alert]:
    alerts = list_alerts(
        session,
        camera=camera,
        start=wanted.start,
        end=wanted.end,
        with_tests=False,
        with_events=for_report,
        most=MOST_ALERTS,
    )
    return sorted(alerts, key=lambda alert: alert.since)


def indicator_words(camera: str) -> dict[str, Any]:
    """Return what templates need to say what the indicator means; see `core.scales`.

    The limits are those of today's rule, whatever held when a point was written.
    """
    services = current_services()
    runtime = services.runtime
    watched, classes = (runtime.alert_emotions, runtime.classes) if runtime else ((), ())
    return {
        "meanings": MEANINGS,
        "present_scale": PRESENT_SCALE,
        "scale_changed": SCALE_CHANGED,
        "watched": watched,
        "limits": camera_limits(services.rules(), camera, watched, classes),
    }


def recorded_cameras(session: Session) -> list[str]:
    """List the cameras that the user may watch: those of now, then those that only left history."""
    runtime = current_services().runtime
    present = [status.name for status in runtime.cameras()] if runtime else []
    names = dict.fromkeys([*present, *camera_names(session)])
    return [name for name in names if may(current_actor(), Permission.WATCH, name)]


def chosen_camera(name: str | None, cameras: list[str]) -> str:
    """Return the named camera, or the first when no name is given.

    Raises:
        NotFound: there is no such camera.
    """
    if name and name not in cameras:
        raise NotFound("There is no camera of this name, and none was recorded.")
    if not cameras:
        raise NotFound("There is no camera.")
    return name or cameras[0]


def _alert_json(alert: Alert) -> dict[str, Any]:
    payload = alert_json(as_record(alert))
    # Silences are those of now, and remarks stay with the alert.
    del payload["silenced_until"], payload["notes"]
    return payload


def _pause_json(pause: Pause, known_until: datetime) -> dict[str, Any]:
    until = pause.ended_at or max(known_until, pause.since)
    return {
        "at": utc_iso(pause.since),
        "until": utc_iso(until),
        "by": pause.author,
        "reason": pause.reason,
    }


def _points(timeline: Timeline, start: datetime, known_until: datetime) -> Iterator[Point]:
    """Yield spans with rows, and between them those of which nothing was recorded."""
    shares = timeline.no_data_share(known_until.timestamp())
    counts = timeline.counts_mean.round(3).tolist()
    for place in range(len(timeline)):
        begins, ends = (
            datetime.fromtimestamp(int(column[place]), start.tzinfo)
            for column in (timeline.start_s, timeline.end_s)
        )
        if begins > start:
            yield Point(start, begins)
        yield _point(timeline, place, begins, ends, float(shares[place]), counts[place])
        start = ends
    if known_until > start:
        yield Point(start, known_until)


def _point(
    timeline: Timeline,
    place: int,
    start: datetime,
    end: datetime,
    no_data: float,
    counts: list[float],
) -> Point:
    if not timeline.data_s[place]:
        return Point(start, end, no_data=round(no_data, 3))
    has_faces = timeline.faces_s[place] > 0
    return Point(
        start=start,
        end=end,
        faces=round(float(timeline.faces_mean[place]), 3),
        faces_max=int(timeline.faces_max[place]),
        counts=dict(zip(timeline.classes, counts, strict=True)),
        indicator=round(float(timeline.indicator_mean[place]), 1) if has_faces else None,
        indicator_max=round(float(timeline.indicator_max[place]), 1) if has_faces else None,
        no_data=round(no_data, 3),
        scale=int(timeline.scale[place]) if has_faces else None,
    )


def _summary(
    timeline: Timeline, points: list[Point], start: datetime, known_until: datetime
) -> Summary:
    data_s = timeline.data_s.sum()
    means = timeline.data_s @ timeline.counts_mean / data_s if data_s else ()
    read = [point for point in points if point.scale is not None]
    scale = max((point.scale or 0 for point in read), default=None)
    highest = max(
        (point for point in read if point.scale == scale),
        key=lambda point: point.indicator_max or 0.0,
        default=None,
    )
    by_faces = np.where(timeline.scale == scale, timeline.faces_s, 0.0)
    faces_s = by_faces.sum()
    return Summary(
        indicator=float(timeline.indicator_mean @ by_faces / faces_s) if faces_s else None,
        indicator_max=highest.indicator_max if highest else None,
        highest_at=max(highest.start, start) if highest else None,
        faces=float(timeline.faces_mean @ timeline.data_s / data_s) if data_s else None,
        faces_max=int(np.max(timeline.faces_max)) if data_s else None,
        counts=dict(zip(timeline.classes, np.asarray(means).tolist(), strict=False)),
        no_data=_without_data(points, start, known_until),
    )


def _without_data(points: list[Point], start: datetime, known_until: datetime) -> timedelta:
    if not points:
        return max(known_until - start, timedelta())
    lengths = (min(p.end, known_until) - max(p.start, start) for p in points)
    spans = (
        p.no_data * max(length, timedelta()) for p, length in zip(points, lengths, strict=True)
    )
    return sum(spans, timedelta())
