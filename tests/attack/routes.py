"""Every route by every role, with what belongs there and with what does not."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import requests
from werkzeug.routing import Rule

from tests.gunicorn_server import GunicornServer
from tests.web.test_every_route import BODIES, FIELDS, FORM, NAMES, PARAMETERS, VALUES, path_of
from webapp.app import create_app
from webapp.config import Settings

STRANGER, USER, ADMIN = "stranger", "user", "admin"
# By what a path begins with; all else is for everybody who is signed in. Kept here by hand, since
# the code that is attacked must not say what it may do.
FOR_EVERYBODY = ("/login", "/healthz", "/readyz", "/static/")
FOR_ADMINS = ("/admin",)
ADMINS_ALONE = ("/source",)
GRANTED = (200, 201, 202, 204)
TIMEOUT_S = 30.0


@dataclass
class Outcome:
    """What came of many requests."""

    tried: int = 0
    wrongly_allowed: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)


def attack_routes(server: GunicornServer, sessions: dict[str, requests.Session]) -> Outcome:
    """Send everything by everybody."""
    outcome = Outcome()
    rules = [rule for rule in create_app(Settings()).url_map.iter_rules()]
    for role, rule in itertools.product((STRANGER, USER, ADMIN), rules):
        if rule.rule == "/logout":
            continue
        for method, path, changes in _requests(rule):
            _send(server, sessions[role], role, method, path, changes, outcome)
    return outcome


def may_pass(role: str, method: str, path: str) -> bool:
    """Return whether a role may be granted what it asks for."""
    path = path.partition("?")[0]
    if path.startswith(FOR_EVERYBODY):
        return True
    if role == STRANGER:
        return False
    is_admins = path.startswith(FOR_ADMINS) or (method == "POST" and path.endswith(ADMINS_ALONE))
    return role == ADMIN or not is_admins


def _requests(rule: Rule) -> Iterator[tuple[str, str, dict]]:
    path = path_of(rule)
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"):
        yield method, path, {}
    for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
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
            status = answer.status_code
    except requests.ConnectionError:
        # Closed without an answer: a refusal, too.
        return
    if status >= 500:
        outcome.server_errors.append(f"{status} {shown}")
    # What only asks what may be asked gives nothing away.
    if status in GRANTED and method != "OPTIONS" and not may_pass(role, method, path):
        outcome.wrongly_allowed.append(f"{status} {shown}")
