"""API tokens as rows: kept as hashes, ended by time, by hand or with their owner."""

import hashlib
import json
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import (
    CursorResult,
    ForeignKey,
    Select,
    String,
    Text,
    and_,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core.access import Actor
from webapp.core.api_tokens import MOST_DAYS, PREFIX, ApiToken, TokenScope, scopes_beyond
from webapp.core.errors import TokenError
from webapp.storage.audit import TOKEN_USED, note
from webapp.storage.sign_ins import TOUCH_EVERY, SignIn, actors_of
from webapp.storage.tables import Base, UserRow, UtcDateTime
from webapp.storage.users import User, as_users

TOKEN_BYTES = 32
# One that is over is listed for so long, so that an admin sees what became of it.
LISTED_FOR = timedelta(days=90)


class ApiTokenRow(Base):
    """One token; `scopes` is a JSON list."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Nobody guesses 256 random bits: a quick hash without salt gives none away, and finds the row.
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    scopes: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def make_token(
    session: Session,
    name: str,
    owner: User,
    scopes: Collection[TokenScope],
    days: int,
    author: str,
    now: datetime,
) -> str:
    """Make a token, note who did, and return it; it is stored nowhere.

    Raises:
        TokenError: it is for nothing, too long, or for more than its owner may do.
    """
    if not scopes:
        raise TokenError("expected at least one scope.")
    if not 1 <= days <= MOST_DAYS:
        raise TokenError(f"expected an end in 1 to {MOST_DAYS} days, got {days}.")
    if beyond := scopes_beyond(owner.role, scopes):
        raise TokenError(
            f"{owner.username} is a {owner.role}, who may not use: {', '.join(beyond)}."
        )
    session.execute(delete(ApiTokenRow).where(ApiTokenRow.expires_at < now - LISTED_FOR))
    token, until = PREFIX + secrets.token_urlsafe(TOKEN_BYTES), now + timedelta(days=days)
    session.add(
        ApiTokenRow(
            token_sha256=digest_of(token),
            name=name,
            user_id=owner.id,
            scopes=json.dumps(sorted(scopes)),
            created_at=now,
            created_by=author,
            expires_at=until,
        )
    )
    details = {"token": name, "user": owner.username, "scopes": sorted(scopes)}
    note(session, author, "token made", details | {"until": until.isoformat()}, now)
    return token


def find_token(session: Session, token: str) -> SignIn | None:
    """Return a token as it is now and its owner, however it is; None where there is none."""
    query = _with_owner().where(ApiTokenRow.token_sha256 == digest_of(token))
    found = session.execute(query).first()
    if found is None:
        return None
    row, owner = found
    return SignIn(row.id, as_users(session, [owner])[0], _as_token(row, owner))


def list_tokens(session: Session) -> list[ApiToken]:
    """List all tokens, the newest first."""
    query = _with_owner().order_by(ApiTokenRow.id.desc())
    return [_as_token(row, owner) for row, owner in session.execute(query)]


def revoke_token(session: Session, token_id: int, author: str, now: datetime) -> str:
    """End a token and note who did; returns its name, raises KeyError where there is none."""
    found = session.execute(_with_owner().where(ApiTokenRow.id == token_id)).first()
    if found is None:
        raise KeyError(token_id)
    row, owner = found
    if row.revoked_at is None:
        row.revoked_at = now
        details = {"token": row.name, "user": owner.username}
        note(session, author, "token revoked", details, now)
    return str(row.name)


def revoke_tokens(session: Session, now: datetime, user_id: int | None = None) -> int:
    """End the tokens of a user, or all; returns how many there were."""
    is_open = and_(ApiTokenRow.revoked_at.is_(None), ApiTokenRow.expires_at > now)
    if user_id is not None:
        is_open &= ApiTokenRow.user_id == user_id
    return _rows(session.execute(update(ApiTokenRow).where(is_open).values(revoked_at=now)))


def token_actors(session: Session, token_ids: Collection[int], now: datetime) -> dict[int, Actor]:
    """Return which of these tokens are good, and what their owners may do now; writes nothing."""
    is_good = and_(ApiTokenRow.revoked_at.is_(None), ApiTokenRow.expires_at > now)
    return actors_of(session, ApiTokenRow, token_ids, is_good)


def note_use(session: Session, token_ids: Collection[int], now: datetime) -> None:
    """Note that tokens are in use, once a minute; the first use of a day (UTC) is an entry."""
    used_at = ApiTokenRow.last_used_at
    is_due = or_(used_at.is_(None), used_at <= now - TOUCH_EVERY)
    # Reading first spares SQLite's only writer: mostly none is due.
    due = session.execute(_with_owner().where(ApiTokenRow.id.in_(token_ids), is_due)).all()
    for row, owner in due:
        before = row.last_used_at
        is_first = before is None or before.date() < now.date()
        is_same = used_at.is_(None) if before is None else used_at == before
        taken = update(ApiTokenRow).where(ApiTokenRow.id == row.id, is_same)
        if _rows(session.execute(taken.values(last_used_at=now))) and is_first:
            note(session, owner.username, TOKEN_USED, {"token": row.name}, now)


def _with_owner() -> Select[ApiTokenRow, UserRow]:
    return select(ApiTokenRow, UserRow).join(UserRow, UserRow.id == ApiTokenRow.user_id)


def _as_token(row: ApiTokenRow, owner: UserRow) -> ApiToken:
    return ApiToken(
        row.id,
        row.name,
        owner.username,
        frozenset(map(TokenScope, json.loads(row.scopes))),
        row.created_at,
        row.created_by,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
    )


def _rows(done: object) -> int:
    assert isinstance(done, CursorResult)
    return done.rowcount


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
