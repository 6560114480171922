"""What `create_app` put together, as views reach it: only what the signed-in user may see."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app
from werkzeug.exceptions import NotFound, ServiceUnavailable

from webapp.core.camera_status import CameraStatus
from webapp.core.ports import AnalysisJobs, LiveAlerts, LiveRuntime
from webapp.storage.database import Database

if TYPE_CHECKING:
    from webapp.web.access.sign_in_checks import SignInChecks
    from webapp.web.camera_switch import CameraSwitch
    from webapp.web.live.connections import Connections
    from webapp.web.live.sockets import LiveSockets

SERVICES = "evenkeel"
RETRY_AFTER_S = 5


@dataclass
class Services:
    """Everything an application uses; the last three come when the cameras run."""

    database: Database
    checks: "SignInChecks"
    switch: "CameraSwitch"
    connections: "Connections"
    sockets: "LiveSockets"
    runtime: LiveRuntime | None = None
    alerts: LiveAlerts | None = None
    analysis: AnalysisJobs | None = None


def utc_now() -> datetime:
    """Return the time now, aware."""
    return datetime.now(UTC)


def services_of(app: Flask) -> Services:
    """Return what an application uses."""
    return cast(Services, app.extensions[SERVICES])


def current_services() -> Services:
    """Return what the application of this request uses."""
    return services_of(current_app)


def current_database() -> Database:
    """Return the database."""
    return current_services().database


def current_runtime() -> LiveRuntime:
    """Return the cameras that the signed-in user may watch; others are as if absent.

    Raises:
        ServiceUnavailable: the cameras are not attached (yet).
    """
    from webapp.web.access.guard import current_actor
    from webapp.web.access.visible import VisibleRuntime

    runtime = current_services().runtime
    if runtime is None:
        raise _not_yet("The cameras are not running yet")
    return VisibleRuntime(runtime, current_actor())


def current_alerts() -> LiveAlerts:
    """Return the alerts of now.

    Raises:
        ServiceUnavailable: the watch is not running (yet).
    """
    alerts = current_services().alerts
    if alerts is None:
        raise _not_yet("The watch for alerts is not running yet")
    return alerts


def current_analysis() -> AnalysisJobs:
    """Return what reads pictures and videos.

    Raises:
        ServiceUnavailable: it is not there (yet).
    """
    analysis = current_services().analysis
    if analysis is None:
        raise _not_yet("Pictures and videos cannot be read yet")
    return analysis


def find_camera(name: str) -> CameraStatus:
    """Return the status of a camera that the user may watch.

    Raises:
        NotFound: there is no such camera.
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


def _not_yet(what: str) -> ServiceUnavailable:
    return ServiceUnavailable(f"{what}; try again in a few seconds.", retry_after=RETRY_AFTER_S)
