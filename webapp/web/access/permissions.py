"""What every route declares: which permission it needs, or whom else it lets in."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask

from webapp.core.access import Actor, Permission, may

View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    """Whom a route lets in that needs no permission."""

    EVERYBODY = "everybody"
    SIGNED_IN = "whoever is signed in"
    PASSWORD_DUE = "whoever is signed in, also while a new password or a second factor is due"


Declared = Permission | Audience


def needs(declared: Declared) -> Callable[[View], View]:
    """Declare what a view needs; the guard refuses a view without."""

    def declare(view: View) -> View:
        view.needs = declared  # type: ignore[attr-defined]
        return view

    return declare


def lets_in(declared: Declared, actor: Actor) -> bool:
    """Return whether what is declared lets in somebody who is signed in."""
    return not isinstance(declared, Permission) or may(actor, declared)


def declared_by(app: Flask, endpoint: str) -> Declared | None:
    """Return what the view behind an endpoint declares; None where it declares nothing."""
    if endpoint == "static":
        return Audience.EVERYBODY
    return getattr(app.view_functions[endpoint], "needs", None)
