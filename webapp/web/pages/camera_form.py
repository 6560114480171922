"""The form of one camera."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError

from webapp.core.camera_mask import format_mask, parse_mask
from webapp.core.camera_setup import MOST_TITLE_CHARACTERS, TURNS_DEG, CameraSetup
from webapp.core.camera_state import SourceKind
from webapp.core.privacy import LARGEST_GROUP, PRIVACY_WORDS, Privacy
from webapp.core.rooms import is_room
from webapp.core.sources import check_source
from webapp.web.pages.form_fields import NumberField, NumberIn, PageForm, TextOf, one_line

MOST_SOURCE_CHARACTERS = 2000
SHOWN_CHOICES = {mode.value: words for mode, words in PRIVACY_WORDS.items()}
SHOWN_FAULT = f"Expected {', '.join(SHOWN_CHOICES)}."
NEW = CameraSetup("", "", "")
ANY_WORKER = "any"
TURN_WORDS = {0: "as it is", 90: "a quarter to the right", 180: "upside down", 270: "to the left"}


def optional(form: PageForm, field: NumberField) -> None:
    """Accept an empty field."""
    if not (field.raw_data and field.raw_data[0].strip()):
        raise StopValidation


def values_of(setup: CameraSetup) -> dict[str, Any]:
    """Return what the form shows of a camera; an address is never shown again."""
    return {
        "title": setup.title,
        "source": "" if setup.kind == SourceKind.URL else setup.source,
        "turn_deg": str(setup.turn_deg),
        "is_mirrored": setup.is_mirrored,
        "mask": format_mask(setup.mask),
        "detect_width": setup.detect_width,
        "most_fps": setup.most_fps,
        "privacy": setup.privacy.value,
        "viewers_see": setup.viewers_see.value,
        "min_group": setup.min_group,
        "worker": setup.worker,
    }


class CameraForm(PageForm):
    """Sets a camera up, or describes a new one."""

    title = StringField(
        "Name",
        filters=[one_line],
        validators=[TextOf(MOST_TITLE_CHARACTERS, "a name, such as “Front door”")],
    )
    source = StringField("Source", filters=[lambda text: (text or "").strip()])
    turn_deg = SelectField(
        "Turned",
        choices={str(turn): TURN_WORDS[turn] for turn in TURNS_DEG},
        invalid_choice_message="Expected a turn from the list.",
    )
    is_mirrored = BooleanField("Mirrored")
    mask = TextAreaField("Masked areas")
    detect_width = NumberField("Width to find faces in", [optional, NumberIn(64, 4096, True)])
    most_fps = NumberField("Pictures a second at most", [optional, NumberIn(0.1, 60)])
    privacy = SelectField("Shows", choices=SHOWN_CHOICES, invalid_choice_message=SHOWN_FAULT)
    viewers_see = SelectField(
        "Viewers see", choices=SHOWN_CHOICES, invalid_choice_message=SHOWN_FAULT
    )
    min_group = NumberField("People at least", [NumberIn(1, LARGEST_GROUP, True)])
    worker = SelectField("Worker", invalid_choice_message="Expected a worker from the list.")

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        taken_titles: Collection[str],
        stored: CameraSetup | None = None,
        workers: Collection[str] = (),
    ) -> None:
        """Fill in what was sent, or else what is stored.

        Args:
            taken_titles: of the other cameras.
            stored: the camera as it is; None for a new one.
            workers: names of those that live.
        """
        values: Mapping[str, Any] = values_of(stored or NEW)
        super().__init__(formdata, data=values)
        self._taken = {title.casefold() for title in taken_titles}
        self._stored = stored
        names = sorted({*workers, values["worker"]} - {""})
        self.has_workers = bool(names)
        self.worker.choices = [("", ANY_WORKER), *((name, name) for name in names)]

    @property
    def keeps_address(self) -> bool:
        """Whether an empty source means the address that is stored."""
        return self._stored is not None and self._stored.kind == SourceKind.URL

    def validate_title(self, field: StringField) -> None:
        """Reject what another camera is called."""
        if field.data.casefold() in self._taken:
            raise ValidationError("Another camera is called so; expected a name of its own.")

    def validate_source(self, field: StringField) -> None:
        """Reject what cannot be meant."""
        if not field.data and self.keeps_address:
            return
        if not field.data:
            raise ValidationError(
                "Expected a camera's number, a device, a file, an address or demo, such as 0 or "
                "rtsp://camera/stream."
            )
        if len(field.data) > MOST_SOURCE_CHARACTERS:
            raise ValidationError(f"Expected at most {MOST_SOURCE_CHARACTERS} characters.")
        try:
            check_source(field.data)
        except ValueError as error:
            raise ValidationError(f"Expected {error}.") from None

    def validate_mask(self, field: TextAreaField) -> None:
        """Reject what is no area."""
        try:
            parse_mask(field.data or "")
        except ValueError as error:
            raise ValidationError(f"Expected {error}.") from None

    @property
    def is_room(self) -> bool:
        """Whether the source is that of a room, right or wrong."""
        return is_room(self.source.data or "")

    def has_source(self) -> bool:
        """Return whether there is something to test, whatever else is still to be filled in."""
        return self.source.validate(self, [CameraForm.validate_source])

    def wanted_source(self) -> str | None:
        """Return what the camera is to read; None where that is sealed and cannot be opened."""
        is_kept = self._stored is not None and not self.source.data
        return self._stored.source if self._stored and is_kept else self.source.data

    def setup(self, name: str) -> CameraSetup:
        """Return the camera that the form describes; only for a form that is valid.

        A room is neither masked nor turned: whose tile is where would be lost.
        """
        width = self.detect_width.data
        setup = CameraSetup(
            name=name,
            title=self.title.data,
            source=self.wanted_source(),
            turn_deg=int(self.turn_deg.data),
            is_mirrored=self.is_mirrored.data,
            mask=parse_mask(self.mask.data or ""),
            detect_width=None if width is None else int(width),
            most_fps=self.most_fps.data,
            privacy=Privacy(self.privacy.data),
            viewers_see=Privacy(self.viewers_see.data),
            min_group=int(self.min_group.data),
            worker=self.worker.data,
        )
        is_room = setup.is_room
        return replace(setup, turn_deg=0, is_mirrored=False, mask=()) if is_room else setup
