"""Who attacks: each role with its cookie, and those who pretend to be somebody by a header."""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import update
from urllib3 import HTTPHeaderDict

from tests import api_tokens
from tests.api_tokens import add_token
from tests.gunicorn_server import CSRF_FIELD, PASSWORD, GunicornServer
from webapp.core.access import Role
from webapp.core.api_tokens import TokenScope
from webapp.storage.accounts import limit_cameras
from webapp.storage.api_tokens import list_tokens, revoke_token
from webapp.storage.database import Database
from webapp.storage.passwords import PasswordVault
from webapp.storage.tables import UserRow
from webapp.storage.users import add_user

STRANGER, VIEWER, MANAGER, ADMIN = "stranger", "viewer", "manager of another camera", "admin"
FORGED, DOUBLED = "forged header", "header doubled at the proxy"
# Programs: each scope by a token of the manager of another camera, and those that open nothing.
TOKENS = {f"token for {scope}": scope for scope in TokenScope}
ENDED, REVOKED, DISABLED, MADE_UP = (
    *("token that has ended", "token that was revoked", "token of a disabled user"),
    "token made up",
)
BAD_TOKENS = (ENDED, REVOKED, DISABLED, MADE_UP)
# The one camera is hidden from the manager, who sees the other.
HIDDEN, SEEN = "vault", "door"
USERNAMES = {VIEWER: "viewer", MANAGER: "manager", ADMIN: "admin"}
# A peer that the server believes; every other address of this machine is a stranger's.
PROXY = "127.0.0.2"
SETTINGS = {
    "CAMERAS": f"{HIDDEN}=demo,{SEEN}=demo",
    "TRUSTED_PROXIES": "1",
    "TRUSTED_PROXY_ADDRESSES": PROXY,
    "AUTH_HEADER": "Remote-User",
    "AUTH_ROLE_HEADER": "Remote-Groups",
    "AUTH_ROLE_MAP": "it=admin",
    # What it opens to everybody is attacked, too.
    "OPEN_OPS": "0",
}
CLAIM = {"Remote-User": "boss", "Remote-Groups": "it"}


class DoubledHeaders(HTTPAdapter):
    """What a proxy sends that adds its headers to those of a browser that claims to be an admin."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Add the proxy's words to those of the browser."""
        headers = HTTPHeaderDict(request.headers)
        headers.add("Remote-User", "mallory")
        headers.add("Remote-Groups", "staff")
        request.headers = headers  # type: ignore[assignment]
        return super().send(request, *args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Come from where the proxy is."""
        super().init_poolmanager(*args, **kwargs, source_address=(PROXY, 0))


def add_visitors(database: Database) -> None:
    """Add the users there are besides the admin; the manager sees one camera of the two."""
    now, password_hash = datetime.now(UTC), PasswordVault().hash(PASSWORD)
    with database.session() as work:
        add_user(work, USERNAMES[VIEWER], password_hash, now, role=Role.VIEWER)
        manager = add_user(work, USERNAMES[MANAGER], password_hash, now, role=Role.MANAGER)
        limit_cameras(work, manager, {SEEN}, ADMIN, now)


def add_programs(database: Database) -> dict[str, requests.Session]:
    """Return a program with each kind of token, which shows no cookie and no form's field."""
    now, manager = datetime.now(UTC), USERNAMES[MANAGER]
    tokens = {
        role: add_token(database, manager, {scope}, name=role) for role, scope in TOKENS.items()
    }
    tokens[ENDED] = add_token(database, ADMIN, now=now - timedelta(days=31))
    tokens[MADE_UP] = api_tokens.MADE_UP
    tokens[REVOKED] = add_token(database, ADMIN, name=REVOKED)
    with database.session() as work:
        add_user(work, DISABLED, "", now, role=Role.ADMIN)
        (revoked,) = (each.id for each in list_tokens(work) if each.name == REVOKED)
        revoke_token(work, revoked, ADMIN, now)
    tokens[DISABLED] = add_token(database, DISABLED)
    with database.session() as work:
        work.execute(update(UserRow).where(UserRow.username == DISABLED).values(disabled_at=now))
    programs = {role: requests.Session() for role in tokens}
    for role, program in programs.items():
        program.headers.update(api_tokens.bearer(tokens[role]))
    return programs


def visitors_of(server: GunicornServer) -> dict[str, requests.Session]:
    """Return a browser of each; what they send passes the check of forms, but for the admin's."""
    found = {role: server.sign_in(name) for role, name in USERNAMES.items()}
    found |= {role: requests.Session() for role in (STRANGER, FORGED, DOUBLED)}
    for role in (VIEWER, MANAGER, STRANGER, FORGED):
        page = "/password" if role in USERNAMES else "/login"
        field = CSRF_FIELD.search(found[role].get(server.url + page, timeout=10).text)
        assert field
        found[role].headers["X-CSRFToken"] = field.group(1)
    for role in (FORGED, DOUBLED):
        found[role].headers.update(CLAIM)
    found[DOUBLED].mount("http://", DoubledHeaders())
    return {role: found[role] for role in (STRANGER, VIEWER, MANAGER, ADMIN, FORGED, DOUBLED)}
