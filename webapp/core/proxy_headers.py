"""What a proxy's headers say of somebody: the name, and the role or groups."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from webapp.core.access import Role

MOST_NAME_CHARACTERS = 64
# What browsers send, or this server reads for another purpose.
TAKEN = re.compile(
    r"(accept|access-control|content|if|proxy|sec)-.*|forwarded|x-forwarded-(for|host|port|prefix|proto)"
    r"|authorization|cache-control|connection|cookie|date|dnt|expect|host|keep-alive|origin|pragma"
    r"|range|referer|te|trailer|transfer-encoding|upgrade.*|user-agent|via|x-csrf-?token"
    r"|x-requested-with"
)
BETWEEN_GROUPS = re.compile(r"[,;|]")
BY_NAME: Mapping[str, Role] = {role.value: role for role in Role}


@dataclass(frozen=True)
class Identity:
    """Who a proxy says somebody is; `role` is None where it says nothing of roles."""

    username: str
    role: Role | None = None


@dataclass(frozen=True)
class ProxyHeaders:
    """The headers by which a proxy says who somebody is.

    Attributes:
        user: name of the header with the user's name.
        role: name of the header with role or groups; None where roles are given here.
        roles: what each group may be; the roles' own names unless others are given.
    """

    user: str
    role: str | None = None
    roles: Mapping[str, Role] = field(default_factory=lambda: BY_NAME)

    def identity(self, user: str, groups: str) -> Identity:
        """Read what the headers say.

        Args:
            user: what the one says; as WSGI has it, latin-1 that stands for UTF-8.
            groups: what the other says; names separated by commas, semicolons or bars.

        Raises:
            ValueError: the name is none, or comes twice.
        """
        name = " ".join(_text(user).split())
        if not name or len(name) > MOST_NAME_CHARACTERS or not name.isprintable() or "," in name:
            raise ValueError(
                f"{self.user}: expected one name of 1 to {MOST_NAME_CHARACTERS} characters without "
                "a comma. The proxy must set the header, and not add it to a browser's."
            )
        return Identity(name, self._role_of(_text(groups)) if self.role else None)

    def _role_of(self, groups: str) -> Role:
        """Return the role that may most; a viewer's where no group has one."""
        named = {self.roles.get(name.strip()) for name in BETWEEN_GROUPS.split(groups)}
        return next((role for role in Role if role in named), Role.VIEWER)


def parse_header_name(text: str) -> str:
    """Return the name of a header that a proxy may set; raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", text) or TAKEN.fullmatch(text.lower()):
        raise ValueError(
            f"the name of a header that the proxy alone sets, such as Remote-User, got {text!r}"
        )
    return text


def parse_role_map(text: str) -> Mapping[str, Role]:
    """Read `group=role` pairs separated by commas; raises ValueError."""
    found: dict[str, Role] = {}
    for pair in text.split(","):
        group, _, role = (part.strip() for part in pair.rpartition("="))
        if not group or BETWEEN_GROUPS.search(group) or role not in BY_NAME or group in found:
            raise ValueError(
                f"groups and their roles such as ops=manager,it=admin, each group once, a role of "
                f"{', '.join(BY_NAME)}; got {pair.strip()!r}"
            )
        found[group] = BY_NAME[role]
    return found


def _text(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return ""
