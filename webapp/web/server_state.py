"""How the server and all its parts are doing at a moment, for programs and for people."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app

from webapp.bus.process_use import process_use
from webapp.core.access import Actor
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.errors import StorageError
from webapp.core.ports import LiveRuntime
from webapp.core.process_report import ProcessReport, ProcessStatus
from webapp.storage.outbox import WaitingMessages, waiting_messages
from webapp.web.access.visible import VisibleRuntime
from webapp.web.services import current_database, current_services

NOT_RUNNING = Readiness(
    {"camera": False, "model": False},
    {"camera": "The cameras are not running yet.", "model": "The model is not loaded yet."},
)


@dataclass(frozen=True)
class DiskSpace:
    """The disk that holds the instance folder."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class ServerState:
    """The server at a moment, as far as somebody may know.

    Attributes:
        readiness: part by part, see `Readiness`; with `database`.
        cameras: those that may be watched.
        too_few: names of those with a group floor of which nothing is said now.
        processes: the web process first.
        messages: those of alerts that wait; None while the database is away.
        dropped_rows: of history, given up since the start.
        waiting_entries: on who watched, to be written to the audit log.
        dropped_entries: of them, given up since the start.
        connections: streams and sockets that are open.
        disk: None where the system does not say.
    """

    readiness: Readiness
    cameras: Sequence[CameraStatus]
    too_few: frozenset[str]
    processes: Sequence[ProcessStatus]
    messages: WaitingMessages | None
    dropped_rows: int
    waiting_entries: int
    dropped_entries: int
    connections: int
    disk: DiskSpace | None


def read_state(actor: Actor | None) -> ServerState:
    """Return the state as somebody may know it; None may know all."""
    services, runtime = current_services(), _runtime_for(actor)
    cameras = runtime.cameras() if runtime else []
    web = ProcessStatus("web process", ProcessReport(process_use()))
    return ServerState(
        readiness=read_readiness(actor),
        cameras=cameras,
        too_few=frozenset(c.name for c in cameras if runtime and _has_too_few(runtime, c)),
        processes=[web, *services.processes()],
        messages=_waiting_messages(),
        dropped_rows=services.alerts.dropped_rows() if services.alerts else 0,
        waiting_entries=services.watching.waiting,
        dropped_entries=services.watching.dropped,
        connections=services.connections.count(),
        disk=_disk_space(),
    )


def read_readiness(actor: Actor | None) -> Readiness:
    """Return whether cameras, model and database work, with all reasons that somebody may know."""
    runtime = _runtime_for(actor)
    live = runtime.readiness() if runtime else NOT_RUNNING
    fault = _database_fault()
    reasons = {**live.reasons, **({"database": fault} if fault else {})}
    return Readiness({**live.parts, "database": not fault}, reasons)


def _runtime_for(actor: Actor | None) -> LiveRuntime | None:
    runtime = current_services().runtime
    return VisibleRuntime(runtime, actor) if runtime and actor else runtime


def _has_too_few(runtime: LiveRuntime, camera: CameraStatus) -> bool:
    if camera.disclosure.min_group == 1:
        return False
    counts = runtime.newest_counts(camera.name)
    return counts is None or counts.suppressed


def _database_fault() -> str:
    """Return why the database cannot be read, or not be written: when full it still answers."""
    try:
        current_database().check()
    except StorageError as error:
        return str(error)
    alerts = current_services().alerts
    return alerts.trouble() if alerts else ""


def _waiting_messages() -> WaitingMessages | None:
    try:
        with current_database().session() as work:
            return waiting_messages(work)
    except StorageError:
        return None


def _disk_space() -> DiskSpace | None:
    try:
        disk = shutil.disk_usage(current_app.instance_path)
    except OSError:
        return None
    return DiskSpace(disk.total, disk.free)
