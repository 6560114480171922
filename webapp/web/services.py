"""What `create_app` put together, as the views reach it."""

from datetime import UTC, datetime
from typing import cast

from flask import Flask, current_app
from werkzeug.exceptions import NotFound, ServiceUnavailable

from webapp.core.ports import AnalysisJobs, LiveAlerts, LiveRuntime
from webapp.core.snapshot import CameraStatus
from webapp.storage.database import Database

RUNTIME = "evenkeel_runtime"
DATABASE = "evenkeel_database"
ALERTS = "evenkeel_alerts"
ANALYSIS = "evenkeel_analysis"
RETRY_AFTER_S = 5


def utc_now() -> datetime:
    """Return the time now, aware."""
    return datetime.now(UTC)


def runtime_of(app: Flask) -> LiveRuntime | None:
    """Return the running cameras, or None before they are attached."""
    return cast(LiveRuntime | None, app.extensions.get(RUNTIME))


def current_runtime() -> LiveRuntime:
    """Return the running cameras.

    Raises:
        ServiceUnavailable: they are not attached (yet).
    """
    runtime = runtime_of(current_app)
    if runtime is None:
        raise ServiceUnavailable(
            "The cameras are not running yet; try again in a few seconds.",
            retry_after=RETRY_AFTER_S,
        )
    return runtime


def alerts_of(app: Flask) -> LiveAlerts | None:
    """Return the alerts of now, or None before the watch is running."""
    return cast(LiveAlerts | None, app.extensions.get(ALERTS))


def current_alerts() -> LiveAlerts:
    """Return the alerts of now.

    Raises:
        ServiceUnavailable: the watch is not running (yet).
    """
    desk = alerts_of(current_app)
    if desk is None:
        raise ServiceUnavailable(
            "The watch for alerts is not running yet; try again in a few seconds.",
            retry_after=RETRY_AFTER_S,
        )
    return desk


def current_analysis() -> AnalysisJobs:
    """Return the desk that reads pictures and videos.

    Raises:
        ServiceUnavailable: it is not there (yet).
    """
    desk = cast(AnalysisJobs | None, current_app.extensions.get(ANALYSIS))
    if desk is None:
        raise ServiceUnavailable(
            "Pictures and videos cannot be read yet; try again in a few seconds.",
            retry_after=RETRY_AFTER_S,
        )
    return desk


def find_camera(name: str) -> CameraStatus:
    """Return one camera's status.

    Raises:
        NotFound: there is no camera of this name.
    """
    for status in current_runtime().cameras():
        if status.name == name:
            return status
    raise NotFound("There is no camera of this name.")


def selected_camera(name: str | None) -> CameraStatus:
    """Return the named camera's status, or the first camera's when no name is given.

    Raises:
        NotFound: there is no such camera.
    """
    if name:
        return find_camera(name)
    cameras = current_runtime().cameras()
    if not cameras:
        raise NotFound("There is no camera.")
    return cameras[0]


def current_database() -> Database:
    """Return the database."""
    return cast(Database, current_app.extensions[DATABASE])
