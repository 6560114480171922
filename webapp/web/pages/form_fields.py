"""What the forms of several pages share: numbers, texts, and how a field shows its fault."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from wtforms import Form, StringField
from wtforms.meta import DefaultMeta
from wtforms.validators import StopValidation

NUMBER = re.compile(r"[+-]?\d{1,9}([.,]\d{1,9})?")


class PageForm(Form):
    """A form whose wrong fields point to the element `fault-<name>`; Flask-WTF checks CSRF."""

    class Meta(DefaultMeta):
        """Renders every field of the form."""

        def render_field(self, field: Any, render_kw: Mapping[str, Any]) -> Markup:
            """Mark a field with a fault for screen readers."""
            marks = {"aria_invalid": "true", "aria_describedby": f"fault-{field.name}"}
            return super().render_field(field, {**(marks if field.errors else {}), **render_kw})


class NumberField(StringField):
    """A number as people type it: a decimal comma is a point; `data` is None for all else."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:g}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; float() alone would take `nan` and `1e3` as well."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None


@dataclass(frozen=True)
class NumberIn:
    """Accepts numbers of a range, its ends included."""

    least: float
    most: float
    is_whole: bool = False

    def __call__(self, form: Form, field: NumberField) -> None:
        """Reject every other number, and what is none."""
        value = field.data
        if value is None or not self.least <= value <= self.most:
            text = field.raw_data[0].strip() if field.raw_data else ""
            got = f"got “{text[:40]}”" if text else "the field is empty"
            raise StopValidation(f"Expected a number from {self.least:g} to {self.most:g}; {got}.")
        if self.is_whole and value != int(value):
            raise StopValidation(f"Expected a whole number, got {value:g}.")


@dataclass(frozen=True)
class TextUpTo:
    """Accepts a text of at most `most` characters, or none."""

    most: int

    @property
    def field_flags(self) -> dict[str, int]:
        """Let browsers keep to the limit as well."""
        return {"maxlength": self.most}

    def __call__(self, form: Form, field: StringField) -> None:
        """Reject a text that is too long."""
        if len(field.data or "") > self.most:
            raise StopValidation(f"Expected at most {self.most} characters, got {len(field.data)}.")


@dataclass(frozen=True)
class TextOf(TextUpTo):
    """Accepts a text of one to `most` characters; `what` completes "Expected …"."""

    what: str

    def __call__(self, form: Form, field: StringField) -> None:
        """Reject an empty text, and one that is too long."""
        if not field.data:
            raise StopValidation(f"Expected {self.what}.")
        super().__call__(form, field)


def one_line(text: str | None) -> str:
    """Replace every run of white space by one space."""
    return " ".join((text or "").split())
