"""Every route by every role, with what belongs there and with what does not."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import requests
from werkzeug.routing import Rule

from tests.attack.visitors import (
    ADMIN,
    BAD_TOKENS,
    DOUBLED,
    FORGED,
    HIDDEN,
    MANAGER,
    STRANGER,
    TOKENS,
    VIEWER,
)
from tests.gunicorn_server import GunicornServer
from tests.web.test_every_route import BODIES, FIELDS, FORM, NAMES, PARAMETERS, VALUES, path_of
from webapp.app import create_app
from webapp.config import Settings

# By what a path begins with. Kept here by hand, since the code that is attacked must not say what
# it may do.
FOR_EVERYBODY = ("/login", "/healthz", "/static/", "/notice/", "/join/")
FOR_ADMINS = ("/admin", "/first-hour", "/api/schedule")
ADMINS_ALONE = ("/source",)
TO_WATCH = (
    *("/wall", "/stream/", "/snapshot/", "/api/recent", "/api/cameras", "/alerts", "/api/alerts"),
    *("/history", "/api/history", "/report"),
)
EXPORTS = "/history/export"
OF_THE_OWN = ("/password", "/second-factor", "/logout")
TO_READ_UP = ("/help", "/about")
# They show one camera, which the query names.
ONE_CAMERA = ("/", "/api/recent", "/history", "/api/history", "/report", "/history/export.csv")
# What a token of each scope opens, by method and what its path is like.
OF_TOKENS = {
    "read": ("GET", r"/api/(cameras|recent|history|alerts)"),
    "pictures": ("GET", r"/(stream|snapshot)/.*"),
    "metrics": ("GET", r"/(metrics|readyz)"),
    "alerts": ("POST", r"/api/alerts/[^/]+/(ack|comment|answer)"),
    "cameras": ("POST", r"/api/cameras/[^/]+/(pause|resume|viewers)"),
    "files": ("GET|POST|DELETE", r"/api/analyse(/.*)?"),
}
GRANTED = (200, 201, 202, 204)
MENTIONS_HIDDEN = re.compile(rf"\b{HIDDEN}\b")
TIMEOUT_S = 30.0


@dataclass
class Outcome:
    """What came of many requests or events."""

    tried: int = 0
    granted: int = 0
    wrongly_allowed: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)


def attack_routes(
    server: GunicornServer, visitors: Mapping[str, requests.Session]
) -> dict[str, Outcome]:
    """Send everything by everybody; returns what came of it by role."""
    outcomes = {role: Outcome() for role in visitors}
    rules = list(create_app(Settings()).url_map.iter_rules())
    for role, rule in itertools.product(visitors, rules):
        if rule.rule == "/logout":
            continue
        for method, path, changes in _requests(rule):
            _send(server, visitors[role], role, method, path, changes, outcomes[role])
    return outcomes


def may_pass(role: str, method: str, path: str) -> bool:
    """Return whether a role may be granted what it asks for."""
    path, _, query = path.partition("?")
    if role in TOKENS or role in BAD_TOKENS:
        return _may_pass_by_token(role, method, path, query)
    if path.startswith(FOR_EVERYBODY) and role != DOUBLED:
        return True
    if role in (STRANGER, FORGED, DOUBLED):
        return False
    if role == VIEWER:
        is_shown = path.startswith((*TO_WATCH, *TO_READ_UP)) and not path.startswith(EXPORTS)
        return path.startswith(OF_THE_OWN) or (
            method in ("GET", "HEAD") and (path == "/" or is_shown)
        )
    is_hidden = _is_hidden(path, query)
    is_admins = path.startswith(FOR_ADMINS) or (method == "POST" and path.endswith(ADMINS_ALONE))
    return role == ADMIN or not (is_admins or is_hidden)


def _may_pass_by_token(role: str, method: str, path: str, query: str) -> bool:
    if path.startswith(FOR_EVERYBODY) and not path.startswith("/login"):
        return True
    if role in BAD_TOKENS:
        return False
    methods, like = OF_TOKENS[TOKENS[role]]
    is_method = re.fullmatch(methods, method.replace("HEAD", "GET"))
    return bool(is_method and re.fullmatch(like, path)) and not _is_hidden(path, query)


def _is_hidden(path: str, query: str) -> bool:
    asks_for_it = path in ONE_CAMERA and query == f"camera={HIDDEN}"
    return asks_for_it or bool(MENTIONS_HIDDEN.search(path))


def _requests(rule: Rule) -> Iterator[tuple[str, str, dict]]:
    path = path_of(rule, camera=HIDDEN)
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"):
        yield method, path, {}
    for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
        yield method, f"{path}?camera={HIDDEN}", {}
        for name in NAMES if rule.arguments else ():
            yield method, path_of(rule, name), {}
        for value in VALUES:
            yield method, f"{path}?" + "&".join(f"{name}={value}" for name in PARAMETERS), {}
        if method != "GET":
            for body, kind in BODIES:
                yield method, path, {"data": body, "headers": {"Content-Type": kind}}
            for value in VALUES:
                form = "&".join(f"{name}={value}" for name in FIELDS).encode()
                yield method, path, {"data": form, "headers": {"Content-Type": FORM}}


def _send(
    server: GunicornServer,
    session: requests.Session,
    role: str,
    method: str,
    path: str,
    changes: dict,
    outcome: Outcome,
) -> None:
    headers = {"Accept": "application/json", **changes.get("headers", {})}
    headers = {name: value.encode("latin-1") for name, value in headers.items()}
    shown = f"{role} {method} {path[:70]}"
    outcome.tried += 1
    try:
        with session.request(
            method,
            server.url + path,
            timeout=TIMEOUT_S,
            allow_redirects=False,
            stream=True,
            **changes | {"headers": headers},
        ) as answer:
            status, is_granted = answer.status_code, _is_granted(answer)
            outcome.granted += is_granted
            shows = is_granted and not MENTIONS_HIDDEN.search(path) and role in (MANAGER, *TOKENS)
            if shows and MENTIONS_HIDDEN.search(answer.text):
                outcome.wrongly_allowed.append(f"{shown} shows what is hidden")
    except requests.ConnectionError:
        # Closed without an answer: a refusal, too.
        return
    if status >= 500:
        outcome.server_errors.append(f"{status} {shown}")
    # What only asks what may be asked gives nothing away.
    if is_granted and method != "OPTIONS" and not may_pass(role, method, path):
        outcome.wrongly_allowed.append(f"{status} {shown}")


def _is_granted(answer: requests.Response) -> bool:
    """Return whether something was shown or done; a form that was taken leads to another page."""
    target = answer.headers.get("Location", "")
    is_taken = answer.status_code == 303 and not target.startswith(("/login", *OF_THE_OWN))
    return answer.status_code in GRANTED or is_taken
