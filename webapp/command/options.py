"""What the options of the commands take."""

import math
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
# Also `-`, standard output.
FILE_OR_STDOUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


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


class ClassWeight(click.ParamType):
    """`CLASS=NUMBER`, such as `fear=2.5`: a class and its weight, finite and above 0."""

    name = "CLASS=NUMBER"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, float]:
        """Return the class and its weight; raises click.BadParameter."""
        name, _, number = str(value).rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not name or not 0 < weight < math.inf:
            self.fail(
                f"expected CLASS=NUMBER above 0, such as fear=2.5, got {value}.", param, context
            )
        return name, weight
