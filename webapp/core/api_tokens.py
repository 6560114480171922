"""What an API token lets a program do, and for how long; `storage.api_tokens` keeps them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.core.access import ROLES, Permission, Role

# By which a token is known among all else that is sent as one, and found where it was leaked.
PREFIX = "evk_"
MOST_NAME_CHARACTERS = 80
MOST_DAYS = 365


class TokenScope(StrEnum):
    """What a token may be for; with each, no more than its owner may do."""

    READ = "read"
    PICTURES = "pictures"
    METRICS = "metrics"
    ALERTS = "alerts"
    CAMERAS = "cameras"
    FILES = "files"


SCOPE_WORDS: Mapping[TokenScope, str] = {
    TokenScope.READ: "states of cameras, counts, history and alerts",
    TokenScope.PICTURES: "streams and snapshots",
    TokenScope.METRICS: "/metrics and /readyz",
    TokenScope.ALERTS: "acknowledge, comment on and answer alerts",
    TokenScope.CAMERAS: "pause and resume cameras, choose what viewers see",
    TokenScope.FILES: "hand in pictures and videos",
}
# An owner who may less has no use for the scope.
SCOPE_NEEDS: Mapping[TokenScope, Permission] = {
    TokenScope.READ: Permission.WATCH,
    TokenScope.PICTURES: Permission.WATCH,
    TokenScope.METRICS: Permission.READ_HEALTH,
    TokenScope.ALERTS: Permission.HANDLE_ALERTS,
    TokenScope.CAMERAS: Permission.PAUSE_CAMERAS,
    TokenScope.FILES: Permission.ANALYSE,
}


@dataclass(frozen=True)
class ApiToken:
    """A token as pages show it; the token itself is stored nowhere.

    Attributes:
        owner: name of the user whose role and cameras bound it.
        created_by: name of who made it.
        last_used_at: None before the first use.
        revoked_at: when somebody ended it; None while nobody did.
    """

    id: int
    name: str
    owner: str
    scopes: frozenset[TokenScope]
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def fault(self, now: datetime) -> str:
        """Return why it is good for nothing any more, or ""."""
        if self.revoked_at:
            return "was revoked"
        return "has ended" if self.expires_at <= now else ""


def scopes_beyond(role: Role, scopes: Collection[TokenScope]) -> list[TokenScope]:
    """Return the scopes that are of no use to an owner of this role."""
    return sorted(scope for scope in scopes if SCOPE_NEEDS[scope] not in ROLES[role])
