"""Every Socket.IO event by every role, and what is pushed to each."""

import time
from collections.abc import Mapping
from typing import Any

import requests
import socketio

from tests.attack.routes import Outcome
from tests.attack.visitors import ADMIN, HIDDEN, MANAGER, SEEN, VIEWER
from tests.gunicorn_server import GunicornServer

LISTENS_S = 3.0
WIDTH_PX = 320
MESSAGES: tuple[Any, ...] = (
    {"cameras": [HIDDEN], "width": WIDTH_PX},
    {"cameras": None, "width": WIDTH_PX},
    {"cameras": [HIDDEN, SEEN], "width": WIDTH_PX},
    {"cameras": [HIDDEN] * 1000, "width": 10**30},
    {"cameras": {"name": HIDDEN}, "width": "wide"},
    [[[[]]]],
    "x" * 5000,
    None,
)
# Those of the server, and what an attacker may hope for.
NAMES = ("pictures", "counts", "camera", "join", "enter_room", "subscribe", "connect", "message")


def attack_events(
    server: GunicornServer, visitors: Mapping[str, requests.Session]
) -> dict[str, Outcome]:
    """Send every event with everything by everybody, and listen; returns what came of it."""
    return {role: _attack(server, role, session) for role, session in visitors.items()}


def _attack(server: GunicornServer, role: str, session: requests.Session) -> Outcome:
    outcome, heard = Outcome(tried=1), []
    client = socketio.Client(reconnection=False, http_session=session)
    client.on("*", lambda event, payload=None: heard.append((event, payload)))
    try:
        client.connect(server.url, transports=["polling"], wait_timeout=10)
    except socketio.exceptions.ConnectionError:
        return outcome
    outcome.granted += 1
    if role not in (VIEWER, MANAGER, ADMIN):
        outcome.wrongly_allowed.append(f"{role} connects")
    for name in NAMES:
        for message in MESSAGES:
            outcome.tried += 1
            client.emit(name, message)
    # Whoever was cut for what was sent has been refused; the last wish is one for all pictures.
    client.emit("pictures", {"cameras": None, "width": WIDTH_PX})
    time.sleep(LISTENS_S)
    client.disconnect()
    seen = {
        payload["camera"]
        for _, payload in heard
        if isinstance(payload, dict) and "camera" in payload
    }
    if role == MANAGER and HIDDEN in str(heard):
        outcome.wrongly_allowed.append(f"{role} hears of {HIDDEN}")
    assert SEEN in seen, f"{role} hears nothing: the attack proves nothing"
    return outcome
