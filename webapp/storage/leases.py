"""What workers share out: each camera, and each duty of all, is held by one of them at a time.

Whoever takes something does so by a conditional UPDATE, so of two workers one wins. The times are
of the database's clock, which is the same for all. Only PostgreSQL serves several workers; what
does not say so works on SQLite, too, where nobody holds anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, and_, collate, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.core.leases import LEASE_S, NOBODY, Lease, Worker
from webapp.storage.lease_tables import LeaseRow, WorkerRow

LEASE = timedelta(seconds=LEASE_S)
# Of workers that died; those that stop leave themselves out.
FORGOTTEN_AFTER = timedelta(hours=1)


class LeaseKind(StrEnum):
    """What can be held."""

    CAMERA = "camera"
    DUTY = "duty"


@dataclass(frozen=True)
class Board:
    """What is held by whom, and the workers that live.

    Attributes:
        leases: of each kind, by name.
    """

    leases: Mapping[LeaseKind, Mapping[str, Lease]]
    workers: tuple[Worker, ...]


def announce(session: Session, worker: Worker) -> None:
    """Say that a worker lives; on PostgreSQL."""
    row = insert(WorkerRow).values(id=worker.id, name=worker.name, until=_now() + LEASE)
    session.execute(
        row.on_conflict_do_update(index_elements=["id"], set_={"until": row.excluded.until})
    )


def leave(session: Session, worker: Worker) -> None:
    """Give everything back at once, and be no worker any more; on PostgreSQL."""
    _give_back(session, LeaseRow.holder == worker.id)
    is_forgotten = WorkerRow.until < _now() - FORGOTTEN_AFTER
    session.execute(delete(WorkerRow).where(or_(WorkerRow.id == worker.id, is_forgotten)))


def living_workers(session: Session) -> list[str]:
    """List the names of the workers that live."""
    query = select(WorkerRow.name).where(WorkerRow.until > func.current_timestamp())
    return list(session.scalars(query.distinct().order_by(WorkerRow.name)))


def read_board(session: Session) -> Board:
    """Return who holds what and who lives; on PostgreSQL."""
    leases: dict[LeaseKind, dict[str, Lease]] = {kind: {} for kind in LeaseKind}
    columns = (LeaseRow.kind, LeaseRow.name, LeaseRow.holder, LeaseRow.token, LeaseRow.until)
    for kind, name, *values in session.execute(select(*columns, LeaseRow.until <= _now())):
        leases[LeaseKind(kind)][name] = Lease(*values)
    living = select(WorkerRow.id, WorkerRow.name).where(WorkerRow.until > _now())
    return Board(leases, tuple(Worker(*row) for row in session.execute(living)))


def take(
    session: Session, worker: Worker, kind: LeaseKind, wanted: Mapping[str, Lease | None]
) -> None:
    """Take what is free, as far as nobody was faster; on PostgreSQL.

    Args:
        wanted: the leases that seemed free, by name; None for one that was never held.
    """
    if not wanted:
        return
    new = [_never_held(kind, name) for name in sorted(wanted)]
    session.execute(insert(LeaseRow).values(new).on_conflict_do_nothing())
    seen = [(kind, name, lease.token if lease else 0) for name, lease in wanted.items()]
    is_free = and_(
        tuple_(LeaseRow.kind, LeaseRow.name, LeaseRow.token).in_(seen),
        or_(LeaseRow.holder == NOBODY, LeaseRow.until <= _now()),
    )
    # Past those whose holder writes in this moment, and those that another takes.
    free = select(LeaseRow.name).where(is_free).with_for_update(skip_locked=True)
    session.execute(
        update(LeaseRow)
        .where(LeaseRow.kind == kind, LeaseRow.name.in_(session.scalars(free).all()))
        .values(holder=worker.id, token=LeaseRow.token + 1, until=_now() + LEASE)
    )


def give_back(session: Session, worker: Worker, kind: LeaseKind, names: Iterable[str]) -> None:
    """Let others take at once what a worker holds; on PostgreSQL."""
    is_it = and_(LeaseRow.kind == kind, LeaseRow.name.in_(list(names)))
    _give_back(session, and_(LeaseRow.holder == worker.id, is_it))


def renew(session: Session, worker: Worker) -> dict[LeaseKind, dict[str, int]]:
    """Renew all that a worker holds, also what is over and nobody took; on PostgreSQL.

    Returns:
        The tokens of it, of each kind by name.
    """
    is_mine = LeaseRow.holder == worker.id
    # In one order, in which records lock them, too: else each would wait for the other.
    ordered = (
        select(LeaseRow.name).where(is_mine).order_by(LeaseRow.kind, collate(LeaseRow.name, "C"))
    )
    session.execute(ordered.with_for_update())
    renewed = update(LeaseRow).where(is_mine).values(until=_now() + LEASE)
    held = renewed.returning(LeaseRow.kind, LeaseRow.name, LeaseRow.token)
    tokens: dict[LeaseKind, dict[str, int]] = {kind: {} for kind in LeaseKind}
    for kind, name, token in session.execute(held):
        tokens[LeaseKind(kind)][name] = token
    return tokens


def is_still_held(session: Session, camera: str, token: int) -> bool:
    """Return whether nobody took a camera since, nor can until this transaction ends."""
    is_it = and_(LeaseRow.kind == LeaseKind.CAMERA, LeaseRow.name == camera)
    query = select(LeaseRow.token).where(is_it, LeaseRow.token == token)
    return session.scalar(query.with_for_update(read=True)) is not None


def held_among(session: Session, cameras: Iterable[str]) -> set[str]:
    """Return which of some cameras somebody holds; until this ends nobody takes the others."""
    is_it = and_(LeaseRow.kind == LeaseKind.CAMERA, LeaseRow.name.in_(list(cameras)))
    is_held = and_(LeaseRow.holder != NOBODY, LeaseRow.until > func.current_timestamp())
    in_order = select(LeaseRow.name, is_held).where(is_it).order_by(LeaseRow.name)
    found = session.execute(in_order.with_for_update(read=True))
    return {name for name, held in found if held}


def _give_back(session: Session, which: Any) -> None:
    session.execute(update(LeaseRow).where(which).values(holder=NOBODY, until=_now()))


def _never_held(kind: LeaseKind, name: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "holder": NOBODY, "token": 0, "until": _now()}


def _now() -> Any:
    """The clock of this moment; `now()` would be that of the transaction's begin."""
    return func.clock_timestamp(type_=DateTime(timezone=True))
