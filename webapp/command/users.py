"""The `user` commands: who may sign in, managed from the server's own shell."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from webapp.core.errors import ConfigError
from webapp.storage.passwords import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, PasswordVault
from webapp.storage.sign_ins import revoke_others
from webapp.storage.users import MAX_USERNAME_LENGTH, User, add_user, find_user, set_password

NO_SIGN_IN = 0


def add(session: Session, username: str, password: str, is_admin: bool) -> None:
    """Add a user.

    Raises:
        ConfigError: the name is taken or unusable, or the password too short or too long.
    """
    if not username.strip() or len(username) > MAX_USERNAME_LENGTH:
        raise ConfigError(f"expected a name of 1 to {MAX_USERNAME_LENGTH} characters.")
    if find_user(session, username):
        raise ConfigError(f"there is a user {username} already. Choose another name.")
    password_hash = _checked_hash(password)
    add_user(session, username.strip(), password_hash, datetime.now(UTC), is_admin=is_admin)


def change_password(session: Session, username: str, password: str) -> None:
    """Give a user a new password and end every sign-in made with the old one.

    Raises:
        ConfigError: there is no such user, or the password is too short or too long.
    """
    user = _existing(session, username)
    set_password(session, user.id, _checked_hash(password))
    sign_out(session, username)


def sign_out(session: Session, username: str) -> int:
    """End every sign-in of a user; returns how many. Raises ConfigError for an unknown name."""
    user = _existing(session, username)
    return len(revoke_others(session, user.id, NO_SIGN_IN, datetime.now(UTC)))


def _existing(session: Session, username: str) -> User:
    user = find_user(session, username)
    if user is None:
        raise ConfigError(f"there is no user {username}. Check the spelling.")
    return user


def _checked_hash(password: str) -> str:
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise ConfigError(
            f"expected a password of {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters, "
            f"got {len(password)}."
        )
    return PasswordVault().hash(password)
