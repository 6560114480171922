"""The `receivers` commands: who is told of alerts, managed from the server's own shell."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from webapp.command.database import open_session
from webapp.config import read_settings
from webapp.core.errors import ConfigError, SealError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.core.receivers import Scope
    from webapp.storage.receivers import StoredReceiver
    from webapp.storage.sealing import Sealer

# As long as a name in the list may be.
NAME_WIDTH = 24


@click.group()
def receivers() -> None:
    """Who is told of alerts; a server that runs follows within seconds."""


@receivers.command("list")
def show() -> None:
    """List the receivers, without their credentials."""
    from webapp.core.schedule import format_schedule
    from webapp.storage.receivers import list_receivers

    with open_session() as session:
        stored = list_receivers(session)
    for each in stored:
        receiver = each.receiver
        state = "" if receiver.is_enabled else ", switched off"
        if not _opens(each, _sealer()):
            state += ", address cannot be read: SECRET_KEY is another one"
        hours = format_schedule(receiver.scope.schedule) or "at any hour"
        click.echo(f"{receiver.name:{NAME_WIDTH}} {receiver.label}, {hours}{state}")
    if not stored:
        click.echo("Nobody is told of alerts.")


@receivers.command("add")
@click.argument("name")
@click.option("--rule", "rules", multiple=True, help="Of this rule alone; may be repeated.")
@click.option("--camera", "cameras", multiple=True, help="Of this camera alone; may be repeated.")
@click.option("--hours", default="", help="At these hours alone, such as `mon-fri 06:00-14:00`.")
@click.option("--url", prompt="Address", hide_input=True, help="As Apprise writes it.")
def add(name: str, rules: Sequence[str], cameras: Sequence[str], hours: str, url: str) -> None:
    """Add a receiver; the address is asked for, so that it stays out of the shell's history."""
    from webapp.alerting.targets import label_of
    from webapp.core.receivers import MOST_NAME_CHARACTERS, AlertReceiver
    from webapp.storage.audit import COMMAND_LINE
    from webapp.storage.receivers import save_receiver

    if not name.strip() or len(name) > MOST_NAME_CHARACTERS:
        raise ConfigError(f"expected a name of 1 to {MOST_NAME_CHARACTERS} characters.")
    with open_session() as session:
        scope = _scope(session, rules, cameras, hours)
        receiver = AlertReceiver(0, name.strip(), label_of(url), scope)
        sealer = _sealer_of_the_server(session)
        save_receiver(session, receiver, COMMAND_LINE, datetime.now(UTC), sealer, url)
    click.echo(f"{name} is told of alerts.")


@receivers.command("test")
@click.argument("name")
def test(name: str) -> None:
    """Send a receiver a test message."""
    from webapp.alerting.service import TEST_BODY, TEST_TITLE, test_fields
    from webapp.alerting.transport import AppriseTransport

    with open_session() as session:
        target = _existing(session, name).target(_sealer())
    with closing(AppriseTransport()) as transport:
        transport.send(target, TEST_TITLE, TEST_BODY, test_fields())
    click.echo(f"{name} took the test message.")


@receivers.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove a receiver; what waits for it is given up."""
    from webapp.storage.audit import COMMAND_LINE
    from webapp.storage.receivers import delete_receiver

    with open_session() as session:
        found = _existing(session, name)
        delete_receiver(session, found.receiver.id, COMMAND_LINE, datetime.now(UTC))
    click.echo(f"{name} is told nothing any more.")


def _scope(session: "Session", rules: Sequence[str], cameras: Sequence[str], hours: str) -> "Scope":
    from webapp.core.receivers import Scope
    from webapp.core.schedule import parse_schedule
    from webapp.storage.rules import list_rules

    known = {stored.rule.name: stored.rule.id for stored in list_rules(session)}
    if unknown := [name for name in rules if name not in known]:
        raise ConfigError(f"there is no rule {unknown[0]}. There are: {', '.join(known)}.")
    try:
        schedule = parse_schedule(hours)
    except ValueError as error:
        raise ConfigError(f"--hours: expected {error}.") from error
    return Scope(
        rules=frozenset(known[name] for name in rules) if rules else None,
        cameras=frozenset(cameras) if cameras else None,
        schedule=schedule,
    )


def _existing(session: "Session", name: str) -> "StoredReceiver":
    from webapp.storage.receivers import list_receivers

    for stored in list_receivers(session):
        if stored.receiver.name == name:
            return stored
    raise ConfigError(f"there is no receiver {name}. `receivers list` shows their names.")


def _sealer() -> "Sealer":
    from webapp.serving.sealer import build_sealer

    return build_sealer(read_settings())


def _sealer_of_the_server(session: "Session") -> "Sealer":
    """Return the sealer; refuse one that opens none of what is there, as the server's would."""
    from webapp.storage.receivers import list_receivers

    sealer, stored = _sealer(), list_receivers(session)
    if stored and not any(_opens(each, sealer) for each in stored):
        raise ConfigError(
            "SECRET_KEY: with this one none of the receivers' addresses can be read. Give this "
            "command the SECRET_KEY of the server; if that was lost, remove these receivers first."
        )
    return sealer


def _opens(stored: "StoredReceiver", sealer: "Sealer") -> bool:
    try:
        return bool(stored.target(sealer))
    except SealError:
        return False
