"""The `camera` commands: what cameras are for, stated from the server's own shell."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from webapp.command.database import open_session
from webapp.config import read_settings
from webapp.core.errors import ConfigError
from webapp.core.privacy import LARGEST_GROUP, Privacy
from webapp.core.purpose import (
    KIND_WORDS,
    LONGEST_DAYS,
    PROPOSED,
    Hold,
    Protection,
    Purpose,
    PurposeKind,
    Region,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.storage.sealing import Sealer

# As long as a name may be that is made up for a camera.
NAME_WIDTH = 40


@click.group()
def camera() -> None:
    """What cameras are for; a server that runs follows within seconds."""


@camera.command("list")
def show() -> None:
    """List the cameras that need a purpose, and what each is for."""
    from webapp.storage.purposes import purposes_or_holds

    with open_session() as session:
        _take_first_cameras(session, _sealer())
        found = purposes_or_holds(session, datetime.now(UTC))
    for name, each in found.items():
        if isinstance(each, Hold):
            click.echo(f"{name:{NAME_WIDTH}} off because {each.lack}")
        else:
            until = f"{each.valid_until:%Y-%m-%d}"
            click.echo(f"{name:{NAME_WIDTH}} for {KIND_WORDS[each.kind]} until {until}")
    if not found:
        click.echo("No camera needs a purpose.")


@camera.command("purpose")
@click.argument("name")
@click.option("--kind", type=click.Choice([kind.value for kind in PurposeKind]), required=True)
@click.option("--reason", required=True, help="What it watches for, in a sentence.")
@click.option("--approved-by", required=True, help="Such as `Works council, 3 November`.")
@click.option("--informed", is_flag=True, help="Those who are filmed were informed.")
@click.option("--region", type=click.Choice([region.value for region in Region]), required=True)
@click.option(
    "--privacy",
    type=click.Choice([mode.value for mode in Privacy]),
    help="[default: as the kind proposes]",
)
@click.option(
    "--min-group", type=click.IntRange(1, LARGEST_GROUP), help="[default: as the kind proposes]"
)
@click.option("--less-because", default="", help="Why less protection than proposed is enough.")
@click.option(
    "--days", type=click.IntRange(1, LONGEST_DAYS), default=LONGEST_DAYS, show_default=True
)
def purpose(
    name: str,
    kind: str,
    reason: str,
    approved_by: str,
    informed: bool,
    region: str,
    privacy: str | None,
    min_group: int | None,
    less_because: str,
    days: int,
) -> None:
    """State what a camera is for, so that it goes live."""
    from webapp.storage.audit import COMMAND_LINE
    from webapp.storage.purposes import reads_since, state_purpose

    proposed, now, sealer = PROPOSED[PurposeKind(kind)], datetime.now(UTC), _sealer()
    protection = Protection(Privacy(privacy or proposed.privacy), min_group or proposed.min_group)
    with open_session() as session:
        _take_first_cameras(session, sealer)
        _check_name(session, name)
        stated = Purpose(
            camera=name,
            kind=PurposeKind(kind),
            reason=" ".join(reason.split()),
            approved_by=" ".join(approved_by.split()),
            is_informed=informed,
            region=Region(region),
            protection=protection,
            stated_by=COMMAND_LINE,
            stated_at=now,
            valid_until=now + timedelta(days=days),
            reads_since=reads_since(session, name),
            less_because=" ".join(less_because.split()),
        )
        try:
            state_purpose(session, stated, sealer)
        except ValueError as error:
            raise ConfigError(f"expected {error}.") from error
    click.echo(f"{name} may go live until {stated.valid_until:%Y-%m-%d}.")


@camera.command("withdraw")
@click.argument("name")
def withdraw(name: str) -> None:
    """Withdraw the purpose of a camera, so that it is off."""
    from webapp.storage.audit import COMMAND_LINE
    from webapp.storage.purposes import newest_purposes, withdraw_purpose

    with open_session() as session:
        _check_name(session, name)
        if name not in newest_purposes(session):
            raise ConfigError(f"no purpose was stated of {name}.")
        withdraw_purpose(session, name, COMMAND_LINE, datetime.now(UTC))
    click.echo(f"{name} is off.")


def _take_first_cameras(session: "Session", sealer: "Sealer") -> None:
    """Take the cameras from the settings, as the first start of the server would."""
    from webapp.storage.cameras import camera_titles, seed_cameras

    if not camera_titles(session):
        seed_cameras(session, read_settings().cameras, sealer, datetime.now(UTC))


def _check_name(session: "Session", name: str) -> None:
    from webapp.storage.purposes import purposes_or_holds

    known = purposes_or_holds(session, datetime.now(UTC))
    if name not in known:
        there = f"There are: {', '.join(known)}." if known else "No camera needs one."
        raise ConfigError(f"there is no camera {name} that needs a purpose. {there}")


def _sealer() -> "Sealer":
    from webapp.serving.sealer import build_sealer

    return build_sealer(read_settings())
