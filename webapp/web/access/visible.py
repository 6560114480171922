"""The cameras that one user may watch; the others are as if they were not there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from webapp.core.access import Actor, Permission, may
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_status import CameraStatus, Readiness, camera_fault
from webapp.core.camera_trial import CameraTrial
from webapp.core.messages import CamerasChanged, CountsMessage, RecentPoint
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.core.ports import LiveRuntime, PictureStream
from webapp.web.access.guard import current_actor
from webapp.web.services import current_services, not_yet

NOT_FOR_ALL = "Not everything works; who may watch every camera can see why."


class VisibleRuntime:
    """Implements `core.ports.LiveRuntime` over another; a hidden camera raises KeyError."""

    def __init__(self, runtime: LiveRuntime, actor: Actor) -> None:
        self._runtime, self._actor = runtime, actor
        self.classes, self.alert_emotions = runtime.classes, runtime.alert_emotions

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera that may be watched."""
        statuses = self._runtime.cameras()
        return [s for s in statuses if may(self._actor, Permission.WATCH, s.name)]

    def newest_counts(self, camera: str) -> CountsMessage | None:
        """See `LiveRuntime`."""
        return self._runtime.newest_counts(self._visible(camera))

    def recent(self, camera: str) -> list[RecentPoint]:
        """See `LiveRuntime`."""
        return self._runtime.recent(self._visible(camera))

    def stream(self, camera: str, quality: PictureQuality = FULL) -> PictureStream:
        """See `LiveRuntime`."""
        return self._runtime.stream(self._visible(camera), quality_for(self._actor, quality))

    def snapshot_jpeg(self, camera: str, quality: PictureQuality = FULL) -> bytes:
        """See `LiveRuntime`."""
        return self._runtime.snapshot_jpeg(self._visible(camera), quality_for(self._actor, quality))

    def glance_jpeg(self, camera: str, quality: PictureQuality) -> bytes | None:
        """See `LiveRuntime`."""
        return self._runtime.glance_jpeg(self._visible(camera), quality_for(self._actor, quality))

    def set_cameras(self, setups: Sequence[CameraSetup]) -> None:
        """See `LiveRuntime`; whoever may change one camera hands on all of them."""
        self._runtime.set_cameras(setups)

    def try_source(self, source: str, worker: str = "") -> CameraTrial:
        """See `LiveRuntime`; asked for by admins alone, who see every camera."""
        return self._runtime.try_source(source, worker)

    def pause(self, camera: str, since: datetime) -> None:
        """See `LiveRuntime`."""
        self._runtime.pause(self._visible(camera), since)

    def resume(self, camera: str) -> None:
        """See `LiveRuntime`."""
        self._runtime.resume(self._visible(camera))

    def readiness(self) -> Readiness:
        """Report on the cameras that may be watched, and on the server as a whole.

        The other reasons may name cameras that are hidden.
        """
        readiness = self._runtime.readiness()
        if self._actor.cameras is None:
            return readiness
        parts, reasons = dict(readiness.parts), dict.fromkeys(readiness.reasons, NOT_FOR_ALL)
        reasons.pop("camera", None)
        fault = camera_fault(self.cameras())
        parts["camera"] = not fault
        return Readiness(parts, reasons | ({"camera": fault} if fault else {}))

    def request_stop(self) -> None:
        """See `LiveRuntime`."""
        self._runtime.request_stop()

    def _visible(self, camera: str) -> str:
        if not may(self._actor, Permission.WATCH, camera):
            raise KeyError(camera)
        return camera


def quality_for(actor: Actor, quality: PictureQuality) -> PictureQuality:
    """Return a quality that shows somebody no more than they may see."""
    return replace(quality, is_for_viewers=actor.is_viewer)


def current_runtime() -> LiveRuntime:
    """Return the cameras that the signed-in user may watch; others are as if absent.

    Raises:
        ServiceUnavailable: the cameras are not attached (yet).
    """
    runtime = current_services().runtime
    if runtime is None:
        raise not_yet("The cameras are not running yet")
    return VisibleRuntime(runtime, current_actor())


def change_cameras(change: Callable[[Session], None]) -> None:
    """Change cameras in the database and in the runtime, and let every open page know.

    Args:
        change: see `CameraSwitch.change`.
    """
    services = current_services()

    def tell_rooms(setups: Sequence[CameraSetup]) -> None:
        services.participants.rooms_are({setup.name: setup.source for setup in setups})

    services.switch.change(current_runtime(), change, tell_rooms)
    services.sockets.publish(CamerasChanged())


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
