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
    PAUSE_CAMERAS = "pause and resume cameras"
    SHOW_VIEWERS = "choose what viewers see of a camera"
    ADMINISTER = "see and change cameras, rules, receivers, users and the audit log"


class Role(StrEnum):
    """What a user is, from what may most to what may least."""

    ADMIN = "admin"
    MANAGER = "manager"
    VIEWER = "viewer"


ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {Permission.ADMINISTER},
    Role.VIEWER: frozenset({Permission.WATCH}),
}


@dataclass(frozen=True)
class Actor:
    """Somebody who asks.

    Attributes:
        cameras: names of those that may be seen and used; None for all, as an admin always does.

    Raises:
        ValueError: an admin is limited to some cameras, which he or she could lift.
    """

    role: Role
    cameras: frozenset[str] | None = None

    @property
    def is_viewer(self) -> bool:
        """Whether pictures show no more than viewers may see."""
        return self.role == Role.VIEWER

    def __post_init__(self) -> None:
        """Refuse a limit that would hold nobody back."""
        if self.role == Role.ADMIN and self.cameras is not None:
            raise ValueError(f"expected an admin who sees all cameras, got {set(self.cameras)}")


def may(actor: Actor, permission: Permission, camera: str | None = None) -> bool:
    """Decide whether somebody may do something, to a camera if one is named."""
    if camera is not None and actor.cameras is not None and camera not in actor.cameras:
        return False
    return permission in ROLES[actor.role]
