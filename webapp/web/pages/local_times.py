"""Times as the templates show them: in the configured zone, with the UTC beside."""

from datetime import UTC, datetime, tzinfo
from typing import cast

from flask import Flask, current_app

from webapp.core.durations import duration_text, total_text
from webapp.core.utc import iso_utc
from webapp.web.services import utc_now

Moment = datetime | str


def init_local_times(app: Flask) -> None:
    """Give the templates their filters."""
    app.add_template_filter(clock_text, "clock_text")
    app.add_template_filter(utc_text, "utc_text")
    app.add_template_filter(iso_text, "iso_text")
    app.add_template_filter(age_text, "age_text")
    app.add_template_filter(span_text, "span_text")
    app.add_template_filter(total_text, "total_text")
    app.context_processor(lambda: {"time_zone": zone_name()})


def current_zone() -> tzinfo:
    """Return the zone that times are shown in."""
    return cast(tzinfo, current_app.config["TIME_ZONE"])


def zone_name() -> str:
    """Return the zone's name, such as Europe/Berlin."""
    zone = current_zone()
    return str(getattr(zone, "key", None) or zone)


def clock_text(moment: Moment) -> str:
    """Return the second, with the day (and the year unless it is this one) unless it is today."""
    local, today = _time(moment).astimezone(current_zone()), utc_now().astimezone(current_zone())
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    day = f"{local.day} {local:%b}" + ("" if local.year == today.year else f" {local.year}")
    return f"{day}, {local:%H:%M}"


def utc_text(moment: Moment) -> str:
    """Return the time as it stands in a title."""
    return f"{_time(moment).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def iso_text(moment: Moment) -> str:
    """Return the time for a program."""
    return iso_utc(_time(moment))


def age_text(moment: Moment) -> str:
    """Return how long ago it was."""
    return duration_text((utc_now() - _time(moment)).total_seconds())


def span_text(start: Moment, end: Moment) -> str:
    """Return how long it lasted."""
    return duration_text((_time(end) - _time(start)).total_seconds())


def _time(moment: Moment) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment
