"""Says in one line what to install where the slim set, by which a server runs, is not enough."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from webapp.core.errors import PackageMissingError

# What requirements.in adds to requirements-run.in; a test compares them.
PACKAGES = ("keras", "matplotlib", "tensorflow")


@contextmanager
def needing_whole_set(what: str) -> Iterator[None]:
    """Raise PackageMissingError where this block imports a package that is not installed.

    Args:
        what: needs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in PACKAGES:
            raise
        raise _missing(package, what) from error


def check_installed(package: str, what: str) -> None:
    """Raise PackageMissingError unless a package is installed; does not import it."""
    if find_spec(package) is None:
        raise _missing(package, what)


def _missing(package: str, what: str) -> PackageMissingError:
    return PackageMissingError(
        f"{what} needs {package}, which is not installed: it is no part of the slim set "
        f"(SLIM=1). Install the whole set: {sys.executable} -m pip install -r requirements.txt"
    )
