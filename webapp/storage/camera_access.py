"""Which cameras each user sees: all, or those of the own list and of the groups together."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ForeignKey, String, Subquery, literal, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.storage.tables import Base, UserRow

# Stands for every camera; no name is empty.
EVERY = ""


class GroupRow(Base):
    """A group of users; one that sees all sees cameras that are added later, too."""

    __tablename__ = "user_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(256), unique=True)
    sees_all: Mapped[bool]


class GroupMemberRow(Base):
    """A user in a group."""

    __tablename__ = "group_members"

    group_id: Mapped[int] = mapped_column(
        ForeignKey("user_groups.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class UserCameraRow(Base):
    """A camera that a user sees."""

    __tablename__ = "user_cameras"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    camera: Mapped[str] = mapped_column(String(40), primary_key=True)


class GroupCameraRow(Base):
    """A camera that all of a group see."""

    __tablename__ = "group_cameras"

    group_id: Mapped[int] = mapped_column(
        ForeignKey("user_groups.id", ondelete="CASCADE"), primary_key=True
    )
    camera: Mapped[str] = mapped_column(String(40), primary_key=True)


def grants() -> Subquery:
    """Return a row of `user_id` and `camera` for all that lets a user see something."""
    member, group = GroupMemberRow, GroupRow
    of_group = GroupCameraRow.group_id == member.group_id
    ways: tuple[Any, ...] = (
        select(UserCameraRow.user_id, UserCameraRow.camera),
        select(member.user_id, GroupCameraRow.camera).join(GroupCameraRow, of_group),
        select(UserRow.id, literal(EVERY)).where(UserRow.sees_all),
        select(member.user_id, literal(EVERY))
        .join(group, group.id == member.group_id)
        .where(group.sees_all),
    )
    return union_all(*ways).subquery("grants")


def own_cameras(session: Session, user_id: int) -> frozenset[str] | None:
    """Return the cameras of a user's own list, whatever the groups add; None for all."""
    if session.scalar(select(UserRow.sees_all).where(UserRow.id == user_id)):
        return None
    own = select(UserCameraRow.camera).where(UserCameraRow.user_id == user_id)
    return frozenset(session.scalars(own))


def seen_cameras(session: Session, user_ids: Collection[int]) -> dict[int, frozenset[str] | None]:
    """Return the cameras that each of these users sees; None for all."""
    granted, found = grants(), {user_id: set[str]() for user_id in user_ids}
    query = select(granted.c.user_id, granted.c.camera).where(granted.c.user_id.in_(user_ids))
    for user_id, camera in session.execute(query) if user_ids else ():
        found[user_id].add(camera)
    return {user_id: as_limit(cameras) for user_id, cameras in found.items()}


def as_limit(granted: Collection[str]) -> frozenset[str] | None:
    """Return what is granted as `core.access.Actor` has it."""
    return None if EVERY in granted else frozenset(granted)


def seen_words(cameras: Collection[str] | None) -> list[str]:
    """Return what somebody may see, as the audit log keeps it."""
    return ["all cameras"] if cameras is None else sorted(cameras) or ["none"]
