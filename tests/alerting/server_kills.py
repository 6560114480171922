"""Kills the processes of a real server, one at a time, and then asks what is left."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tests.alerting.kills import Outcome, is_waiting, look_at, wait_until_none
from tests.alerting.receiver import AlertReceiver
from tests.gunicorn_server import GunicornServer
from tests.server_processes import processes, web_process
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.storage.database import Database
from webapp.storage.rules import seed_rules

LONGEST_LIFE_S = 4.0
# Fires with each start of a camera's process, and ends with its first picture.
AWAY = AlertRule(0, "A camera is away", RuleKind.NO_DATA, Limits(50, 50, 0, 0))


def kill_processes_of_a_server(folder: Path, kills: int, seed: int) -> tuple[Outcome, Counter[str]]:
    """Kill so many, spread over both kinds; returns what was left and how many of each kind."""
    rng, killed, receiver = random.Random(seed), Counter[str](), AlertReceiver()
    receiver.start()
    server = GunicornServer(
        folder,
        {
            "CAMERAS": "door=demo,hall=demo",
            "CAMERA_PROCESSES": "2",
            "NOTIFY_URLS": f"json://127.0.0.1:{receiver.port}/",
        },
    )
    server.upgrade()
    database = Database(f"sqlite:///{server.env['INSTANCE_DIR']}/evenkeel.db")
    with closing(database):
        with database.session() as work:
            seed_rules(work, [AWAY], datetime.now(UTC))
        server.launch()
        try:
            server.wait_until_ready()
            for _ in range(kills):
                time.sleep(rng.uniform(0.0, LONGEST_LIFE_S))
                killed[_kill_one(server, rng)] += 1
            server.wait_until_ready()
            wait_until_none(is_waiting, database)
        finally:
            server.stop()
            receiver.stop()
        with database.session() as work:
            return look_at(work, receiver, kills, []), killed


def _kill_one(server: GunicornServer, rng: random.Random) -> str:
    cameras = list(processes(server, "camera_process"))
    kind = rng.choice(("web", "cameras"))
    if kind == "web" or not cameras:
        os.kill(web_process(server), signal.SIGKILL)
        return "web"
    os.kill(rng.choice(cameras), signal.SIGKILL)
    return "cameras"
