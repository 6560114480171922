"""Messages that wait for their receiver: written with the alert, claimed, sent, marked.

A message is claimed by a conditional UPDATE with a lease, as healthchecks does: of two processes
one wins, and a process that dies gives the message back when its lease is over. So nothing is
lost, and a message is sent twice only when its sender died between the answer and the mark.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from webapp.core.message_fields import Fields
from webapp.storage.alert_tables import OutboxRow

LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=30)
MOST_ERROR_CHARACTERS = 300
UNREACHABLE = "The address of this receiver could not be read for a day."


@dataclass(frozen=True)
class Message:
    """One message to one target; a receiver recognises repeats by `key`.

    Attributes:
        sent_at: when it was delivered; None before, and where it was not.
        failed_at: when it was given up.
        fields: see `message_fields`; None of a message that an earlier version posted.
    """

    id: int
    alert_id: str
    change: str
    target: str
    title: str
    body: str
    created_at: datetime
    attempts: int
    last_error: str = ""
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    fields: Fields | None = None

    @property
    def key(self) -> str:
        """The alert and its transition."""
        return f"{self.alert_id}/{self.change}"


@dataclass(frozen=True)
class Delivery:
    """What became of one message to one target.

    Attributes:
        next_try_at: when it is tried (again); means nothing once it is sent or given up.
        attempts: begun so far.
        sent_at: when the receiver took it; None before.
        failed_at: when it was given up; None unless it was.
    """

    target: str
    change: str
    created_at: datetime
    next_try_at: datetime
    attempts: int
    sent_at: datetime | None
    failed_at: datetime | None
    last_error: str


@dataclass(frozen=True)
class WaitingMessages:
    """What is still to be sent; `oldest_at` is when the oldest was posted."""

    count: int
    oldest_at: datetime | None


def post(
    session: Session,
    alert_id: str,
    change: str,
    targets: Iterable[str],
    title: str,
    body: str,
    now: datetime,
    fields: Fields | None = None,
) -> None:
    """Put one message per target into the outbox; what is there already stays."""
    query = select(OutboxRow.target).where(
        OutboxRow.alert_id == alert_id, OutboxRow.change == change
    )
    known = set(session.scalars(query))
    for target in dict.fromkeys(targets):
        if target not in known:
            session.add(
                OutboxRow(
                    alert_id=alert_id,
                    change=change,
                    target=target,
                    title=title,
                    body=body,
                    created_at=now,
                    next_try_at=now,
                    last_error="",
                    fields=None if fields is None else json.dumps(fields, ensure_ascii=False),
                )
            )


def claim(
    session: Session,
    owner: str,
    targets: Iterable[str],
    now: datetime,
    lease: timedelta = LEASE,
) -> Message | None:
    """Take the oldest message that is due, for one lease.

    The messages of an alert keep their order: while a receiver is away, the end waits until the
    beginning has arrived or is given up.

    Args:
        owner: who sends it, unlike every other sender that ever was.
        targets: whose messages it sends.
        lease: longer than any receiver takes to answer.
    """
    is_due = _is_due(now, max(lease, LEASE))
    due = select(OutboxRow.id).where(is_due, OutboxRow.target.in_(list(targets)))
    for message_id in session.scalars(due.order_by(OutboxRow.created_at, OutboxRow.id).limit(5)):
        taken = session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == message_id, is_due)
            .values(lease_until=now + lease, lease_owner=owner, attempts=OutboxRow.attempts + 1)
        )
        if taken.rowcount:  # type: ignore[attr-defined]
            return _as_message(session.get_one(OutboxRow, message_id, populate_existing=True))
    return None


def mark_sent(session: Session, message: Message, owner: str, now: datetime) -> bool:
    """Note that the receiver has it; False when the lease was lost to another sender."""
    return _mark(session, message, owner, sent_at=now, last_error="")


def mark_failed(session: Session, message: Message, owner: str, error: str, now: datetime) -> bool:
    """Note that the receiver did not take it; tried again later, for a day.

    Args:
        error: what went wrong, without credentials.
    """
    error = error[:MOST_ERROR_CHARACTERS]
    if is_given_up(message, now):
        return _mark(session, message, owner, failed_at=now, last_error=error)
    return _mark(
        session, message, owner, next_try_at=now + retry_after(message.attempts), last_error=error
    )


def is_given_up(message: Message, now: datetime) -> bool:
    """Return whether a message that fails now is not tried again."""
    return now - message.created_at >= GIVE_UP_AFTER


def give_up_unreachable(session: Session, targets: Iterable[str], now: datetime) -> int:
    """Give up day-old messages that nobody can send; returns how many.

    Args:
        targets: those that can be reached now.
    """
    is_stranded = and_(
        _waits(),
        OutboxRow.created_at <= now - GIVE_UP_AFTER,
        OutboxRow.target.not_in(list(targets)),
    )
    # Asked every second: only an UPDATE would take a lock.
    if session.scalar(select(OutboxRow.id).where(is_stranded).limit(1)) is None:
        return 0
    given_up = update(OutboxRow).where(is_stranded).values(failed_at=now, last_error=UNREACHABLE)
    return int(session.execute(given_up).rowcount)  # type: ignore[attr-defined]


def give_up(session: Session, target: str, because: str, now: datetime) -> None:
    """Give up what waits for a target."""
    waiting = update(OutboxRow).where(OutboxRow.target == target, _waits())
    session.execute(waiting.values(failed_at=now, last_error=because))


def told_targets(session: Session, alert_id: str) -> list[str]:
    """Return the targets that a message of an alert was posted to."""
    query = select(OutboxRow.target).where(OutboxRow.alert_id == alert_id)
    return list(session.scalars(query.distinct()))


def waiting_count(session: Session, target: str) -> int:
    """Count the messages that are still to be sent to a target."""
    waiting = select(func.count()).where(OutboxRow.target == target, _waits())
    return session.scalar(waiting) or 0


def waiting_messages(session: Session) -> WaitingMessages:
    """Return what is still to be sent, to whomever."""
    waiting = select(func.count(), func.min(OutboxRow.created_at)).where(_waits())
    return WaitingMessages(*session.execute(waiting).one())


def newest_messages(session: Session, target: str, most: int) -> list[Message]:
    """List the newest messages to a target, sent or not, newest first."""
    query = select(OutboxRow).where(OutboxRow.target == target).order_by(OutboxRow.id.desc())
    return [_as_message(row) for row in session.scalars(query.limit(most))]


def retry_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling, at most half an hour."""
    return min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 20))


def undelivered(session: Session, most: int = 50, but: Iterable[str] = ()) -> list[Message]:
    """List what was given up, newest first, except what was for the targets of `but`."""
    rows = session.scalars(
        select(OutboxRow)
        .where(OutboxRow.failed_at.is_not(None), OutboxRow.target.not_in(list(but)))
        .order_by(OutboxRow.failed_at.desc())
        .limit(most)
    )
    return [_as_message(row) for row in rows]


def deliveries(session: Session, alert_id: str) -> list[Delivery]:
    """List what became of an alert's messages, in the order they were posted."""
    query = select(OutboxRow).where(OutboxRow.alert_id == alert_id).order_by(OutboxRow.id)
    return [
        Delivery(
            target=row.target,
            change=row.change,
            created_at=row.created_at,
            next_try_at=row.next_try_at,
            attempts=row.attempts,
            sent_at=row.sent_at,
            failed_at=row.failed_at,
            last_error=row.last_error,
        )
        for row in session.scalars(query)
    ]


def _waits() -> ColumnElement[bool]:
    return and_(OutboxRow.sent_at.is_(None), OutboxRow.failed_at.is_(None))


def _is_due(now: datetime, longest_lease: timedelta) -> ColumnElement[bool]:
    earlier = aliased(OutboxRow)
    is_behind = select(earlier.id).where(
        earlier.alert_id == OutboxRow.alert_id,
        earlier.target == OutboxRow.target,
        earlier.id < OutboxRow.id,
        earlier.sent_at.is_(None),
        earlier.failed_at.is_(None),
    )
    # A wait longer than any can be was noted before the clock was set back.
    next_try_at, lease_until = OutboxRow.next_try_at, OutboxRow.lease_until
    return and_(
        _waits(),
        or_(next_try_at <= now, next_try_at > now + LONGEST_RETRY),
        or_(lease_until.is_(None), lease_until <= now, lease_until > now + longest_lease),
        ~is_behind.exists(),
    )


def _mark(session: Session, message: Message, owner: str, **values: object) -> bool:
    done = session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == message.id, OutboxRow.lease_owner == owner)
        .values(lease_until=None, lease_owner=None, **values)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _as_message(row: OutboxRow) -> Message:
    return Message(
        id=row.id,
        alert_id=row.alert_id,
        change=row.change,
        target=row.target,
        title=row.title,
        body=row.body,
        created_at=row.created_at,
        attempts=row.attempts,
        last_error=row.last_error,
        sent_at=row.sent_at,
        failed_at=row.failed_at,
        fields=None if row.fields is None else json.loads(row.fields),
    )
