"""Kills a process at random times and then asks the database and the receiver what is left.

What is promised across a kill:

- The receiver hears of an alert that was written, once of its beginning and once of its end. A
  message whose sender died between the answer and the mark comes twice, with the same id, so a
  receiver that drops repeats hears of each exactly once. The rule has no cooldown and nobody
  silences, so there is no reason to send less.
- An alert that fired and was killed before it was written is nobody's alert: no message names
  it. If its condition lasts, it fires after the restart as another alert, sent as any other. If
  not, only a page that was open in that moment has shown it.
- Only the newest alerts of a process can be unwritten: one that is followed by a written alert of
  the same process was lost while everything ran.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import dropwhile

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.alerting.receiver import AlertReceiver
from tests.patience import PATIENCE_S
from tests.receivers import SEALER
from webapp.alerting.targets import parse_targets
from webapp.config import ROOT
from webapp.storage.alert_tables import AlertEventRow, AlertRow, OutboxRow
from webapp.storage.database import Database
from webapp.storage.history_tables import RESOLUTIONS, CameraRow
from webapp.storage.receivers import seed_receivers

LONGEST_LIFE_S = 2.0
# Three tries that failed are 70 s apart.
DRAIN_S = 120.0
SENT_CHANGES = ("firing", "resolved")
MUST_BE_NONE = (
    "unheard",
    "strangers",
    "undelivered",
    "skipped",
    "open_alerts",
    "doubled",
    "broken",
    "uneven_history",
)


@dataclass(frozen=True)
class Outcome:
    """What was found after the last restart.

    Attributes:
        messages: posted to the outbox.
        repeats: messages received more than once, each time more.
        unwritten: alerts that fired and were killed before they were written.
        unheard: beginnings and ends of written alerts that the receiver never heard of.
        strangers: messages about anything else.
        undelivered: posted and not marked as sent.
        skipped: unwritten alerts that a written one of the same process follows.
        open_alerts: alerts that are open at the end.
        doubled: alerts with two beginnings or two ends.
        broken: alerts without a beginning, or whose state is not that of their newest event.
        uneven_history: coarser rows whose seconds are not those of the finer ones.
    """

    kills: int
    alerts: int
    messages: int
    repeats: int
    unwritten: int
    unheard: int
    strangers: int
    undelivered: int
    skipped: int
    open_alerts: int
    doubled: int
    broken: int
    uneven_history: int

    def faults(self) -> dict[str, int]:
        """Return what breaks the promise; empty when nothing does."""
        faults = {name: count for name, count in asdict(self).items() if name in MUST_BE_NONE}
        # Each kill can hit the one sender between an answer and its mark.
        faults["needless_repeats"] = max(0, self.repeats - self.kills)
        return {name: count for name, count in faults.items() if count}


class KillRun:
    """Lives and deaths of processes on one database, and the receiver of their messages.

    Attributes:
        kills: how many were killed.
        fired: of each process, the ids of its alerts that fired, in their order.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url, self.receiver = database_url, AlertReceiver()
        self._address = f"json://127.0.0.1:{self.receiver.port}/"
        self.kills, self.fired = 0, list[list[str]]()

    def __enter__(self) -> "KillRun":
        self.receiver.start()
        # As the start of a server does before its processes are there.
        with closing(Database(self._database_url)) as database, database.session() as session:
            seed_receivers(session, SEALER, parse_targets([self._address]), datetime.now(UTC))
        return self

    def __exit__(self, *_: object) -> None:
        self.receiver.stop()

    def start(self, mood: str) -> subprocess.Popen[str]:
        """Start a process of some mood; returns when it runs."""
        command = [sys.executable, "-m", "tests.alerting.crash_process"]
        process = subprocess.Popen(
            [*command, self._database_url, self._address, mood],
            cwd=ROOT,
            env={**os.environ},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout and process.stdout.readline() == "running\n"
        self.fired.append([])
        return process

    def next_fired(self, process: subprocess.Popen[str]) -> str:
        """Wait for the next alert of the newest process; returns its id, or "" if none fires."""
        assert process.stdout
        too_long = threading.Timer(DRAIN_S, process.kill)
        too_long.start()
        line = process.stdout.readline()
        too_long.cancel()
        self._note([line])
        return line.removeprefix("fired ").strip()

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kill the newest process and keep what it had printed."""
        process.kill()
        self.kills += 1
        self._note(process.communicate()[0].splitlines())

    def drain(self) -> None:
        """Let one more process deliver what waits, then end it as a service manager does."""
        process = self.start("calm")
        try:
            with closing(Database(self._database_url)) as database:
                wait_until_none(is_waiting, database)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            self._note(process.communicate()[0].splitlines())

    def wait_until_sent(self) -> None:
        """Wait until every message is marked as sent; a kill before would hold it for its lease."""
        with closing(Database(self._database_url)) as database:
            wait_until_none(is_unsent, database)

    def look(self) -> Outcome:
        """Compare what fired, what is written and what was heard."""
        with closing(Database(self._database_url)) as database, database.session() as session:
            return look_at(session, self.receiver, self.kills, self.fired)

    def _note(self, lines: Sequence[str]) -> None:
        self.fired[-1] += [line.split()[1] for line in lines if line.startswith("fired ")]


def kill_again_and_again(database_url: str, kills: int, seed: int) -> Outcome:
    """Kill the process so often at uniformly random times, let the last one drain, and look."""
    rng = random.Random(seed)
    with KillRun(database_url) as run:
        for _ in range(kills):
            process = run.start("moody")
            time.sleep(rng.uniform(0.0, LONGEST_LIFE_S))
            run.kill(process)
        run.drain()
        return run.look()


def wait_until_none(is_left: Callable[[Session], bool], database: Database) -> None:
    """Wait until nothing is left of what some function asks a database for."""
    deadline_s = time.monotonic() + DRAIN_S
    while True:
        with database.session() as session:
            if not is_left(session):
                return
        assert time.monotonic() < deadline_s, f"{is_left.__name__} after {DRAIN_S:.0f} s"
        time.sleep(0.1)


def is_waiting(session: Session) -> bool:
    """Return whether an alert is open or a message is not delivered."""
    unresolved = select(AlertRow.id).where(AlertRow.phase != "resolved").limit(1)
    # In this order: with its end, an alert's last message is written, between two queries too.
    return session.scalar(unresolved) is not None or is_unsent(session)


def is_unsent(session: Session) -> bool:
    """Return whether a message is not delivered."""
    unsent = select(OutboxRow.id).where(OutboxRow.sent_at.is_(None)).limit(1)
    return session.scalar(unsent) is not None


def look_at(
    session: Session, receiver: AlertReceiver, kills: int, fired: Sequence[Sequence[str]]
) -> Outcome:
    """Compare what fired, what is written and what was heard; see `KillRun` and `Outcome`."""
    phases = {alert.id: alert.phase for alert in session.scalars(select(AlertRow))}
    events = session.scalars(select(AlertEventRow).order_by(AlertEventRow.id)).all()
    outbox = session.scalars(select(OutboxRow)).all()
    newest = {event.alert_id: event.change for event in events}
    times = Counter((event.alert_id, event.change) for event in events)
    to_send = {f"{alert_id}/{change}" for alert_id in phases for change in SENT_CHANGES}
    arrived = receiver.arrived
    return Outcome(
        kills=kills,
        alerts=len(phases),
        messages=len(outbox),
        repeats=sum(arrived.values()) - len(arrived),
        unwritten=len({alert_id for ids in fired for alert_id in ids} - phases.keys()),
        unheard=len(to_send - arrived.keys()),
        strangers=len(arrived.keys() - to_send),
        undelivered=sum(row.sent_at is None for row in outbox),
        skipped=sum(_skipped(ids, phases) for ids in fired),
        open_alerts=sum(phase != "resolved" for phase in phases.values()),
        doubled=sum(count > 1 for count in times.values()),
        broken=sum((i, "firing") not in times or newest[i] != phases[i] for i in phases),
        uneven_history=uneven_history(session),
    )


def _skipped(fired: Sequence[str], written: Container[str]) -> int:
    """Count the alerts of one process that are not written though a later one is."""
    until_last_written = dropwhile(lambda alert_id: alert_id not in written, reversed(fired))
    return sum(alert_id not in written for alert_id in until_last_written)


def uneven_history(session: Session) -> int:
    """Compare the seconds with data of every resolution, per camera."""
    uneven = 0
    for camera_id in session.scalars(select(CameraRow.id)):
        sums = [
            session.scalar(select(func.sum(table.data_s)).where(table.camera_id == camera_id)) or 0
            for table in RESOLUTIONS
        ]
        uneven += max(sums) - min(sums) > 0.01 * max(1.0, max(sums))
    return uneven
