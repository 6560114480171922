"""The form of one receiver."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from webapp.core.errors import EvenkeelError
from webapp.core.receivers import MOST_NAME_CHARACTERS, AlertReceiver, Scope
from webapp.core.schedule import format_schedule, parse_schedule
from webapp.web.pages.form_fields import PageForm, TextOf, one_line

ALL, SOME = "all", "some"
MOST_ADDRESS_CHARACTERS = 2000


@dataclass(frozen=True)
class ReceiverChoices:
    """What the form offers, and what others have.

    Attributes:
        rules: names by id.
        cameras: titles by name.
        label: what is shown of the present address; "" for a new receiver.
        taken_names: those of the other receivers.
        taken_addresses: names of the other receivers by address.
        label_of: see `LiveAlerts.label_of`.
    """

    rules: Mapping[int, str]
    cameras: Mapping[str, str]
    label: str
    taken_names: Collection[str]
    taken_addresses: Mapping[str, str]
    label_of: Callable[[str], str]


class ReceiverForm(PageForm):
    """Edits a receiver, or describes a new one."""

    name = StringField(
        "Name",
        filters=[one_line],
        validators=[TextOf(MOST_NAME_CHARACTERS, "a name, such as “Shift lead by mail”")],
    )
    address = StringField("Address", filters=[lambda text: (text or "").strip()], default="")
    which_rules = RadioField(
        "Rules",
        choices={ALL: "All rules", SOME: "Only these"},
        default=ALL,
        validate_choice=False,
    )
    rules = SelectMultipleField(
        "Rules it is told of", coerce=str, validate_choice=False, option_widget=CheckboxInput()
    )
    which_cameras = RadioField(
        "Cameras",
        choices={ALL: "All cameras", SOME: "Only these"},
        default=ALL,
        validate_choice=False,
    )
    cameras = SelectMultipleField(
        "Cameras it is told of", validate_choice=False, option_widget=CheckboxInput()
    )
    hours = StringField("Hours", default="")
    is_enabled = BooleanField("Switched on")

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        choices: ReceiverChoices,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Fill in what was sent, or else `values`, see `values_of`."""
        super().__init__(formdata, data=values)
        self.rules.choices = [(str(key), name) for key, name in choices.rules.items()]
        self.cameras.choices = list(choices.cameras.items())
        self.label = choices.label
        self._choices = choices

    def validate_name(self, field: StringField) -> None:
        """Reject the name of another receiver."""
        if field.data in self._choices.taken_names:
            raise ValidationError("Another receiver has this name; expected one of its own.")

    def validate_address(self, field: StringField) -> None:
        """Reject what messages cannot be sent to; blank keeps what there is."""
        if not field.data and self.label:
            return
        TextOf(MOST_ADDRESS_CHARACTERS, "an address, such as mailto://user:password@example.org")(
            self, field
        )
        if other := self._choices.taken_addresses.get(field.data):
            raise ValidationError(
                f"“{other}” has this address already, and would get every message twice. "
                "Expected another one."
            )
        try:
            self.label = self._choices.label_of(field.data)
        except EvenkeelError as error:
            text = str(error)
            raise ValidationError(text[:1].upper() + text[1:]) from None

    def validate_rules(self, field: SelectMultipleField) -> None:
        """Reject none, where only some are asked for."""
        self._check_some(self.which_rules.data, field, "rule")

    def validate_cameras(self, field: SelectMultipleField) -> None:
        """Reject none, where only some are asked for."""
        self._check_some(self.which_cameras.data, field, "camera")

    def validate_hours(self, field: StringField) -> None:
        """Reject what is no schedule."""
        try:
            parse_schedule(field.data)
        except ValueError as error:
            raise ValidationError(f"Expected {error}.") from None

    @property
    def new_address(self) -> str | None:
        """The address to be stored; None keeps the one there is."""
        return self.address.data or None

    def receiver(self, receiver_id: int) -> AlertReceiver:
        """Return the receiver that the form describes; only for a form that is valid."""
        rules = frozenset(map(int, self.rules.data or ()))
        scope = Scope(
            rules=rules if self.which_rules.data == SOME else None,
            cameras=frozenset(self.cameras.data or ()) if self.which_cameras.data == SOME else None,
            schedule=parse_schedule(self.hours.data),
        )
        return AlertReceiver(
            receiver_id, self.name.data, self.label, scope, bool(self.is_enabled.data)
        )

    def _check_some(self, which: str, field: SelectMultipleField, what: str) -> None:
        if which != SOME:
            return
        offered = {value for value, _ in field.choices}
        if not field.data or not set(field.data) <= offered:
            raise ValidationError(f"Expected at least one {what} from the list, or all of them.")


def values_of(receiver: AlertReceiver) -> dict[str, Any]:
    """Return a receiver's values by the names of the form's fields; the address stays blank."""
    scope = receiver.scope
    return {
        "name": receiver.name,
        "which_rules": ALL if scope.rules is None else SOME,
        "rules": [str(rule_id) for rule_id in scope.rules or ()],
        "which_cameras": ALL if scope.cameras is None else SOME,
        "cameras": sorted(scope.cameras or ()),
        "hours": format_schedule(scope.schedule),
        "is_enabled": receiver.is_enabled,
    }
