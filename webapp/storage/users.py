"""Who may sign in."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from webapp.core.access import Actor, Role
from webapp.storage.camera_access import seen_cameras
from webapp.storage.tables import UserRow

MAX_USERNAME_LENGTH = 64


@dataclass(frozen=True)
class User:
    """Someone who may sign in.

    Attributes:
        cameras: those that an own list and the groups let the user see; None for all.
        password_hash: "" for who has no password, since a proxy says who it is.
    """

    id: int
    username: str
    role: Role
    must_change_password: bool
    password_hash: str
    is_disabled: bool = False
    cameras: frozenset[str] | None = None
    has_second_factor: bool = False

    @property
    def actor(self) -> Actor:
        """What the user may do, for `core.access.may`."""
        return actor_of(self.role, self.cameras)

    @property
    def has_password(self) -> bool:
        """Whether the user signs in by the form, not by a proxy."""
        return bool(self.password_hash)

    @property
    def is_admin(self) -> bool:
        """Whether some places are kept for the user."""
        return self.role == Role.ADMIN


def actor_of(role: Role, cameras: frozenset[str] | None) -> Actor:
    """Return what somebody may do; an admin sees all, whatever the lists say."""
    return Actor(role, None if role == Role.ADMIN else cameras)


def as_users(session: Session, rows: Sequence[UserRow]) -> list[User]:
    """Return the rows' values, detached from their session."""
    seen = seen_cameras(session, [row.id for row in rows if not row.sees_all])
    return [
        User(
            row.id,
            row.username,
            Role(row.role),
            row.must_change_password,
            row.password_hash,
            row.disabled_at is not None,
            seen.get(row.id),
            row.totp_key is not None,
        )
        for row in rows
    ]


def username_key(username: str) -> str:
    """Return what two spellings of one name have in common."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def add_user(
    session: Session,
    username: str,
    password_hash: str,
    now: datetime,
    *,
    role: Role,
    must_change_password: bool = False,
) -> User:
    """Add a user; the name must be free, whatever its case."""
    row = UserRow(
        username=username,
        username_key=username_key(username),
        password_hash=password_hash,
        role=role,
        sees_all=True,
        must_change_password=must_change_password,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return as_users(session, [row])[0]


def find_user(session: Session, username: str) -> User | None:
    """Return the user of this name, whatever its case."""
    # PostgreSQL refuses NUL in text with an error of its own.
    if len(username) > MAX_USERNAME_LENGTH or "\0" in username:
        return None
    row = session.scalar(select(UserRow).where(UserRow.username_key == username_key(username)))
    return as_users(session, [row])[0] if row else None


def user_by_id(session: Session, user_id: int) -> User:
    """Return a user that there is."""
    return as_users(session, [session.get_one(UserRow, user_id, populate_existing=True)])[0]


def usernames(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """Return the names of those of these users that there are."""
    query = select(UserRow.id, UserRow.username).where(UserRow.id.in_(user_ids))
    return {user_id: name for user_id, name in session.execute(query)}


def has_admin(session: Session) -> bool:
    """Return whether there is an admin."""
    query = select(func.count()).select_from(UserRow).where(UserRow.role == Role.ADMIN)
    return bool(session.scalar(query))


def admin_name(session: Session) -> str | None:
    """Return the name of the first admin who may sign in, if there is any."""
    is_it = and_(UserRow.role == Role.ADMIN, UserRow.disabled_at.is_(None))
    query = select(UserRow.username).where(is_it)
    return session.scalar(query.order_by(UserRow.id).limit(1))


def set_password(
    session: Session, user_id: int, password_hash: str, *, must_change: bool = False
) -> None:
    """Give a user a password, of their own choice unless they must change it."""
    session.execute(
        update(UserRow)
        .where(UserRow.id == user_id)
        .values(password_hash=password_hash, must_change_password=must_change)
    )


def all_usernames(session: Session) -> list[str]:
    """List the names of all users, in the order of the alphabet."""
    return list(session.scalars(select(UserRow.username).order_by(UserRow.username_key)))
