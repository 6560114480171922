"""The form that silences notifications for a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import DateTimeLocalInput

from webapp.core.local_time import parse_time
from webapp.web.pages.form_fields import PageForm, TextOf, one_line

DURATIONS = {"15": "15 minutes", "60": "1 hour", "480": "8 hours"}
UNTIL = "until"
LONGEST = timedelta(days=31)
MOST_REASON_CHARACTERS = 500


@dataclass(frozen=True)
class NewSilence:
    """What the form asks for; None is all of them."""

    camera: str | None
    rule_id: int | None
    until: datetime
    reason: str


class SilenceForm(PageForm):
    """Asks what to silence, and for how long."""

    # The page has another field for a camera, hence these ids.
    camera = SelectField(
        "Camera",
        id="silence-camera",
        default="",
        invalid_choice_message="Expected a camera from the list.",
    )
    rule = SelectField(
        "Rule",
        id="silence-rule",
        default="",
        invalid_choice_message="Expected a rule from the list.",
    )
    length = SelectField(
        "For",
        id="silence-length",
        choices=DURATIONS | {UNTIL: "until a time …"},
        invalid_choice_message="Expected a length from the list.",
    )
    until = StringField("Until", id="silence-until", default="", widget=DateTimeLocalInput())
    reason = StringField(
        "Reason",
        id="silence-reason",
        filters=[one_line],
        validators=[TextOf(MOST_REASON_CHARACTERS, "a reason, for those who wonder")],
    )

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        zone: tzinfo,
        now: datetime,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Fill in what was sent, or else `values`; `zone` is that of the field `until`."""
        super().__init__(formdata, data=values)
        self.zone, self.now = zone, now

    def offer(
        self,
        cameras: Mapping[str, str],
        rules: Iterable[tuple[int, str]],
        *,
        for_all: bool = True,
    ) -> None:
        """Set the cameras with their titles, and the rules with their ids, that can be silenced.

        Args:
            for_all: whether all cameras at once are on offer, unseen ones included.
        """
        every = {"": "All cameras"} if for_all else {}
        self.camera.choices = every | dict(cameras)
        self.rule.choices = {"": "All rules"} | {str(key): name for key, name in rules}

    def validate_until(self, field: StringField) -> None:
        """Reject a time that is over or too far away."""
        if self.length.data != UNTIL:
            return
        try:
            until = parse_time(field.data, self.zone)
        except ValueError:
            raise ValidationError("Expected a day and a time.") from None
        if not self.now < until <= self.now + LONGEST:
            raise ValidationError(f"Expected a time in the next {LONGEST.days} days.")

    def silence(self) -> NewSilence:
        """Return the silence that the form describes; only for a form that is valid."""
        if self.length.data == UNTIL:
            until = parse_time(self.until.data, self.zone)
        else:
            until = self.now + timedelta(minutes=int(self.length.data))
        rule_id = int(self.rule.data) if self.rule.data else None
        return NewSilence(self.camera.data or None, rule_id, until, self.reason.data)
