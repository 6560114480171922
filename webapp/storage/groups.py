"""Groups of users, who see cameras together; what admins do with them is noted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.core.errors import NameTakenError
from webapp.storage.audit import note
from webapp.storage.camera_access import GroupCameraRow, GroupMemberRow, GroupRow, seen_words
from webapp.storage.users import username_key, usernames


@dataclass(frozen=True)
class Group:
    """Users who see cameras together.

    Attributes:
        cameras: names; None for all, also those that are added later.
        members: ids of users.
    """

    id: int
    name: str
    cameras: frozenset[str] | None
    members: frozenset[int]


def list_groups(session: Session) -> list[Group]:
    """List all groups by name."""
    rows = session.scalars(select(GroupRow).order_by(GroupRow.name_key)).all()
    cameras: dict[int, set[str]] = {row.id: set() for row in rows}
    members: dict[int, set[int]] = {row.id: set() for row in rows}
    for seen in session.scalars(select(GroupCameraRow)):
        cameras[seen.group_id].add(seen.camera)
    for member in session.scalars(select(GroupMemberRow)):
        members[member.group_id].add(member.user_id)
    return [
        Group(
            row.id,
            row.name,
            None if row.sees_all else frozenset(cameras[row.id]),
            frozenset(members[row.id]),
        )
        for row in rows
    ]


def save_group(
    session: Session,
    name: str,
    cameras: Collection[str] | None,
    members: Collection[int],
    author: str,
    now: datetime,
    group_id: int | None = None,
) -> int:
    """Add a group, or change the one of an id; members that there are not are left out.

    Returns:
        Its id.

    Raises:
        NameTakenError: another group is called so, whatever the case.
        KeyError: there is no group of this id.
    """
    other = session.scalar(select(GroupRow).where(GroupRow.name_key == username_key(name)))
    if other and other.id != group_id:
        raise NameTakenError(f"There is a group {other.name} already; expected another name.")
    row = _get(session, group_id) if group_id else GroupRow()
    row.name, row.name_key, row.sees_all = name, username_key(name), cameras is None
    session.add(row)
    session.flush()
    people = usernames(session, members)
    _empty(session, row.id)
    session.add_all(GroupCameraRow(group_id=row.id, camera=each) for each in set(cameras or ()))
    session.add_all(GroupMemberRow(group_id=row.id, user_id=each) for each in people)
    action = "group changed" if group_id else "group added"
    details = {"group": name, "members": sorted(people.values()), "cameras": seen_words(cameras)}
    note(session, author, action, details, now)
    return row.id


def remove_group(session: Session, group_id: int, author: str, now: datetime) -> str:
    """Remove a group and return its name; raises KeyError where there is none."""
    row = _get(session, group_id)
    _empty(session, group_id)
    session.delete(row)
    note(session, author, "group removed", {"group": row.name}, now)
    return row.name


def _get(session: Session, group_id: int) -> GroupRow:
    row = session.get(GroupRow, group_id)
    if row is None:
        raise KeyError(group_id)
    return row


def _empty(session: Session, group_id: int) -> None:
    session.execute(delete(GroupCameraRow).where(GroupCameraRow.group_id == group_id))
    session.execute(delete(GroupMemberRow).where(GroupMemberRow.group_id == group_id))
