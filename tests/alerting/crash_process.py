"""A process that fires, writes and delivers all the time, to be killed at any moment.

python -m tests.alerting.crash_process DATABASE_URL RECEIVER_URL [moody|angry|calm]

Its camera gets angry and calm again five times a second, and another thread adds history as fast as
it is written; everything behind them is real. On SIGTERM it ends as the server does. With `angry`
the camera stays so; with `calm` nothing new happens, and what waits is delivered.

It prints `running`, then `fired ID` when the alert of that id has been handed to the recorder: what
a page was shown, written or not.
"""

import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from webapp.alerting.service import AlertPlan, AlertService
from webapp.alerting.targets import parse_targets
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.errors import StorageError
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.history import HistoryRow
from webapp.core.snapshot import CameraStatus, CameraView
from webapp.storage.database import Database
from webapp.storage.history import history_bounds, write_history

CLASSES = ("angry", "neutral")
RULE = AlertRule(0, "Anger", "expression", Limits(50, 50, 0, 0), expressions=("angry",))
PERIOD_S = 0.2
LEASE = timedelta(seconds=2)


class MoodyCamera:
    """Angry in one half of every period and calm in the other, or one of them for good."""

    name = "door"

    def __init__(self, mood: str) -> None:
        self._mood = mood

    def status(self) -> CameraStatus:
        return CameraStatus(self.name, "live", datetime.now(UTC), "camera")

    def view(self) -> CameraView:
        now_s = time.monotonic()
        angry = float(self._is_angry(now_s))
        probabilities = np.array([[angry, 1 - angry]], np.float32)
        analysed = AnalysedFrame(
            frame=Frame(np.zeros((8, 8, 3), np.uint8), now_s, 1, datetime.now(UTC)),
            faces=Faces.from_boxes(np.zeros((1, 4))),
            predictions=Predictions.of(probabilities, CLASSES, uncertain_below=0.5),
            track_ids=np.ones(1, np.int64),
            indicator=100 * angry,
        )
        return CameraView(self.status(), 1, analysed)

    def _is_angry(self, now_s: float) -> bool:
        if self._mood == "moody":
            return now_s % PERIOD_S < PERIOD_S / 2
        return self._mood == "angry"


def add_history(database: Database, stop: threading.Event) -> None:
    """Write rows of a camera `hall`, each ten seconds later than the one before."""
    with database.session() as session:
        bounds = history_bounds(session, "hall")
    start_s = bounds[1] if bounds else 0
    while not stop.is_set():
        row = HistoryRow(start_s, 10, 10.0, 10.0, 1.0, 1, (1.0,), ("angry",), 50.0, 50.0)
        try:
            with database.session() as session:
                write_history(session, "hall", row)
            start_s += 10
        except StorageError:
            stop.wait(0.05)


def tell_fired(event: str, payload: dict[str, Any]) -> None:
    """Print that an alert fired; what is in the pipe outlives this process."""
    if payload["state"] == "firing":
        print("fired", payload["id"], flush=True)


def main() -> None:
    """Run until SIGTERM, or until killed."""
    database_url, receiver_url, mood = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    plan = AlertPlan([RULE], parse_targets([receiver_url]), 0.0, UTC, LEASE, PERIOD_S / 4)
    database = Database(database_url)
    service = AlertService(plan, [MoodyCamera(mood)], CLASSES, database, tell_fired, stop)
    loops = [*service.loops().values()]
    if mood == "moody":
        loops.append(lambda: add_history(database, stop))
    threads = [threading.Thread(target=run) for run in loops]
    print("running", flush=True)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
