"""What the options of the commands take."""

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A number within bounds; refuses `nan`, which is outside of none, and `inf`."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """Return the number; raises click.BadParameter."""
        number = super().convert(value, param, context)
        if not math.isfinite(number):
            self.fail(f"expected a finite number, got {value}.", param, context)
        return number
