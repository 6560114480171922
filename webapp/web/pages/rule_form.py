"""The form of one rule."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import CheckboxInput

from webapp.core.alert_rules import (
    MOST_ADVICE_CHARACTERS,
    MOST_NAME_CHARACTERS,
    SWITCH_LIMIT,
    AlertRule,
    RuleKind,
)
from webapp.core.alerts import Limits
from webapp.core.rule_sources import ADMIN_PAGE
from webapp.core.schedule import format_schedule, parse_schedule
from webapp.storage.rules import StoredRule
from webapp.web.pages.form_fields import NumberField, NumberIn, PageForm, TextOf, TextUpTo, one_line

KIND_WORDS: Mapping[str, str] = {
    RuleKind.EXPRESSION: "Expressions last",
    RuleKind.NO_DATA: "No data from a camera",
    RuleKind.EMPTY_VIEW: "Nobody in view",
}
VALUE_WORDS = {
    "name": "name",
    "kind": "what it watches",
    "camera": "camera",
    "expressions": "expressions",
    "enter": "beginning",
    "exit": "end",
    "hold_s": "time to last",
    "clear_s": "time to be over",
    "least_people": "least people who rise",
    "least_share": "least share who rise",
    "min_faces": "least faces",
    "min_confidence": "least confidence",
    "cooldown_s": "time between messages",
    "schedule": "schedule",
    "is_enabled": "switched on or off",
    "advice": "what to do",
}
LEAST_LIMIT = 0.1


@dataclass(frozen=True)
class RuleChoices:
    """What the form offers; `taken_names` are those of the other rules.

    Attributes:
        cameras: titles by name.
    """

    cameras: Mapping[str, str]
    expressions: Collection[str]
    taken_names: Collection[str] = ()


def expression_only(form: PageForm, field: Any) -> None:
    """Ignore a field that the page hides for rules of the other kinds."""
    if form.kind.data in KIND_WORDS and form.kind.data != RuleKind.EXPRESSION:
        raise StopValidation


class RuleForm(PageForm):
    """Edits a rule, or describes a new one."""

    name = StringField(
        "Name",
        filters=[one_line],
        validators=[TextOf(MOST_NAME_CHARACTERS, "a name, such as “Anger lasts”")],
    )
    kind = SelectField(
        "Watches for",
        choices=KIND_WORDS,
        invalid_choice_message="Expected a kind from the list.",
    )
    camera = SelectField(
        "Camera", default="", invalid_choice_message="Expected a camera from the list."
    )
    expressions = SelectMultipleField(
        "Expressions that count",
        validators=[expression_only],
        validate_choice=False,
        option_widget=CheckboxInput(),
    )
    # An exit of 0 would never be undercut, so the alert would never end.
    enter = NumberField("Begins from", [expression_only, NumberIn(LEAST_LIMIT, 100)])
    exit = NumberField("Ends below", [expression_only, NumberIn(LEAST_LIMIT, 100)])
    hold_s = NumberField("Must last", [NumberIn(0, 3600)])
    clear_s = NumberField("Must be over for", [NumberIn(0, 3600)])
    least_people = NumberField("People who must rise", [expression_only, NumberIn(0, 100, True)])
    least_share = NumberField("Share who must rise", [expression_only, NumberIn(0, 1)])
    min_faces = NumberField("Least faces in view", [expression_only, NumberIn(1, 100, True)])
    min_confidence = NumberField("Least confidence", [expression_only, NumberIn(0, 1)])
    cooldown_s = NumberField("Least time between messages", [NumberIn(0, 86400)])
    schedule = StringField("On duty", default="")
    advice = StringField(
        "What to do when it fires",
        filters=[one_line],
        validators=[TextUpTo(MOST_ADVICE_CHARACTERS)],
    )
    is_enabled = BooleanField("Switched on")

    def __init__(
        self,
        formdata: MultiDict[str, str] | None,
        choices: RuleChoices,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Fill in what was sent, or else `values`, see `values_of`."""
        super().__init__(formdata, data=values)
        self.camera.choices = {"": "All cameras"} | dict(choices.cameras)
        self.expressions.choices = list(choices.expressions)
        self._choices = choices

    def validate_name(self, field: StringField) -> None:
        """Reject the name of another rule."""
        if field.data in self._choices.taken_names:
            raise ValidationError("Another rule has this name; expected one of its own.")

    def validate_expressions(self, field: SelectMultipleField) -> None:
        """Reject none, and any that is not on offer."""
        if not field.data or not set(field.data) <= set(self._choices.expressions):
            raise ValidationError("Expected at least one expression from the list.")

    def validate_exit(self, field: NumberField) -> None:
        """Reject an alert that would end above where it begins."""
        if not self.enter.errors and field.data > self.enter.data:
            raise ValidationError(f"Expected at most {self.enter.data:g}, where the alert begins.")

    def validate_schedule(self, field: StringField) -> None:
        """Reject what is no schedule."""
        try:
            parse_schedule(field.data)
        except ValueError as error:
            raise ValidationError(f"Expected {error}.") from None

    def rule(self, rule_id: int) -> AlertRule:
        """Return the rule that the form describes; only for a form that is valid."""
        enter = exit_ = SWITCH_LIMIT
        counted: dict[str, Any] = {}
        if self.kind.data == RuleKind.EXPRESSION:
            enter, exit_ = self.enter.data, self.exit.data
            counted = {
                "expressions": tuple(self.expressions.data),
                "least_people": int(self.least_people.data),
                "least_share": self.least_share.data,
                "min_faces": int(self.min_faces.data),
                "min_confidence": self.min_confidence.data,
            }
        return AlertRule(
            id=rule_id,
            name=self.name.data,
            kind=RuleKind(self.kind.data),
            limits=Limits(enter, exit_, self.hold_s.data, self.clear_s.data),
            camera=self.camera.data or None,
            cooldown_s=self.cooldown_s.data,
            schedule=parse_schedule(self.schedule.data),
            is_enabled=self.is_enabled.data,
            advice=self.advice.data,
            **counted,
        )


def values_of(rule: AlertRule) -> dict[str, Any]:
    """Return a rule's values by the names of the form's fields."""
    texts = {"camera": rule.camera or "", "schedule": format_schedule(rule.schedule)}
    return vars(rule) | vars(rule.limits) | texts


def source_words(stored: StoredRule) -> str:
    """Say which values of a rule come from the settings and which from the admin page."""
    if stored.seed is None:
        return ADMIN_PAGE
    edited = [VALUE_WORDS[k] for k, source in stored.sources().items() if source == ADMIN_PAGE]
    if not edited:
        return "settings at the first start"
    return f"{ADMIN_PAGE}: {', '.join(edited)}; the others: settings at the first start"
