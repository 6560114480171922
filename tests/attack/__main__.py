"""Attack a server of our own over loopback, and say what it withstood.

python -m tests.attack [--connections 1000] [--json FILE]
"""

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests

from benchmarks.slow_clients import longest_answers_s
from tests.attack.connections import seconds_after_sign_out, websocket_bombs
from tests.attack.prober import Prober
from tests.attack.routes import ADMIN, STRANGER, USER, attack_routes
from tests.gunicorn_server import PASSWORD, GunicornServer
from tests.server_processes import web_process
from tests.web.worker.server import cookies_of
from tests.web.worker.slow_clients import KINDS, READS_NOTHING, TLS_BYTE, stream_request
from webapp.core.access import Role
from webapp.storage.database import Database
from webapp.storage.passwords import PasswordVault
from webapp.storage.users import add_user
from webapp.web.services import utc_now

LONGEST_WAIT_S = 0.25
MOST_MORE_MIB = 64
SIGNED_OUT_WITHIN_S = 2.0
VIEWERS = 200


def main() -> None:
    """Attack, print the figures and fail when one is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    _allow_many_descriptors()
    with tempfile.TemporaryDirectory() as folder:
        server = GunicornServer(Path(folder), {"MAX_VIEWERS": str(VIEWERS + 10)})
        server.upgrade()
        _add_user(server)
        server.launch()
        try:
            server.wait_until_ready()
            figures = attack(server, options.connections)
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
    user, admin = server.sign_in(USER), server.sign_in()
    figures: dict[str, Any] = {"slow": {}}
    for kind, first in KINDS.items():
        if first == TLS_BYTE:
            # `benchmarks.fan_out` has a server that speaks TLS.
            continue
        if kind == READS_NOTHING:
            first = stream_request(cookies_of(user))
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
    figures["signed_out_s"] = seconds_after_sign_out(server, server.sign_in(USER))
    with Prober(server.port) as prober:
        sessions = {STRANGER: requests.Session(), USER: user, ADMIN: admin}
        outcome = attack_routes(server, sessions)
    figures["routes"] = {
        "tried": outcome.tried,
        "wrongly_allowed": outcome.wrongly_allowed,
        "server_errors": outcome.server_errors,
        "longest_s": round(prober.longest_s, 3),
    }
    return figures


def _faults(figures: dict[str, Any]) -> Any:
    for kind, seen in figures["slow"].items():
        # What the machine owes the server is not the server's fault.
        if seen["less_waiting_for_a_core_s"] > LONGEST_WAIT_S:
            yield f"{kind}: others waited {seen['less_waiting_for_a_core_s']} s"
    memory = figures["websockets"]
    if memory["most_mib"] - memory["before_mib"] > MOST_MORE_MIB:
        yield f"WebSockets: {memory}"
    if figures["signed_out_s"] > SIGNED_OUT_WITHIN_S:
        yield f"a stream went on for {figures['signed_out_s']} s after its sign-out"
    for found in ("wrongly_allowed", "server_errors"):
        for request in figures["routes"][found]:
            yield f"{found}: {request}"


def _readings_per_s(server: GunicornServer, session: requests.Session) -> float:
    cameras = session.get(f"{server.url}/api/cameras", timeout=30).json()["cameras"]
    return float(cameras[0]["analysis_fps"])


def _add_user(server: GunicornServer) -> None:
    database = Database(f"sqlite:///{server.env['INSTANCE_DIR']}/evenkeel.db")
    with database.session() as work:
        add_user(work, USER, PasswordVault().hash(PASSWORD), utc_now(), role=Role.MANAGER)
    database.close()


def _allow_many_descriptors() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
