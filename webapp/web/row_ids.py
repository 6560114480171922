"""Numbers of rows in addresses: no larger than databases take."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**31 - 1


class RowIdConverter(IntegerConverter):
    """Takes `<int:…>` up to the largest number of a row; a larger one names nothing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": LARGEST_ID, **options})


def init_row_ids(app: Flask) -> None:
    """Bound the numbers in all addresses; before any route is added."""
    app.url_map.converters["int"] = RowIdConverter
