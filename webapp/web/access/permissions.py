"""What every route declares: which permission it needs, or whom else it lets in.

And for what an API token must be that is to open it; without that it is for browsers alone.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask

from webapp.core.access import Actor, Permission, may
from webapp.core.api_tokens import TokenScope

View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    """Whom a route lets in that needs no permission."""

    EVERYBODY = "everybody"
    SIGNED_IN = "whoever is signed in"
    PASSWORD_DUE = "whoever is signed in, also while a new password or a second factor is due"


Declared = Permission | Audience


def needs(declared: Declared, token: TokenScope | None = None) -> Callable[[View], View]:
    """Declare what a view needs; the guard refuses a view without.

    Args:
        token: the scope by which an API token opens it; None keeps all tokens out.
    """

    def declare(view: View) -> View:
        view.needs, view.token = declared, token  # type: ignore[attr-defined]
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


def scope_of(app: Flask, endpoint: str) -> TokenScope | None:
    """Return by which scope an API token opens an endpoint; None where none does."""
    return getattr(app.view_functions[endpoint], "token", None)
