"""Kills a process at random times and then asks the database and the receiver what is left."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.alerting.receiver import AlertReceiver
from webapp.config import ROOT
from webapp.storage.alert_tables import AlertEventRow, AlertRow, OutboxRow
from webapp.storage.database import Database
from webapp.storage.history_tables import RESOLUTIONS, CameraRow

LONGEST_LIFE_S = 2.0
DRAIN_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """What was found after the last restart.

    Attributes:
        messages: posted to the outbox.
        undelivered: posted and not marked as sent.
        missing: marked as sent, yet never received.
        repeats: messages received more than once, each time more.
        open_alerts: alerts that are open at the end.
        doubled: alerts with two beginnings or two ends.
        broken: alerts whose state is not that of their newest event.
        uneven_history: coarser rows whose seconds are not those of the finer ones.
    """

    kills: int
    alerts: int
    messages: int
    undelivered: int
    missing: int
    repeats: int
    open_alerts: int
    doubled: int
    broken: int
    uneven_history: int


def kill_again_and_again(database_url: str, kills: int, seed: int) -> Outcome:
    """Kill the process so often at uniformly random times, let the last one drain, and look."""
    receiver, rng = AlertReceiver(), random.Random(seed)
    receiver.start()
    try:
        for _ in range(kills):
            process = _start(database_url, receiver)
            time.sleep(rng.uniform(0.0, LONGEST_LIFE_S))
            process.kill()
            process.wait()
        _drain(database_url, receiver)
        return _look(database_url, receiver, kills)
    finally:
        receiver.stop()


def _start(database_url: str, receiver: AlertReceiver, *mood: str) -> subprocess.Popen[str]:
    address = f"json://127.0.0.1:{receiver.port}/"
    command = [sys.executable, "-m", "tests.alerting.crash_process", database_url, address, *mood]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process.stdout as told:
        assert told.readline() == "running\n"
    return process


def _drain(database_url: str, receiver: AlertReceiver) -> None:
    """Let one more process deliver what waits, then end it as a service manager does."""
    process = _start(database_url, receiver, "calm")
    database = Database(database_url)
    deadline_s = time.monotonic() + DRAIN_S
    try:
        while _is_waiting(database) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        database.close()
        process.kill()
        process.wait()


def _is_waiting(database: Database) -> bool:
    """Tell whether an alert is open or a message is not delivered."""
    with database.session() as session:
        unsent = select(OutboxRow.id).where(OutboxRow.sent_at.is_(None)).limit(1)
        unresolved = select(AlertRow.id).where(AlertRow.phase != "resolved").limit(1)
        return any(session.scalar(query) is not None for query in (unsent, unresolved))


def _look(database_url: str, receiver: AlertReceiver, kills: int) -> Outcome:
    database = Database(database_url)
    try:
        with database.session() as session:
            alerts = session.scalars(select(AlertRow)).all()
            events = session.scalars(select(AlertEventRow).order_by(AlertEventRow.id)).all()
            outbox = session.scalars(select(OutboxRow)).all()
            uneven = uneven_history(session)
    finally:
        database.close()
    newest = {event.alert_id: event.change for event in events}
    times = Counter((event.alert_id, event.change) for event in events)
    sent = {f"{row.alert_id}/{row.change}" for row in outbox if row.sent_at}
    return Outcome(
        kills=kills,
        alerts=len(alerts),
        messages=len(outbox),
        undelivered=len(outbox) - len(sent),
        missing=len(sent - set(receiver.arrived)),
        repeats=sum(receiver.arrived.values()) - len(receiver.arrived),
        open_alerts=sum(alert.phase != "resolved" for alert in alerts),
        doubled=sum(count > 1 for count in times.values()),
        broken=sum(newest.get(alert.id) != alert.phase for alert in alerts),
        uneven_history=uneven,
    )


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
