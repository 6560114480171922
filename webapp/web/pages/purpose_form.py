"""The form in which an admin states what a camera is for."""

from datetime import datetime, timedelta
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from webapp.core.privacy import LARGEST_GROUP, PRIVACY_WORDS, Privacy
from webapp.core.purpose import (
    LONGEST_DAYS,
    MOST_APPROVER_CHARACTERS,
    PROPOSED,
    REGION_WORDS,
    Protection,
    Purpose,
    PurposeKind,
    Region,
    check_sentence,
    needs_less_because,
)
from webapp.web.pages.camera_form import optional
from webapp.web.pages.form_fields import NumberField, NumberIn, PageForm, TextOf, one_line

AS_PROPOSED = ""
KIND_CHOICES = {
    PurposeKind.SAFETY.value: "Safety: a danger to life or health",
    PurposeKind.MEDICAL.value: "Medical reasons",
    PurposeKind.RESEARCH.value: "Research, with the consent of everybody who is filmed",
    PurposeKind.DEMONSTRATION.value: "Demonstration, with the consent of everybody who is filmed",
}


def protection_words(protection: Protection) -> str:
    """Return what is shown of people, and of how many."""
    shown = f"shows {PRIVACY_WORDS[protection.privacy]}"
    few = f", says nothing of fewer than {protection.min_group}"
    return shown + (few if protection.min_group > 1 else "")


def values_of(purpose: Purpose) -> dict[str, Any]:
    """Return what the form shows of a purpose to be stated anew; whether people know is asked."""
    chosen, proposed = purpose.protection, PROPOSED[purpose.kind]
    is_same_mode = chosen.privacy == proposed.privacy
    return {
        "kind": purpose.kind.value,
        "reason": purpose.reason,
        "approved_by": purpose.approved_by,
        "region": purpose.region.value,
        "privacy": AS_PROPOSED if is_same_mode else chosen.privacy.value,
        "min_group": None if chosen.min_group == proposed.min_group else chosen.min_group,
        "less_because": purpose.less_because,
    }


class PurposeForm(PageForm):
    """States a purpose; privacy and smallest group may be left as the kind proposes."""

    kind = RadioField("What for", choices=KIND_CHOICES, validate_choice=False)
    reason = TextAreaField("The reason in words", filters=[one_line])
    approved_by = StringField(
        "Approved by",
        filters=[one_line],
        validators=[
            TextOf(MOST_APPROVER_CHARACTERS, "who approved it, such as “Works council, 3 November”")
        ],
    )
    is_informed = BooleanField("Everybody who may be filmed was informed")
    region = SelectField(
        "Where it stands",
        choices={"": "Choose …"} | {region.value: words for region, words in REGION_WORDS.items()},
        validate_choice=False,
    )
    privacy = SelectField(
        "Shows",
        choices={AS_PROPOSED: "As proposed"}
        | {m.value: words for m, words in PRIVACY_WORDS.items()},
        invalid_choice_message=f"Expected {', '.join(Privacy)}, or what is proposed.",
    )
    min_group = NumberField("People at least", [optional, NumberIn(1, LARGEST_GROUP, True)])
    less_because = TextAreaField("Why less than proposed is enough", filters=[one_line])
    days = NumberField("Holds for", [NumberIn(1, LONGEST_DAYS, True)], default=float(LONGEST_DAYS))

    def validate_kind(self, field: RadioField) -> None:
        """Reject a purpose of no kind."""
        if field.data not in KIND_CHOICES:
            raise ValidationError(
                "Expected what it is for: safety, medical reasons, research or a demonstration."
            )

    def validate_reason(self, field: TextAreaField) -> None:
        """Reject what says too little."""
        _check_sentence(field)

    def validate_is_informed(self, field: BooleanField) -> None:
        """Reject what is done behind people's backs."""
        if not field.data:
            raise ValidationError(
                "Expected that everybody who may be filmed was informed. Inform them first, for "
                "instance by a notice at the entrance."
            )

    def validate_region(self, field: SelectField) -> None:
        """Reject a place whose law nobody knows."""
        if field.data not in REGION_WORDS:
            raise ValidationError("Expected where it stands, from the list.")

    def validate_less_because(self, field: TextAreaField) -> None:
        """Reject less protection without a reason, where nobody who is filmed consented."""
        chosen = self.protection()
        if chosen and needs_less_because(PurposeKind(self.kind.data), chosen):
            _check_sentence(field)

    def protection(self) -> Protection | None:
        """Return what is chosen, or proposed where it is left so; None where a field is wrong."""
        if self.min_group.errors:
            return None
        try:
            proposed = PROPOSED[PurposeKind(self.kind.data)]
            privacy = Privacy(self.privacy.data or proposed.privacy)
        except ValueError:
            return None
        group = self.min_group.data
        return Protection(privacy, proposed.min_group if group is None else int(group))

    def purpose(self, camera: str, author: str, now: datetime, reads_since: datetime) -> Purpose:
        """Return the purpose that the form states; only for a form that is valid."""
        protection = self.protection()
        assert protection
        return Purpose(
            camera=camera,
            kind=PurposeKind(self.kind.data),
            reason=self.reason.data,
            approved_by=self.approved_by.data,
            is_informed=self.is_informed.data,
            region=Region(self.region.data),
            protection=protection,
            stated_by=author,
            stated_at=now,
            valid_until=now + timedelta(days=int(self.days.data)),
            reads_since=reads_since,
            less_because=self.less_because.data,
        )


def _check_sentence(field: TextAreaField) -> None:
    try:
        check_sentence(field.data or "")
    except ValueError as error:
        raise ValidationError(f"Expected {error}.") from None
