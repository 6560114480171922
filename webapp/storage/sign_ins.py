"""Signed-in browsers as rows, so that one can be ended from the server."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from webapp.core.access import Actor, Role
from webapp.core.api_tokens import ApiToken
from webapp.storage.camera_access import as_limit, grants
from webapp.storage.tables import SignInRow, UserRow
from webapp.storage.users import User, actor_of, as_users

IDLE_LIMIT = timedelta(hours=12)
LIFETIME = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignIn:
    """A browser that is signed in now, or a program that shows a token, and whose it is.

    Attributes:
        id: of the browser's sign-in, or of the token.
        token: None for a browser.
    """

    id: int
    user: User
    token: ApiToken | None = None


@dataclass(frozen=True)
class LiveSignIn:
    """One browser that is signed in now: all that is stored of it."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def start_sign_in(session: Session, user_id: int, now: datetime) -> str:
    """Sign a browser in and return its secret token; rows that ran out are removed."""
    session.execute(delete(SignInRow).where(SignInRow.expires_at < now))
    token = secrets.token_urlsafe(32)
    session.add(
        SignInRow(
            token_sha256=_digest(token),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return token


def find_sign_in(session: Session, token: str, now: datetime) -> SignIn | None:
    """Return the sign-in of a token unless it was revoked, idle too long or ran out."""
    query = (
        select(SignInRow, UserRow)
        .join(UserRow, UserRow.id == SignInRow.user_id)
        .where(
            SignInRow.token_sha256 == _digest(token),
            # Who was disabled while the password was checked is not let in.
            UserRow.disabled_at.is_(None),
            _is_live(now),
        )
    )
    found = session.execute(query).first()
    return SignIn(found[0].id, as_users(session, [found[1]])[0]) if found else None


def find_proxy_sign_in(session: Session, user_id: int, now: datetime) -> int | None:
    """Return the id of the live sign-in of a user whom a proxy names, if there is one."""
    is_it = and_(SignInRow.user_id == user_id, SignInRow.by_proxy, _is_live(now))
    return session.scalar(select(SignInRow.id).where(is_it).order_by(SignInRow.id).limit(1))


def start_proxy_sign_in(session: Session, user_id: int, now: datetime) -> int:
    """Begin the sign-in of a user whom a proxy names, and return its id; nobody gets its token."""
    digest = _digest(start_sign_in(session, user_id, now))
    row = session.scalars(select(SignInRow).where(SignInRow.token_sha256 == digest)).one()
    row.by_proxy = True
    return row.id


def live_actors(session: Session, sign_in_ids: Collection[int], now: datetime) -> dict[int, Actor]:
    """Return which of these sign-ins may go on, and what each may do now; writes nothing."""
    return actors_of(session, SignInRow, sign_in_ids, _is_live(now))


def actors_of(
    session: Session, table: Any, ids: Collection[int], is_live: ColumnElement[bool]
) -> dict[int, Actor]:
    """Return what the users may do now whose these rows are.

    Args:
        table: has `id` and `user_id`.
        is_live: leaves out rows that are over; those of disabled users are left out in any case.
    """
    granted = grants()
    query = (
        select(table.id, UserRow.role, granted.c.camera)
        .join(UserRow, UserRow.id == table.user_id)
        .outerjoin(granted, granted.c.user_id == UserRow.id)
        .where(table.id.in_(ids), UserRow.disabled_at.is_(None), is_live)
    )
    roles: dict[int, Role] = {}
    cameras: dict[int, set[str]] = {}
    for row_id, role, camera in session.execute(query):
        roles[row_id] = Role(role)
        seen = cameras.setdefault(row_id, set())
        if camera is not None:
            seen.add(camera)
    return {each: actor_of(role, as_limit(cameras[each])) for each, role in roles.items()}


def signed_in_users(session: Session, user_ids: Collection[int], now: datetime) -> set[int]:
    """Return which of these users are signed in anywhere; writes nothing."""
    is_signed_in = and_(SignInRow.user_id.in_(user_ids), _is_live(now))
    return set(session.scalars(select(SignInRow.user_id).where(is_signed_in)))


def live_sign_ins_of(session: Session, now: datetime) -> dict[int, list[LiveSignIn]]:
    """Return the live sign-ins by their user's id, the newest first."""
    query = select(SignInRow).where(_is_live(now)).order_by(SignInRow.last_seen_at.desc())
    found: dict[int, list[LiveSignIn]] = {}
    for row in session.scalars(query):
        seen = LiveSignIn(row.id, row.created_at, row.last_seen_at, row.expires_at)
        found.setdefault(row.user_id, []).append(seen)
    return found


def keep_alive(session: Session, sign_in_ids: Collection[int], now: datetime) -> None:
    """Note that these sign-ins are in use; those that ended stay ended.

    An open stream or Socket.IO connection counts as use: a wall screen stays signed in until
    `LIFETIME` is over.
    """
    is_due = and_(
        SignInRow.id.in_(sign_in_ids), _is_live(now), SignInRow.last_seen_at <= now - TOUCH_EVERY
    )
    # Reading first spares SQLite's only writer: mostly none is due.
    due = list(session.scalars(select(SignInRow.id).where(is_due)))
    if due:
        session.execute(update(SignInRow).where(SignInRow.id.in_(due)).values(last_seen_at=now))


def revoke(session: Session, sign_in_id: int, now: datetime) -> None:
    """End one sign-in."""
    session.execute(update(SignInRow).where(SignInRow.id == sign_in_id).values(revoked_at=now))


def revoke_others(session: Session, user_id: int, keep_id: int, now: datetime) -> set[int]:
    """End every other sign-in of a user and return their ids."""
    others = and_(
        SignInRow.user_id == user_id, SignInRow.id != keep_id, SignInRow.revoked_at.is_(None)
    )
    ids = set(session.scalars(select(SignInRow.id).where(others)))
    session.execute(update(SignInRow).where(SignInRow.id.in_(ids)).values(revoked_at=now))
    return ids


def _is_live(now: datetime) -> ColumnElement[bool]:
    return and_(
        SignInRow.revoked_at.is_(None),
        SignInRow.expires_at > now,
        SignInRow.last_seen_at > now - IDLE_LIMIT,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
