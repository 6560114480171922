"""What a user has to do before anything else: a password of the own, a second factor."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from webapp.core.access import Role
from webapp.storage.users import User

REQUIRE_TOTP = "REQUIRE_TOTP"
# Whom the setting asks for a second factor.
ASKED: Mapping[str | None, frozenset[Role]] = {
    None: frozenset(),
    "admins": frozenset({Role.ADMIN}),
    "everybody": frozenset(Role),
}


@dataclass(frozen=True)
class Due:
    """Where it is done, and how programs are told."""

    endpoint: str
    words: str


NEW_PASSWORD = Due("auth.password", "Choose a new password first.")
SECOND_FACTOR = Due("second_factor.page", "Set up a second factor first.")


def due_of(user: User) -> Due | None:
    """Return what is due; None where the user may go on."""
    if user.must_change_password:
        return NEW_PASSWORD
    is_asked = user.role in ASKED[current_app.config[REQUIRE_TOTP]] and user.has_password
    return SECOND_FACTOR if is_asked and not user.has_second_factor else None
