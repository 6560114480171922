"""Reads a form's fields and collects every fault, so that the page can show them all at once."""

import re
from collections.abc import Collection, Mapping

NUMBER = re.compile(r"[+-]?\d{1,9}([.,]\d{1,9})?")


class FormReader:
    """Reads one form; `faults` holds a sentence per field that is wrong."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.faults: dict[str, str] = {}

    def text(self, name: str, most: int, what: str) -> str:
        """Read a text of one to `most` characters; runs of white space count as one space."""
        text = " ".join(self._form.get(name, "").split())
        if not text:
            self.faults[name] = f"Expected {what}."
        elif len(text) > most:
            self.faults[name] = f"Expected at most {most} characters, got {len(text)}."
        return text

    def number(self, name: str, least: float, most: float) -> float:
        """Read a number; a decimal comma is a point."""
        text = self._form.get(name, "").strip()
        value = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None
        if value is None or not least <= value <= most:
            got = f"got “{text[:40]}”" if text else "the field is empty"
            self.faults[name] = f"Expected a number from {least:g} to {most:g}; {got}."
            return least
        return value

    def whole(self, name: str, least: int, most: int) -> int:
        """Read a whole number."""
        value = self.number(name, least, most)
        if value != int(value):
            self.faults[name] = f"Expected a whole number, got {value:g}."
        return int(value)

    def choice(self, name: str, offered: Collection[str], what: str) -> str:
        """Read one of the values that the page offers."""
        value = self._form.get(name, "")
        if value not in offered:
            self.faults[name] = f"Expected {what} from the list."
        return value
