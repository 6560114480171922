"""The receivers of messages: seeded from the settings, then the database wins."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.core.errors import NameTakenError
from webapp.core.receivers import MOST_NAME_CHARACTERS, AlertReceiver, Scope, Target
from webapp.core.schedule import format_schedule, parse_schedule
from webapp.storage.alert_tables import OutboxRow, RuleRow, SeedingRow
from webapp.storage.audit import note
from webapp.storage.only_writer import be_only_writer
from webapp.storage.outbox import give_up
from webapp.storage.receiver_tables import ReceiverRow
from webapp.storage.sealing import Sealer

RECEIVERS = "receivers"
PURPOSE = "receiver"
REMOVED = "The receiver was removed."
SWITCHED_OFF = "The receiver was switched off."


@dataclass(frozen=True)
class StoredReceiver:
    """A receiver, and what else is stored of it.

    Attributes:
        key: by which the outbox knows it.
        address: sealed.
        updated_by: "" while it is as the settings gave it.
    """

    receiver: AlertReceiver
    key: str
    address: str = field(repr=False)
    updated_at: datetime
    updated_by: str

    def target(self, sealer: Sealer) -> Target:
        """Return where its messages go.

        Raises:
            SealError: the address was sealed with another key.
        """
        return Target(self.key, self.receiver.label, sealer.open(self.address, PURPOSE))


def seed_receivers(
    session: Session, sealer: Sealer, targets: Sequence[Target], now: datetime
) -> bool:
    """Write the receivers of the settings, once in a database's life; afterwards it wins.

    Messages that wait for one under the key that the settings give it, go on waiting for it.

    Returns:
        Whether they were written.
    """
    if session.get(SeedingRow, RECEIVERS):
        return False
    be_only_writer(session, ReceiverRow)
    if session.get(SeedingRow, RECEIVERS):
        return False
    session.add(SeedingRow(subject=RECEIVERS, at=now))
    for target in targets:
        receiver = AlertReceiver(0, target.label[:MOST_NAME_CHARACTERS], target.label)
        row = _new_row(receiver, sealer, target.url)
        row.updated_at, row.updated_by = now, ""
        session.add(row)
        waiting = update(OutboxRow).where(OutboxRow.target == target.key)
        session.execute(waiting.values(target=row.key))
    if targets:
        note(session, "", "receivers seeded", [target.label for target in targets], now)
    return True


def list_receivers(session: Session) -> list[StoredReceiver]:
    """List all receivers, switched on or off, in the order they were made."""
    query = select(ReceiverRow).order_by(ReceiverRow.id)
    return [_as_stored(row) for row in session.scalars(query)]


def save_receiver(
    session: Session,
    receiver: AlertReceiver,
    author: str,
    now: datetime,
    sealer: Sealer,
    url: str | None = None,
) -> StoredReceiver:
    """Change a receiver, or add one when its id is 0, and note who did.

    What waits for one that is switched off is given up.

    Args:
        url: its new address; None keeps the one it has.

    Raises:
        KeyError: no receiver has this id.
        NameTakenError: another receiver has this name.
    """
    be_only_writer(session, ReceiverRow)
    taken = select(ReceiverRow.id).where(
        ReceiverRow.name == receiver.name, ReceiverRow.id != receiver.id
    )
    if session.scalar(taken):
        raise NameTakenError("Another receiver has this name; expected one of its own.")
    row = session.get(ReceiverRow, receiver.id) if receiver.id else None
    if receiver.id and row is None:
        raise KeyError(receiver.id)
    before = _noted(session, _as_stored(row).receiver) if row else {}
    if row is None:
        row = _new_row(receiver, sealer, url or "")
        session.add(row)
    else:
        _change(row, receiver)
        row.address = sealer.seal(url, PURPOSE) if url else row.address
    row.updated_at, row.updated_by = now, author
    session.flush()
    after = _noted(session, receiver) | ({"new address": True} if before and url else {})
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    action = "receiver changed" if before else "receiver added"
    note(session, author, action, {before.get("name", receiver.name): changed}, now)
    if not receiver.is_enabled:
        give_up(session, row.key, SWITCHED_OFF, now)
    return _as_stored(row)


def delete_receiver(session: Session, receiver_id: int, author: str, now: datetime) -> bool:
    """Remove a receiver, give up what waits for it, and note who did; False when there is none."""
    row = session.get(ReceiverRow, receiver_id)
    if row is None:
        return False
    give_up(session, row.key, REMOVED, now)
    note(session, author, "receiver removed", {"receiver": row.name, "address": row.label}, now)
    session.delete(row)
    session.flush()
    return True


def forget_rule(session: Session, rule_id: int) -> None:
    """Take a rule that is removed out of all receivers: SQLite gives its number to the next."""
    for row in session.scalars(select(ReceiverRow).where(ReceiverRow.rules.is_not(None))):
        rules = [each for each in json.loads(row.rules or "[]") if each != rule_id]
        row.rules = json.dumps(rules)


def _new_row(receiver: AlertReceiver, sealer: Sealer, url: str) -> ReceiverRow:
    # Nothing of the address: a digest would let a stolen database be tried against guesses.
    row = ReceiverRow(key=secrets.token_hex(16), address=sealer.seal(url, PURPOSE))
    _change(row, receiver)
    return row


def _change(row: ReceiverRow, receiver: AlertReceiver) -> None:
    scope = receiver.scope
    row.name, row.label, row.is_enabled = receiver.name, receiver.label, receiver.is_enabled
    row.rules = None if scope.rules is None else json.dumps(sorted(scope.rules))
    row.cameras = (
        None if scope.cameras is None else json.dumps(sorted(scope.cameras), ensure_ascii=False)
    )
    row.schedule = format_schedule(scope.schedule)


def _noted(session: Session, receiver: AlertReceiver) -> dict[str, Any]:
    """Return what the audit log says of a receiver: names, not numbers, and no address."""
    scope = receiver.scope
    of_scope = select(RuleRow.name).where(RuleRow.id.in_(scope.rules or ())).order_by(RuleRow.name)
    return {
        "name": receiver.name,
        "address": receiver.label,
        "rules": "all" if scope.rules is None else list(session.scalars(of_scope)),
        "cameras": "all" if scope.cameras is None else sorted(scope.cameras),
        "hours": format_schedule(scope.schedule) or "always",
        "switched on": receiver.is_enabled,
    }


def _as_stored(row: ReceiverRow) -> StoredReceiver:
    scope = Scope(
        rules=None if row.rules is None else frozenset(json.loads(row.rules)),
        cameras=None if row.cameras is None else frozenset(json.loads(row.cameras)),
        schedule=parse_schedule(row.schedule),
    )
    receiver = AlertReceiver(row.id, row.name, row.label, scope, row.is_enabled)
    return StoredReceiver(receiver, row.key, row.address, row.updated_at, row.updated_by)
