"""Attack a server of our own over loopback, and say what it withstood.

python -m tests.attack [--connections 1000] [--only-access] [--json FILE]
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.orm import Session

from benchmarks.slow_clients import longest_answers_s
from tests.attack.connections import seconds_until_cut, sign_out, websocket_bombs
from tests.attack.events import attack_events
from tests.attack.prober import Prober
from tests.attack.routes import Outcome, attack_routes
from tests.attack.visitors import (
    ADMIN,
    HIDDEN,
    MANAGER,
    SEEN,
    SETTINGS,
    USERNAMES,
    VIEWER,
    add_programs,
    add_visitors,
    visitors_of,
)
from tests.gunicorn_server import GunicornServer
from tests.server_processes import web_process
from tests.web.worker.server import cookies_of
from tests.web.worker.slow_clients import KINDS, READS_NOTHING, TLS_BYTE, stream_request
from webapp.core.access import Role
from webapp.storage.accounts import disable_account, give_role, limit_cameras
from webapp.storage.database import Database
from webapp.storage.groups import list_groups, remove_group, save_group
from webapp.storage.users import User, find_user
from webapp.web.services import utc_now

LONGEST_WAIT_S = 0.25
MOST_MORE_MIB = 64
CUT_WITHIN_S = 2.0
VIEWERS = 200


def main() -> None:
    """Attack, print the figures and fail when one is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument(
        "--only-access", action="store_true", help="Leave the slow and greedy connections out."
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    _allow_many_descriptors()
    with tempfile.TemporaryDirectory() as folder:
        server = GunicornServer(Path(folder), {"MAX_VIEWERS": str(VIEWERS + 10), **SETTINGS})
        server.upgrade()
        database = Database(f"sqlite:///{server.env['INSTANCE_DIR']}/evenkeel.db")
        add_visitors(database)
        server.launch()
        try:
            server.wait_until_ready("/healthz")
            server.wait_until_ready(session=server.sign_in())
            figures = {} if options.only_access else attack(server, options.connections)
            figures |= attack_access(server, database)
        finally:
            server.kill()
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    faults = list(_faults(figures))
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    sys.exit(bool(faults))


def attack(server: GunicornServer, connections: int) -> dict[str, Any]:
    """Return what came of every kind of attack."""
    user, admin = server.sign_in(USERNAMES[VIEWER]), server.sign_in()
    figures: dict[str, Any] = {"slow": {}}
    for kind, first in KINDS.items():
        if first == TLS_BYTE:
            # `benchmarks.fan_out` has a server that speaks TLS.
            continue
        if kind == READS_NOTHING:
            first = stream_request(cookies_of(user), SEEN)
        longest_s, served_s = longest_answers_s(
            server.port, web_process(server), first, connections
        )
        figures["slow"][f"{connections}, {kind}"] = seen = {
            "longest_s": round(longest_s, 3),
            "less_waiting_for_a_core_s": round(served_s, 3),
            "readings_per_s": _readings_per_s(server, admin),
        }
        print(kind, seen, file=sys.stderr, flush=True)
    figures["websockets"] = websocket_bombs(server, user)
    return figures


def attack_access(server: GunicornServer, database: Database) -> dict[str, Any]:
    """Return what everybody gets of what they may not have, and how soon changes count."""
    visitors = visitors_of(server) | add_programs(database)
    with Prober(server.port) as prober:
        routes, events = attack_routes(server, visitors), attack_events(server, visitors)
    figures: dict[str, Any] = {
        "routes": _by_role(routes) | {"longest_s": round(prober.longest_s, 3)},
        "events": _by_role(events),
        "seconds_until_cut": {},
    }
    for name, (username, deed) in _deeds(database).items():
        session = server.sign_in(username)
        took_s = seconds_until_cut(server, session, partial(deed, server, session))
        figures["seconds_until_cut"][name] = took_s
        print(name, took_s, file=sys.stderr, flush=True)
    return figures


def _by_role(outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    return {
        "tried": {role: outcome.tried for role, outcome in outcomes.items()},
        "granted": {role: outcome.granted for role, outcome in outcomes.items()},
        "wrongly_allowed": [each for o in outcomes.values() for each in o.wrongly_allowed],
        "server_errors": [each for o in outcomes.values() for each in o.server_errors],
    }


Deed = Callable[[GunicornServer, requests.Session], None]


def _deeds(database: Database) -> dict[str, tuple[str, Deed]]:
    """Return to whom what is done, as another process does it."""

    def to(role: str, deed: Callable[[Session, User], object]) -> tuple[str, Deed]:
        def do(_server: GunicornServer, _session: requests.Session) -> None:
            with database.session() as work:
                user = find_user(work, USERNAMES[role])
                assert user
                deed(work, user)

        return USERNAMES[role], do

    now, who = utc_now(), ADMIN
    return {
        "sign-out": (USERNAMES[VIEWER], sign_out),
        "another role": to(VIEWER, lambda w, user: give_role(w, user, Role.MANAGER, who, now)),
        "disabled": to(VIEWER, lambda w, user: disable_account(w, user, who, now)),
        "a group": to(MANAGER, lambda w, user: save_group(w, "all", None, [user.id], who, now)),
        "a camera taken away": to(MANAGER, _take_all_away),
    }


def _take_all_away(work: Session, user: User) -> None:
    (group,) = list_groups(work)
    remove_group(work, group.id, ADMIN, utc_now())
    limit_cameras(work, user, {HIDDEN}, ADMIN, utc_now())


def _faults(figures: dict[str, Any]) -> Any:
    for kind, seen in figures.get("slow", {}).items():
        # What the machine owes the server is not the server's fault.
        if seen["less_waiting_for_a_core_s"] > LONGEST_WAIT_S:
            yield f"{kind}: others waited {seen['less_waiting_for_a_core_s']} s"
    memory = figures.get("websockets")
    if memory and memory["most_mib"] - memory["before_mib"] > MOST_MORE_MIB:
        yield f"WebSockets: {memory}"
    for deed, took_s in figures["seconds_until_cut"].items():
        for what, seconds in took_s.items():
            if seconds > CUT_WITHIN_S:
                yield f"{deed}: the {what} went on for {seconds} s"
    for kind in ("routes", "events"):
        for found in ("wrongly_allowed", "server_errors"):
            for request in figures[kind][found]:
                yield f"{found}: {request}"


def _readings_per_s(server: GunicornServer, session: requests.Session) -> float:
    cameras = session.get(f"{server.url}/api/cameras", timeout=30).json()["cameras"]
    return float(cameras[0]["analysis_fps"])


def _allow_many_descriptors() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
