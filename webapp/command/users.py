"""The `user` commands: who may sign in, managed from the server's own shell."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from webapp.command.database import open_session
from webapp.config import read_settings
from webapp.core.access import Role
from webapp.core.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.storage.users import User

PASSWORD = click.option("--password", help="Asked for where it is left out.")
ONE_TIME = click.option(
    "--one-time", is_flag=True, help="Make one up and print it; it must be changed at once."
)

ROLES = click.Choice(Role, case_sensitive=False)


@click.group()
def user() -> None:
    """Who may sign in."""


@user.command("list")
def show() -> None:
    """List the users, and in how many browsers each is signed in."""
    from webapp.storage.accounts import list_accounts

    with open_session() as session:
        accounts = list_accounts(session, datetime.now(UTC))
    for account in accounts:
        state = "disabled" if account.disabled_at else f"signed in {len(account.sign_ins)} times"
        click.echo(f"{account.user.username} ({account.user.role}, {state})")


@user.command("add")
@click.argument("username")
@click.option("--role", type=ROLES, default=Role.VIEWER, help="By default a viewer.")
@PASSWORD
@ONE_TIME
def add(username: str, role: Role, password: str | None, one_time: bool) -> None:
    """Add a user."""
    from webapp.core.errors import NameTakenError
    from webapp.storage.accounts import create_account
    from webapp.storage.audit import COMMAND_LINE
    from webapp.storage.users import MAX_USERNAME_LENGTH, find_user

    if not username.strip() or len(username) > MAX_USERNAME_LENGTH:
        raise ConfigError(f"expected a name of 1 to {MAX_USERNAME_LENGTH} characters.")
    with open_session() as session:
        # Before the password is asked for; `create_account` makes sure.
        if find_user(session, username):
            raise NameTakenError(f"there is a user {username} already. Choose another name.")
    given = _given_password(username, password, one_time)
    with open_session() as session:
        create_account(
            session,
            username.strip(),
            _hash(given),
            COMMAND_LINE,
            datetime.now(UTC),
            role=role,
            must_change_password=one_time,
        )
    click.echo(f"{username} may sign in{_once(given, one_time)}.")


@user.command("role")
@click.argument("username")
@click.argument("role", type=ROLES)
def change_role(username: str, role: Role) -> None:
    """Let a user do what a role may: a viewer watches, a manager handles, an admin sets up."""
    from webapp.storage.accounts import give_role
    from webapp.storage.audit import COMMAND_LINE

    with open_session() as session:
        found = existing(session, username)
        give_role(session, found, role, COMMAND_LINE, datetime.now(UTC))
    click.echo(f"{username} is {role} now.")


@user.command("password")
@click.argument("username")
@PASSWORD
@ONE_TIME
def change_password(username: str, password: str | None, one_time: bool) -> None:
    """Give a user a new password and end the old sign-ins."""
    from webapp.storage.accounts import give_password
    from webapp.storage.audit import COMMAND_LINE
    from webapp.storage.first_admin import forget_first_password

    with open_session() as session:
        existing(session, username)
    given = _given_password(username, password, one_time)
    with open_session() as session:
        found, now = existing(session, username), datetime.now(UTC)
        give_password(session, found, _hash(given), COMMAND_LINE, now, is_once=one_time)
    forget_first_password(read_settings().instance_dir, found)
    click.echo(f"{username} has a new password{_once(given, one_time)}.")


@user.command("forget-second-factor")
@click.argument("username")
def forget_second_factor(username: str) -> None:
    """Let a user, who has lost it, sign in without the second factor."""
    from webapp.storage.audit import COMMAND_LINE
    from webapp.storage.second_factor import remove_second_factor

    with open_session() as session:
        found = existing(session, username)
        remove_second_factor(session, found, COMMAND_LINE, datetime.now(UTC))
    click.echo(f"{username} signs in with the password alone.")


@user.command("sign-out")
@click.argument("username")
def sign_out(username: str) -> None:
    """End every sign-in of a user; open pictures and pages are cut within seconds."""
    from webapp.storage.accounts import sign_out_everywhere
    from webapp.storage.audit import COMMAND_LINE

    with open_session() as session:
        found, now = existing(session, username), datetime.now(UTC)
        ended = sign_out_everywhere(session, found, COMMAND_LINE, now)
    click.echo(f"{len(ended)} sign-ins ended.")


@user.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Let a user sign in no more, and end every sign-in."""
    from webapp.storage.accounts import disable_account
    from webapp.storage.audit import COMMAND_LINE

    with open_session() as session:
        found, now = existing(session, username), datetime.now(UTC)
        ended = disable_account(session, found, COMMAND_LINE, now)
    click.echo(f"{username} may not sign in any more; {len(ended)} sign-ins ended.")


@user.command("enable")
@click.argument("username")
def enable(username: str) -> None:
    """Let a user sign in again, with the password of before."""
    from webapp.storage.accounts import enable_account
    from webapp.storage.audit import COMMAND_LINE

    with open_session() as session:
        enable_account(session, existing(session, username), COMMAND_LINE, datetime.now(UTC))
    click.echo(f"{username} may sign in again.")


@user.command("remove")
@click.argument("username")
def remove(username: str) -> None:
    """Remove a user; what was noted under the name stays."""
    from webapp.storage.accounts import remove_account
    from webapp.storage.audit import COMMAND_LINE

    with open_session() as session:
        remove_account(session, existing(session, username), COMMAND_LINE, datetime.now(UTC))
    click.echo(f"{username} is removed.")


def existing(session: "Session", username: str) -> "User":
    """Return a user; raises ConfigError where there is none of this name."""
    from webapp.storage.users import find_user

    found = find_user(session, username)
    if found is None:
        raise ConfigError(f"there is no user {username}. Check the spelling.")
    return found


def _given_password(username: str, password: str | None, one_time: bool) -> str:
    from webapp.storage.passwords import one_time_password, password_fault

    if one_time:
        if password:
            raise ConfigError("--password and --one-time: expected one of them, got both.")
        return one_time_password()
    given = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    fault = password_fault(given, username)
    if fault:
        raise ConfigError(f"the password {fault}.")
    return str(given)


def _hash(password: str) -> str:
    from webapp.storage.passwords import PasswordVault

    return PasswordVault().hash(password)


def _once(password: str, one_time: bool) -> str:
    return f", once, with {password}" if one_time else ""
