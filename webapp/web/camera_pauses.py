"""Pauses in words, and the form that asks for one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import DateTimeLocalInput

from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus
from webapp.core.local_time import parse_time
from webapp.core.pauses import MOST_REASON_CHARACTERS, Pause
from webapp.core.purpose import Hold
from webapp.storage.pauses import paused_cameras
from webapp.storage.purposes import find_holds
from webapp.web.camera_purposes import hold_words
from webapp.web.pages.form_fields import PageForm, one_line
from webapp.web.pages.local_times import clock_text
from webapp.web.services import current_database, utc_now

OPEN_END, UNTIL = "", "until"
LENGTHS = {
    OPEN_END: "until somebody resumes it",
    "15": "for 15 minutes",
    "60": "for 1 hour",
    "480": "for 8 hours",
    UNTIL: "until a time …",
}
LONGEST = timedelta(days=366)


class PauseForm(PageForm):
    """Asks why and for how long; both may be left out."""

    reason = StringField("Reason", id="pause-reason", filters=[one_line], default="")
    length = SelectField(
        "Paused",
        id="pause-length",
        choices=LENGTHS,
        default=OPEN_END,
        invalid_choice_message="Expected a length from the list.",
    )
    until = StringField("Until", id="pause-until", default="", widget=DateTimeLocalInput())

    def __init__(self, formdata: MultiDict[str, str] | None, zone: tzinfo, now: datetime) -> None:
        """Fill in what was sent; `zone` is that of the field `until`."""
        super().__init__(formdata)
        self.zone, self.now = zone, now

    def validate_reason(self, field: StringField) -> None:
        """Reject one that is too long."""
        if len(field.data) > MOST_REASON_CHARACTERS:
            raise ValidationError(
                f"Expected a reason of at most {MOST_REASON_CHARACTERS} characters, "
                f"got {len(field.data)}."
            )

    def validate_until(self, field: StringField) -> None:
        """Reject a time that is over or too far away."""
        if self.length.data != UNTIL:
            return
        try:
            until = parse_time(field.data, self.zone)
        except ValueError:
            raise ValidationError("Expected a day and a time until when it is paused.") from None
        if not self.now < until <= self.now + LONGEST:
            raise ValidationError(f"Expected a time in the next {LONGEST.days} days.")

    def pause(self, camera: str, author: str) -> Pause:
        """Return the pause that the form describes; only for a form that is valid."""
        until = None
        if self.length.data == UNTIL:
            until = parse_time(self.until.data, self.zone)
        elif self.length.data:
            until = self.now + timedelta(minutes=int(self.length.data))
        return Pause(camera, self.now, author, self.reason.data, until)


def with_pauses(statuses: Sequence[CameraStatus]) -> list[CameraStatus]:
    """Return the statuses, and as the reason of a paused camera why and until when it is."""
    if all(status.state != CameraState.PAUSED for status in statuses):
        return list(statuses)
    with current_database().session() as work:
        pauses, holds = paused_cameras(work), find_holds(work, utc_now())
    return [
        replace(status, reason=_off_words(pauses.get(status.name), holds.get(status.name)))
        if status.state == CameraState.PAUSED
        else status
        for status in statuses
    ]


def _off_words(pause: Pause | None, hold: Hold | None) -> str:
    words = [hold_words(hold)] if hold else []
    return ", and ".join([*words, pause_words(pause)] if pause else words)


def pause_words(pause: Pause) -> str:
    """Return by whom, until when and why, such as `by mira until 14:30:00 (cleaning)`."""
    until = f" until {clock_text(pause.until)}" if pause.until else ""
    return f"by {pause.author}{until}" + (f" ({pause.reason})" if pause.reason else "")
