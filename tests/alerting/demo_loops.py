"""Lets the real server watch the demo clip and compares its alerts with the clip's timeline."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests

from tests.gunicorn_server import GunicornServer
from tests.patience import PATIENCE_S
from webapp.config import Settings
from webapp.demo.timeline import Timeline, read_timeline
from webapp.storage.alerts import list_alerts
from webapp.storage.database import Database

ANGRY_PAIR = ("Ben", "Cleo")
# Faces morph for a second between two expressions, and the server notes its first picture up to
# half a second late; what steadies the readings delays them by a second.
EARLY_S, LATE_S = 1.5, 3.0


@dataclass
class DemoWatch:
    """One server on the demo clip, from its first picture on."""

    folder: Path
    changes: dict[str, str] = field(default_factory=dict)

    def start(self) -> "DemoWatch":
        """Start the server; returns at once."""
        self.timeline = read_timeline()
        self._server = GunicornServer(self.folder, self.changes).start()
        return self

    def wait_for(self, loops: int) -> None:
        """Wait until so many loops of the clip have been seen, then end the server."""
        self._server.wait_until_ready()
        session = self._server.sign_in()
        self.began_s = _first_picture_s(session, self._server.url)
        until_s = self.began_s + loops * self.timeline.duration_s
        while time.time() < until_s:
            assert self._server.process.poll() is None, self._server.log.read_text()
            time.sleep(min(1.0, max(0.0, until_s - time.time())))
        self._server.stop()

    def fired_s(self) -> list[float]:
        """Return when alerts fired, in seconds since the clip's first picture."""
        database = Database(f"sqlite:///{self.folder / 'instance' / 'evenkeel.db'}")
        try:
            with database.session() as session:
                alerts = list_alerts(session, most=1000)
        finally:
            database.close()
        return sorted(alert.fired_at.timestamp() - self.began_s for alert in alerts)

    def kill(self) -> None:
        """End the server in any case."""
        self._server.kill()


def expected_s(timeline: Timeline, loops: int) -> list[tuple[float, float]]:
    """Return from when until when the alert of each loop must fire."""
    hold_s = Settings.alert_hold_s
    starts = [_both_angry_s(timeline) + loop * timeline.duration_s for loop in range(loops)]
    return [(start + hold_s - EARLY_S, start + hold_s + LATE_S) for start in starts]


def _both_angry_s(timeline: Timeline) -> float:
    pair = [person for person in timeline.people if person.name in ANGRY_PAIR]
    return max(
        max(
            (shown for shown in person.shows if shown.expression == "angry"),
            key=lambda shown: shown.until_s - shown.from_s,
        ).from_s
        for person in pair
    )


def _first_picture_s(session: requests.Session, url: str) -> float:
    (camera,) = session.get(f"{url}/api/cameras", timeout=PATIENCE_S).json()["cameras"]
    assert camera["state"] == "demo"
    return datetime.fromisoformat(camera["since"]).timestamp()
