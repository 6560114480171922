"""What admins do with the accounts of users, on a page or from the shell; all of it is noted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from webapp.core.access import Role
from webapp.core.errors import LastAdminError, NameTakenError
from webapp.storage.api_tokens import revoke_tokens
from webapp.storage.audit import note
from webapp.storage.camera_access import UserCameraRow, seen_words
from webapp.storage.only_writer import be_only_writer
from webapp.storage.sign_ins import LiveSignIn, live_sign_ins_of, revoke_others
from webapp.storage.tables import SignInRow, UserRow
from webapp.storage.users import User, add_user, as_users, find_user, set_password

NO_SIGN_IN = 0


@dataclass(frozen=True)
class Account:
    """A user, and where he or she is signed in.

    Attributes:
        sign_ins: those that are live, the newest first.
    """

    user: User
    created_at: datetime
    disabled_at: datetime | None
    sign_ins: Sequence[LiveSignIn]


def list_accounts(session: Session, now: datetime) -> list[Account]:
    """List all users in the order they were added."""
    sign_ins = live_sign_ins_of(session, now)
    rows = session.scalars(select(UserRow).order_by(UserRow.id)).all()
    return [
        Account(user, row.created_at, row.disabled_at, sign_ins.get(row.id, ()))
        for user, row in zip(as_users(session, rows), rows, strict=True)
    ]


def create_account(
    session: Session,
    username: str,
    password_hash: str,
    author: str,
    now: datetime,
    *,
    role: Role,
    must_change_password: bool,
) -> User:
    """Add a user.

    Raises:
        NameTakenError: there is one of this name, whatever its case.
    """
    be_only_writer(session, UserRow)
    if find_user(session, username):
        raise NameTakenError(f"There is a user {username} already; expected another name.")
    note(session, author, "user added", {"user": username, "role": role}, now)
    return add_user(
        session,
        username,
        password_hash,
        now,
        role=role,
        must_change_password=must_change_password,
    )


def give_password(
    session: Session, user: User, password_hash: str, author: str, now: datetime, *, is_once: bool
) -> set[int]:
    """Give a user a new password and end the sign-ins with the old one.

    Args:
        is_once: whether the user must choose another at the next sign-in.

    Returns:
        The ids of the sign-ins that were ended.
    """
    set_password(session, user.id, password_hash, must_change=is_once)
    ended = revoke_others(session, user.id, NO_SIGN_IN, now)
    details = {"user": user.username, "sign-ins ended": len(ended)}
    note(session, author, "password changed", details, now)
    return ended


def sign_out_everywhere(
    session: Session, user: User, author: str, now: datetime, keep_id: int = NO_SIGN_IN
) -> set[int]:
    """End every sign-in of a user but the one to keep; returns their ids."""
    ended = revoke_others(session, user.id, keep_id, now)
    details = {"user": user.username, "sign-ins ended": len(ended)}
    note(session, author, "user signed out", details, now)
    return ended


def give_role(session: Session, user: User, role: Role, author: str, now: datetime) -> None:
    """Let a user do what a role may; what is open follows within a moment.

    Raises:
        LastAdminError: nobody could administer any more.
    """
    be_only_writer(session, UserRow)
    if role != Role.ADMIN:
        _refuse_last_admin(session, user)
    session.execute(update(UserRow).where(UserRow.id == user.id).values(role=role))
    note(session, author, "user's role changed", {"user": user.username, "role": role}, now)


def limit_cameras(
    session: Session,
    user: User,
    cameras: Collection[str] | None,
    author: str,
    now: datetime,
) -> None:
    """Let a user see these cameras beside those of the groups, or all.

    Args:
        cameras: names; None for all, also those that are added later.
    """
    session.execute(delete(UserCameraRow).where(UserCameraRow.user_id == user.id))
    session.add_all(UserCameraRow(user_id=user.id, camera=name) for name in set(cameras or ()))
    sees_all = update(UserRow).where(UserRow.id == user.id).values(sees_all=cameras is None)
    session.execute(sees_all)
    details = {"user": user.username, "cameras": seen_words(cameras)}
    note(session, author, "user's cameras changed", details, now)


def disable_account(session: Session, user: User, author: str, now: datetime) -> set[int]:
    """Let a user sign in no more, and end every sign-in and token; returns ids of the former.

    Raises:
        LastAdminError: nobody could administer any more.
    """
    be_only_writer(session, UserRow)
    _refuse_last_admin(session, user)
    session.execute(update(UserRow).where(UserRow.id == user.id).values(disabled_at=now))
    ended = revoke_others(session, user.id, NO_SIGN_IN, now)
    details = {"user": user.username, "sign-ins ended": len(ended)}
    if tokens := revoke_tokens(session, now, user.id):
        details["tokens ended"] = tokens
    note(session, author, "user disabled", details, now)
    return ended


def enable_account(session: Session, user: User, author: str, now: datetime) -> None:
    """Let a user sign in again, with the password of before."""
    session.execute(update(UserRow).where(UserRow.id == user.id).values(disabled_at=None))
    note(session, author, "user enabled", {"user": user.username}, now)


def remove_account(session: Session, user: User, author: str, now: datetime) -> set[int]:
    """Remove a user with all sign-ins; returns their ids. What was noted under the name stays.

    Raises:
        LastAdminError: nobody could administer any more.
    """
    be_only_writer(session, UserRow)
    _refuse_last_admin(session, user)
    ended = revoke_others(session, user.id, NO_SIGN_IN, now)
    session.execute(delete(SignInRow).where(SignInRow.user_id == user.id))
    session.execute(delete(UserRow).where(UserRow.id == user.id))
    note(session, author, "user removed", {"user": user.username}, now)
    return ended


def _refuse_last_admin(session: Session, user: User) -> None:
    """Keep one admin with a password: who comes by a proxy is gone when the proxy is."""
    is_other = and_(UserRow.role == Role.ADMIN, UserRow.password_hash != "")
    is_other &= UserRow.disabled_at.is_(None) & (UserRow.id != user.id)
    if (
        user.is_admin
        and user.password_hash
        and not session.scalar(select(UserRow.id).where(is_other))
    ):
        raise LastAdminError(
            f"{user.username} is the last admin who may sign in. Make another one first."
        )
