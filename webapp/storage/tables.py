"""The tables, as SQLAlchemy maps them."""

from datetime import UTC, datetime

from sqlalchemy import (
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
    false,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """Keeps aware UTC times, also where the database (SQLite) has no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times and store the others in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware time, got {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time as aware UTC."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Collects the tables for the migrations."""


class UserRow(Base):
    """Someone who may sign in unless `disabled_at` is set; `username_key` has no upper case.

    `role` is a `core.access.Role`. Who does not see all sees the cameras of `camera_access`.
    `totp_key` is sealed; no code of `totp_step` or before is accepted, see `second_factor`.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64))
    username_key: Mapped[str] = mapped_column(String(256), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), server_default="viewer")
    sees_all: Mapped[bool] = mapped_column(server_default=true())
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_key: Mapped[str | None] = mapped_column(Text)
    totp_step: Mapped[int] = mapped_column(server_default="0")


class SignInRow(Base):
    """One signed-in browser; its token is kept as a hash only.

    One that is `by_proxy` has no token: the proxy says with each request whose it is.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by_proxy: Mapped[bool] = mapped_column(server_default=false())


class PausedCameraRow(Base):
    """A camera that somebody switched off; it stays off over a restart. See `core.pauses`."""

    __tablename__ = "paused_cameras"

    camera: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PastPauseRow(Base):
    """A pause that is over; without it nobody knows why there is a gap in the history."""

    __tablename__ = "past_pauses"
    __table_args__ = (Index("ix_past_pauses_camera_ended_at", "camera", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    camera: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
