"""JSON lists and CSV tables for other programs, as text that comes piece by piece."""

import csv
import io
import json
from collections.abc import Iterable

# A spreadsheet would run a cell that begins so as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | float | None


class JsonListText:
    """The text of a list, an element at a time."""

    def __init__(self) -> None:
        self._is_empty = True

    def add(self, element: object) -> str:
        """Return the next piece: an element that JSON holds, on a line of its own."""
        opening = "[\n" if self._is_empty else ",\n"
        self._is_empty = False
        # In ASCII, which also holds names of files that are not Unicode.
        return opening + json.dumps(element)

    def end(self) -> str:
        """Return the last piece; a list without elements is one, too."""
        return "[]\n" if self._is_empty else "\n]\n"


def csv_line(cells: Iterable[Cell]) -> str:
    """Return a line of a table; numbers use a decimal point, None is empty.

    An apostrophe leads text that a spreadsheet would take for a formula.
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(
        f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
        for cell in cells
    )
    # With "\n" alone as its end, a "\r" in a cell would stand unquoted.
    return line.getvalue().removesuffix("\r\n") + "\n"
