"""The `user token` commands: API tokens of users, made and revoked from the server's own shell."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from webapp.command.database import open_session
from webapp.core.api_tokens import MOST_DAYS, MOST_NAME_CHARACTERS, TokenScope
from webapp.core.errors import ConfigError


@click.group()
def token() -> None:
    """API tokens, by which programs read what their owners may."""


@token.command("list")
def show() -> None:
    """List the tokens by number, also those that are over."""
    from webapp.storage.api_tokens import list_tokens

    with open_session() as session:
        tokens = list_tokens(session)
    for each in tokens:
        state = each.fault(datetime.now(UTC)) or f"ends {each.expires_at:%Y-%m-%d %H:%M} UTC"
        used = (
            f"last used {each.last_used_at:%Y-%m-%d %H:%M} UTC" if each.last_used_at else "unused"
        )
        scopes = ", ".join(sorted(each.scopes))
        click.echo(f"{each.id} {each.name}, of {each.owner}, for {scopes}; {state}; {used}")
    if not tokens:
        click.echo("There are no API tokens.")


@token.command("add")
@click.argument("username")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(TokenScope, case_sensitive=False),
    help="What it is for; may be repeated.",
)
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), required=True, help="In how many days it ends."
)
def add(username: str, name: str, scopes: Sequence[TokenScope], days: int) -> None:
    """Make a token for a user and print it, once; only its hash is kept."""
    from webapp.command.users import existing
    from webapp.storage.api_tokens import make_token
    from webapp.storage.audit import COMMAND_LINE

    plain, now = " ".join(name.split()), datetime.now(UTC)
    if not 1 <= len(plain) <= MOST_NAME_CHARACTERS:
        raise ConfigError(f"expected a name of 1 to {MOST_NAME_CHARACTERS} characters.")
    with open_session() as session:
        owner = existing(session, username)
        if owner.is_disabled:
            raise ConfigError(f"{username} is disabled. Enable this user first.")
        made = make_token(session, plain, owner, frozenset(scopes), days, COMMAND_LINE, now)
    click.echo(made)


@token.command("revoke")
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """End the token of this number; what it has open is cut within seconds."""
    from webapp.storage.api_tokens import revoke_token
    from webapp.storage.audit import COMMAND_LINE

    with open_session() as session:
        try:
            name = revoke_token(session, number, COMMAND_LINE, datetime.now(UTC))
        except KeyError:
            raise ConfigError(
                f"there is no API token {number}. `user token list` shows their numbers."
            ) from None
    click.echo(f"{name} opens nothing any more.")
