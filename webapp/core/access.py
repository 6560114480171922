"""Who may do what to which camera: the one place that decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a route or an event lets somebody do."""

    WATCH = "watch cameras, alerts and history"
    HANDLE_ALERTS = "acknowledge, comment and silence alerts"
    EXPORT = "export history"
    ANALYSE = "hand in pictures and videos"
    READ_HEALTH = "read whether the server is ready"
    SWITCH_CAMERAS = "pause and resume cameras and change their source"
    ADMINISTER = "see and change cameras, rules, receivers, users and the audit log"


class Role(StrEnum):
    """What a user is."""

    ADMIN = "admin"
    USER = "user"


ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.USER: frozenset(Permission) - {Permission.SWITCH_CAMERAS, Permission.ADMINISTER},
}


@dataclass(frozen=True)
class Actor:
    """Somebody who asks.

    Attributes:
        cameras: names of those that may be seen and used; None for all.
    """

    role: Role
    cameras: frozenset[str] | None = None


def may(actor: Actor, permission: Permission, camera: str | None = None) -> bool:
    """Decide whether somebody may do something, to a camera if one is named."""
    if camera is not None and actor.cameras is not None and camera not in actor.cameras:
        return False
    return permission in ROLES[actor.role]
