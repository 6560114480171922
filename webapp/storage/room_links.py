"""Links by which people join a room without an account: kept as hashes, ended by time or hand."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.storage.audit import note
from webapp.storage.tables import Base, UtcDateTime

TOKEN_BYTES = 32
# A link that is over is listed for so long, so that an admin sees what became of it.
LISTED_FOR = timedelta(days=30)


class RoomLinkRow(Base):
    """One link; `watched_by` is what people read who open it."""

    __tablename__ = "room_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    camera: Mapped[str] = mapped_column(String(40), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    watched_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class RoomLink:
    """A link as pages show it.

    Attributes:
        camera: name of the room.
        watched_by: who sees what comes, in an admin's words.
        revoked_at: when somebody ended it; None while nobody did.
    """

    id: int
    camera: str
    watched_by: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Return whether it lets people in."""
        return self.revoked_at is None and now < self.expires_at


def add_link(
    session: Session,
    camera: str,
    watched_by: str,
    valid_for: timedelta,
    author: str,
    now: datetime,
) -> str:
    """Make a link, note who did, and return its token, which is stored nowhere."""
    session.execute(delete(RoomLinkRow).where(RoomLinkRow.expires_at < now - LISTED_FOR))
    token, until = secrets.token_urlsafe(TOKEN_BYTES), now + valid_for
    session.add(
        RoomLinkRow(
            camera=camera,
            token_sha256=_digest(token),
            watched_by=watched_by,
            created_at=now,
            created_by=author,
            expires_at=until,
        )
    )
    details = {"camera": camera, "watched by": watched_by, "until": until.isoformat()}
    note(session, author, "room link made", details, now)
    return token


def find_link(session: Session, token: str, now: datetime) -> RoomLink | None:
    """Return the link of a token while it lets people in."""
    row = session.scalar(select(RoomLinkRow).where(RoomLinkRow.token_sha256 == _digest(token)))
    link = _as_link(row) if row else None
    return link if link and link.is_open(now) else None


def list_links(session: Session, camera: str) -> Sequence[RoomLink]:
    """List the links of a room, newest first."""
    query = select(RoomLinkRow).where(RoomLinkRow.camera == camera)
    return [_as_link(row) for row in session.scalars(query.order_by(RoomLinkRow.id.desc()))]


def revoked_among(session: Session, link_ids: Collection[int]) -> set[int]:
    """Return which of some links somebody ended."""
    is_revoked = RoomLinkRow.id.in_(link_ids) & RoomLinkRow.revoked_at.is_not(None)
    return set(session.scalars(select(RoomLinkRow.id).where(is_revoked)))


def revoke_link(session: Session, camera: str, link_id: int, author: str, now: datetime) -> None:
    """End a link of a room and note who did; raises KeyError where there is none."""
    row = session.get(RoomLinkRow, link_id)
    if row is None or row.camera != camera:
        raise KeyError(link_id)
    if row.revoked_at is None:
        row.revoked_at = now
        note(session, author, "room link ended", {"camera": camera}, now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _as_link(row: RoomLinkRow) -> RoomLink:
    return RoomLink(
        row.id,
        row.camera,
        row.watched_by,
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
    )
