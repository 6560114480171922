"""What `create_app` put together, as views reach it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app
from werkzeug.exceptions import ServiceUnavailable

from webapp.core.alert_rules import AlertRule
from webapp.core.messages import Message, RoomReadings
from webapp.core.ports import AnalysisJobs, LiveAlerts, LiveRooms, LiveRuntime
from webapp.core.process_report import ProcessStatus
from webapp.storage.database import Database
from webapp.storage.sealing import Sealer
from webapp.web.live.parts import Parts

if TYPE_CHECKING:
    from webapp.web.access.sign_in_checks import SignInChecks
    from webapp.web.access.token_checks import TokenChecks
    from webapp.web.camera_switch import CameraSwitch
    from webapp.web.live.connections import Connections
    from webapp.web.live.participants import Participants
    from webapp.web.live.places import Places
    from webapp.web.live.sockets import LiveSockets
    from webapp.web.live.watch_notes import WatchNotes

SERVICES = "evenkeel"
RETRY_AFTER_S = 5


@dataclass
class Services:
    """Everything an application uses; three of them come when the cameras run."""

    database: Database
    checks: "SignInChecks"
    tokens: "TokenChecks"
    switch: "CameraSwitch"
    connections: "Connections"
    places: "Places"
    sockets: "LiveSockets"
    sealer: Sealer
    participants: "Participants"
    watching: "WatchNotes"
    # What NOTIFY_URLS says today, to be compared with what the page of receivers says.
    first_receivers: Sequence[str] = field(default=(), repr=False)
    runtime: LiveRuntime | None = None
    rooms: LiveRooms | None = None
    alerts: LiveAlerts | None = None
    analysis: AnalysisJobs | None = None
    parts: Parts = field(default_factory=Parts)
    # Those behind the web process; none where everything runs in it.
    processes: Callable[[], Sequence[ProcessStatus]] = tuple

    def publish(self, message: Message) -> None:
        """Send what cameras say to those who may know: readings of a room to who is in it."""
        if isinstance(message, RoomReadings):
            self.participants.take(message)
        else:
            self.sockets.publish(message, here_alone=True)

    def rules(self) -> Sequence[AlertRule]:
        """Return the rules that are watched now; none while the watch is not running (yet)."""
        return self.alerts.rules() if self.alerts else ()


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


def current_alerts() -> LiveAlerts:
    """Return the alerts of now.

    Raises:
        ServiceUnavailable: the watch is not running (yet).
    """
    alerts = current_services().alerts
    if alerts is None:
        raise not_yet("The watch for alerts is not running yet")
    return alerts


def current_analysis() -> AnalysisJobs:
    """Return what reads pictures and videos.

    Raises:
        ServiceUnavailable: it is not there (yet).
    """
    analysis = current_services().analysis
    if analysis is None:
        raise not_yet("Pictures and videos cannot be read yet")
    return analysis


def not_yet(what: str) -> ServiceUnavailable:
    """Return the error that says what is still to come."""
    return ServiceUnavailable(f"{what}; try again in a few seconds.", retry_after=RETRY_AFTER_S)
