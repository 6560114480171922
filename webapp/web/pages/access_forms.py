"""The forms that say what a user is, and which cameras users and groups see."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from webapp.core.access import Role
from webapp.storage.users import MAX_USERNAME_LENGTH
from webapp.web.pages.form_fields import PageForm, TextOf, one_line

ALL, SOME = "all", "some"
MOST_GROUP_NAME_CHARACTERS = 64
ROLE_WORDS = {
    Role.VIEWER: "Viewer: watches",
    Role.MANAGER: "Manager: also handles alerts, exports, analyses files and pauses cameras",
    Role.ADMIN: "Admin: also sets everything up, and sees all cameras",
}


def role_field() -> SelectField:
    """Return the field of a role."""
    return SelectField(
        "Role",
        choices=ROLE_WORDS,
        default=Role.VIEWER,
        invalid_choice_message="Expected a role from the list.",
    )


class NewUserForm(PageForm):
    """Describes a new user; the password is made up."""

    username = StringField(
        "User name",
        filters=[one_line],
        validators=[TextOf(MAX_USERNAME_LENGTH, "a name, such as “mira”")],
    )
    role = role_field()


class CamerasForm(PageForm):
    """Asks which cameras are seen: all, or some, of which there may be none."""

    which_cameras = RadioField(
        "Sees",
        choices={ALL: "All cameras, also those added later", SOME: "Only these"},
        default=ALL,
        validate_choice=False,
    )
    cameras = SelectMultipleField("Cameras", validate_choice=False, option_widget=CheckboxInput())

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        titles: Mapping[str, str],
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Fill in what was sent, or else the values; `titles` of cameras by name."""
        super().__init__(formdata, data=values)
        self.cameras.choices = sorted(titles.items(), key=lambda each: each[1].casefold())

    def validate_cameras(self, field: SelectMultipleField) -> None:
        """Reject a camera that there is not."""
        if (
            self.which_cameras.data == SOME
            and not set(field.data or ()) <= dict(field.choices).keys()
        ):
            raise ValidationError("Expected cameras from the list; one of them is not there.")

    @property
    def seen(self) -> frozenset[str] | None:
        """What the form describes; None for all."""
        return frozenset(self.cameras.data or ()) if self.which_cameras.data == SOME else None


class UserAccessForm(CamerasForm):
    """Says what a user is and which cameras he or she sees."""

    role = role_field()


class GroupForm(CamerasForm):
    """Describes a group of users who see cameras together."""

    name = StringField(
        "Name",
        filters=[one_line],
        validators=[TextOf(MOST_GROUP_NAME_CHARACTERS, "a name, such as “Night shift”")],
    )
    members = SelectMultipleField(
        "Members", coerce=int, validate_choice=False, option_widget=CheckboxInput()
    )

    def offer(self, people: Mapping[int, str]) -> None:
        """Offer users, names by id."""
        self.members.choices = list(people.items())

    def validate_members(self, field: SelectMultipleField) -> None:
        """Reject a user that there is not."""
        if not set(field.data or ()) <= dict(field.choices).keys():
            raise ValidationError("Expected users from the list; one of them is not there.")


def camera_values(cameras: frozenset[str] | None) -> dict[str, Any]:
    """Return what is seen by the names of the form's fields."""
    return {"which_cameras": ALL if cameras is None else SOME, "cameras": sorted(cameras or ())}
