"""The form that silences notifications for a while."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from webapp.core.local_time import parse_time
from webapp.web.pages.form_reader import FormReader

DURATIONS = {"15": "15 minutes", "60": "1 hour", "480": "8 hours"}
UNTIL = "until"
LONGEST = timedelta(days=31)
MOST_REASON_CHARACTERS = 500


@dataclass(frozen=True)
class SilenceRequest:
    """What the form asks for; None is all of them."""

    camera: str | None
    rule_id: int | None
    until: datetime
    reason: str


def read_silence(
    form: Mapping[str, str],
    cameras: Collection[str],
    rule_ids: Collection[int],
    zone: tzinfo,
    now: datetime,
) -> tuple[SilenceRequest, dict[str, str]]:
    """Read the form; the request holds only when there are no faults."""
    reader = FormReader(form)
    camera = reader.choice("camera", {"", *cameras}, "a camera")
    rule = reader.choice("rule", {"", *map(str, rule_ids)}, "a rule")
    length = reader.choice("length", {UNTIL, *DURATIONS}, "a length")
    reason = reader.text("reason", MOST_REASON_CHARACTERS, "a reason, for those who wonder")
    until = now
    if length in DURATIONS:
        until = now + timedelta(minutes=int(length))
    elif length == UNTIL:
        until = _until(reader, form.get("until", ""), zone, now)
    rule_id = int(rule) if rule and "rule" not in reader.faults else None
    return SilenceRequest(camera or None, rule_id, until, reason), reader.faults


def _until(reader: FormReader, text: str, zone: tzinfo, now: datetime) -> datetime:
    try:
        until = parse_time(text, zone)
    except ValueError:
        reader.faults["until"] = "Expected a day and a time."
        return now
    if not now < until <= now + LONGEST:
        reader.faults["until"] = f"Expected a time in the next {LONGEST.days} days."
    return until
