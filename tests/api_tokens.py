"""API tokens for tests, good and otherwise."""

from collections.abc import Collection
from datetime import datetime

from webapp.core.api_tokens import TokenScope
from webapp.storage.api_tokens import make_token
from webapp.storage.database import Database
from webapp.storage.users import find_user
from webapp.web.services import utc_now

# Of the right form, and of nobody.
MADE_UP = "evk_" + "A" * 43
MALFORMED = "evk_ü"


def add_token(
    database: Database,
    owner: str,
    scopes: Collection[TokenScope] = frozenset(TokenScope),
    *,
    name: str = "Desk",
    days: int = 30,
    now: datetime | None = None,
) -> str:
    """Make a token for a user that there is."""
    with database.session() as work:
        user = find_user(work, owner)
        assert user
        return make_token(work, name, user, scopes, days, "admin", now or utc_now())


def bearer(token: str) -> dict[str, str]:
    """Return the header that shows a token."""
    return {"Authorization": f"Bearer {token}"}
