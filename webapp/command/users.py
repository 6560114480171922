"""The `user` commands: who may sign in, managed from the server's own shell."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from webapp.command.database import open_session
from webapp.config import read_settings
from webapp.core.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.storage.users import User

NO_SIGN_IN = 0
PASSWORD = click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)


@click.group()
def user() -> None:
    """Who may sign in."""


@user.command("add")
@click.argument("username")
@click.option("--admin", is_flag=True, help="May also change the set-up.")
@PASSWORD
def add(username: str, admin: bool, password: str) -> None:
    """Add a user."""
    from webapp.storage.users import MAX_USERNAME_LENGTH, add_user, find_user

    if not username.strip() or len(username) > MAX_USERNAME_LENGTH:
        raise ConfigError(f"expected a name of 1 to {MAX_USERNAME_LENGTH} characters.")
    with open_session() as session:
        if find_user(session, username):
            raise ConfigError(f"there is a user {username} already. Choose another name.")
        password_hash = _checked_hash(password, username)
        add_user(session, username.strip(), password_hash, datetime.now(UTC), is_admin=admin)
    click.echo(f"{username} may sign in.")


@user.command("password")
@click.argument("username")
@PASSWORD
def change_password(username: str, password: str) -> None:
    """Give a user a new password and end the old sign-ins."""
    from webapp.storage.audit import COMMAND_LINE, note
    from webapp.storage.secret_files import remove_first_password
    from webapp.storage.sign_ins import revoke_others
    from webapp.storage.users import set_password

    with open_session() as session:
        found, now = _existing(session, username), datetime.now(UTC)
        set_password(session, found.id, _checked_hash(password, username))
        ended = revoke_others(session, found.id, NO_SIGN_IN, now)
        details = {"user": found.username, "sign-ins ended": len(ended)}
        note(session, COMMAND_LINE, "password changed", details, now)
    if found.must_change_password:
        remove_first_password(read_settings().instance_dir)
    click.echo(f"{username} has a new password.")


@user.command("sign-out")
@click.argument("username")
def sign_out(username: str) -> None:
    """End every sign-in of a user; open pictures and pages are cut within seconds."""
    from webapp.storage.audit import COMMAND_LINE, SIGNED_OUT, note
    from webapp.storage.sign_ins import revoke_others

    with open_session() as session:
        found, now = _existing(session, username), datetime.now(UTC)
        ended = revoke_others(session, found.id, NO_SIGN_IN, now)
        details = {"user": found.username, "sign-ins ended": len(ended)}
        note(session, COMMAND_LINE, SIGNED_OUT, details, now)
    click.echo(f"{len(ended)} sign-ins ended.")


def _existing(session: "Session", username: str) -> "User":
    from webapp.storage.users import find_user

    found = find_user(session, username)
    if found is None:
        raise ConfigError(f"there is no user {username}. Check the spelling.")
    return found


def _checked_hash(password: str, username: str) -> str:
    from webapp.storage.passwords import PasswordVault, password_fault

    fault = password_fault(password, username)
    if fault:
        raise ConfigError(f"the password {fault}.")
    return PasswordVault().hash(password)
