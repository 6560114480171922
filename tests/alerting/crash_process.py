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

from tests.alerting.fakes import CLASSES, analysed
from tests.receivers import SEALER
from webapp.alerting.service import AlertPlan, AlertService
from webapp.alerting.targets import parse_targets
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits, Phase
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus, CameraView
from webapp.core.errors import StorageError
from webapp.core.history import HistoryRow
from webapp.core.messages import AlertMessage, Message
from webapp.recording.recorder import DatabaseRecorder
from webapp.storage.database import Database
from webapp.storage.history import history_bounds, write_history

RULE = AlertRule(0, "Anger", RuleKind.EXPRESSION, Limits(50, 50, 0, 0), expressions=("angry",))
PERIOD_S = 0.2
LEASE = timedelta(seconds=2)


class MoodyCamera:
    """Angry in one half of every period and calm in the other, or one of them for good."""

    name = "door"

    def __init__(self, mood: str) -> None:
        self._mood = mood

    def view(self) -> CameraView:
        status = CameraStatus(self.name, CameraState.LIVE, datetime.now(UTC), SourceKind.CAMERA)
        return CameraView(status, 1, analysed(float(self._is_angry(time.monotonic()))))

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


def print_fired(message: Message) -> None:
    """Print that an alert fired; what is in the pipe outlives this process."""
    if isinstance(message, AlertMessage) and message.state == Phase.FIRING:
        print("fired", message.id, flush=True)


def main() -> None:
    """Run until SIGTERM, or until killed."""
    database_url, receiver_url, mood = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    targets = parse_targets([receiver_url])
    plan = AlertPlan([RULE], targets, 0.0, UTC, SEALER, lease=LEASE, beat_s=PERIOD_S / 4)
    database = Database(database_url)
    recorder, cameras = DatabaseRecorder(database, plan.policy), [MoodyCamera(mood)]
    service = AlertService(plan, lambda: cameras, CLASSES, database, recorder, print_fired, stop)
    loops = [*service.loops().values(), recorder.run]
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
