"""Owner of every thread: starts the loops, stops them, and answers the web pages."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from webapp.bus.viewers import View, Viewers
from webapp.cameras.camera import CameraPlan
from webapp.cameras.camera_set import CameraSet
from webapp.cameras.push import PushLoop
from webapp.cameras.trial import Encode, try_running, try_source
from webapp.core.alert_rules import AlertRule
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import SourceKind
from webapp.core.camera_status import CameraStatus, Readiness, camera_fault
from webapp.core.camera_trial import CameraTrial
from webapp.core.errors import EvenkeelError, SourceError
from webapp.core.messages import CountsMessage, Publish, RecentPoint
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.core.privacy import Privacy, least
from webapp.core.sources import place_of, source_kind

logger = logging.getLogger(__name__)
STOP_TIMEOUT_S = 1.3


@dataclass(frozen=True)
class RuntimePlan:
    """Everything a runtime runs.

    Attributes:
        cameras: those of the start.
        plan_camera: makes the plan of a camera.
        encode_trial: encodes a picture for the admin who sets a camera up, with the most that the
            cameras of its place show.
        classes: the model's classes in output order.
        rules: returns the alert rules of now, by which readings are measured.
        paused: returns since when cameras are to be off, by name; asked before a camera is opened:
            a new one, one with another source, and one that is resumed.
    """

    cameras: Sequence[CameraSetup]
    plan_camera: Callable[[CameraSetup], CameraPlan]
    encode_trial: Encode
    classes: tuple[str, ...]
    alert_emotions: tuple[str, ...]
    max_viewers: int
    rules: Callable[[], Sequence[AlertRule]] = tuple
    paused: Callable[[], Mapping[str, datetime]] = dict


class Runtime:
    """The running cameras; implements `core.ports.LiveRuntime`."""

    def __init__(self, plan: RuntimePlan, publish: Publish) -> None:
        """Prepare; no thread, camera or model before `start`."""
        self.classes, self.alert_emotions = plan.classes, plan.alert_emotions
        self._plan_camera, self._encode_trial = plan.plan_camera, plan.encode_trial
        self.stopping = threading.Event()
        self.camera_set = CameraSet(Viewers(plan.max_viewers), self._run)
        self._setting_up = threading.Lock()
        self._setups: dict[str, CameraSetup] = {}
        self._paused = plan.paused
        self._push = PushLoop(
            self.camera_set.current,
            plan.alert_emotions,
            plan.classes,
            plan.rules,
            publish,
            self.stopping,
        )
        self.set_cameras(plan.cameras)
        self._more_loops: dict[str, Callable[[], None]] = {}
        self._threads: list[threading.Thread] = []
        self._failure = ""

    def add_loop(self, name: str, run: Callable[[], None]) -> None:
        """Let another loop live as long as the cameras; before `start`.

        It must end soon after `stopping` is set.
        """
        self._more_loops[name] = run

    def start(self) -> None:
        """Start every loop in its own named thread."""
        self.camera_set.start()
        loops = {"push": self._push.run, **self._more_loops}
        self._threads = [self._run(name, run) for name, run in loops.items()]

    def request_stop(self) -> None:
        """Ask every loop and view to end; returns at once."""
        self.stopping.set()
        self._push.hurry()
        self.camera_set.request_stop()

    def stop(self) -> None:
        """Stop and join in the order the data flows.

        A camera whose read blocks takes its share of the time alone: what must be written is.
        """
        self.request_stop()
        self.camera_set.join()
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera, in the order they were added."""
        setups = self._setups
        statuses = [pipeline.status() for pipeline in self.camera_set.current()]
        return [replace(s, title=setups[s.name].title) for s in statuses if s.name in setups]

    def newest_counts(self, camera: str) -> CountsMessage | None:
        """Return the newest counts, or None when there is none or it is outdated."""
        pipeline = self.camera_set.find(camera)
        return pipeline.feed.newest if pipeline.status().state.has_frames else None

    def recent(self, camera: str) -> list[RecentPoint]:
        """Return the points of the last five minutes, oldest first."""
        return self.camera_set.find(camera).feed.recent()

    def stream(self, camera: str, quality: PictureQuality = FULL) -> View:
        """Yield JPEG pictures for one viewer; raises KeyError, ViewerLimitError at the call."""
        return self.camera_set.stream(camera, quality)

    def snapshot_jpeg(self, camera: str, quality: PictureQuality = FULL) -> bytes:
        """Return the current picture as JPEG; raises KeyError and ViewerLimitError."""
        return self.camera_set.picture(camera, quality)

    def glance_jpeg(self, camera: str, quality: PictureQuality) -> bytes | None:
        """Return the current picture as JPEG; None unless frames come. Raises KeyError."""
        return self.camera_set.glance(camera, quality)

    def set_cameras(self, setups: Sequence[CameraSetup]) -> None:
        """Run these cameras from now on, in this order; those that stay as they are run on."""
        with self._setting_up:
            before, after = self._setups, {setup.name: setup for setup in setups}
            changed = [
                name
                for name, setup in after.items()
                if name not in before or not setup.gives_the_same(before[name])
            ]
            paused = self._paused() if changed else {}
            for name in before.keys() - after.keys():
                self._setups = {k: v for k, v in self._setups.items() if k != name}
                self.camera_set.remove(name)
            for name, setup in after.items():
                if name in changed:
                    self.camera_set.put(self._plan_camera(setup), paused.get(name))
                elif not setup.shows_the_same(before[name]):
                    self.camera_set.find(name).disclose(self._plan_camera(setup))
                # Only now: what failed is tried again when the same is wanted once more.
                self._setups = {**self._setups, name: setup}
            self.camera_set.order(list(after))
        self._push.hurry()

    def try_source(self, source: str, worker: str = "") -> CameraTrial:
        """Look at a source for a moment; raises SourceError."""
        if source_kind(source) == SourceKind.BROWSER:
            raise SourceError(
                "a room gives pictures once somebody joined it. Save it, make a link."
            )
        setups, shows = self._setups, self._shown_of(source)
        for camera in self.camera_set.current():
            reads_it = camera.name in setups and setups[camera.name].source == source
            if reads_it and camera.status().state.has_frames:
                return try_running(camera, self._encode_trial, shows)
        plan = self._plan_camera(CameraSetup("", "", source))
        return try_source(plan.open_source, self._encode_trial, shows)

    def pause(self, camera: str, since: datetime) -> None:
        """Close a camera and forget what it showed; before `start`, it is not even opened."""
        self.camera_set.find(camera).pause(since)
        self._push.hurry()

    def resume(self, camera: str) -> None:
        """Open a paused camera again, unless it is to be off still."""
        pipeline = self.camera_set.find(camera)
        if camera not in self._paused():
            pipeline.resume()
        self._push.hurry()

    def readiness(self) -> Readiness:
        """Report whether every camera delivers and its frames are analysed."""
        statuses, pipelines = self.cameras(), self.camera_set.current()
        offline = camera_fault(statuses)
        faults = {p.name: fault for p in pipelines if (fault := p.analysis_fault())}
        is_loaded = all(pipeline.analysis.is_loaded for pipeline in pipelines)
        reasons = {}
        if offline:
            reasons["camera"] = offline
        if not is_loaded:
            reasons["model"] = self._failure or "loading"
        elif faults:
            reasons["model"] = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        parts = {"camera": not offline, "model": is_loaded and not faults}
        if is_loaded and self._failure:
            parts["loops"], reasons["loops"] = False, self._failure
        return Readiness(parts, reasons)

    def _shown_of(self, source: str) -> Privacy:
        """Return the most that is shown of a place, by the cameras that there are."""
        sources = ((each.source, each.disclosure.shows) for each in self._setups.values())
        there = [shows for known, shows in sources if known and place_of(known) == place_of(source)]
        return least(Privacy.LABELS, *there)

    def _run(self, name: str, loop: Callable[[], None]) -> threading.Thread:
        # Daemons, because a read from a dead camera can block longer than anyone waits.
        thread = threading.Thread(target=self._guarded, args=(name, loop), name=name, daemon=True)
        thread.start()
        return thread

    def _guarded(self, name: str, loop: Callable[[], None]) -> None:
        try:
            loop()
        except EvenkeelError as error:
            self._failure = str(error)
            logger.critical("%s ended: %s", name, error)
        except Exception:
            self._failure = f"{name} ended unexpectedly; the log has the details"
            logger.exception("%s ended", name)
