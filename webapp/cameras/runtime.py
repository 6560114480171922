"""Owner of every thread: starts the loops, stops them, and answers the web pages."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.cameras.camera import CameraPipeline, CameraPlan
from webapp.cameras.push import PushLoop
from webapp.cameras.streaming import Viewers
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.errors import EvenkeelError
from webapp.core.messages import CountsMessage, Publish, RecentPoint
from webapp.core.ports import PictureSource
from webapp.core.snapshot import CameraStatus, Readiness

logger = logging.getLogger(__name__)
STOP_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class FirstCamera:
    """Camera 0 of this server: how to find out whether it answers, and how to open it."""

    answers: Callable[[], bool]
    open_source: Callable[[], PictureSource]


@dataclass(frozen=True)
class RuntimePlan:
    """Everything a runtime runs.

    Attributes:
        classes: the model's classes in output order.
        first_camera: what the demo can be exchanged for, None when it must not be.
    """

    cameras: Sequence[CameraPlan]
    classes: tuple[str, ...]
    alert_emotions: tuple[str, ...]
    max_viewers: int
    first_camera: FirstCamera | None = None


class Runtime:
    """The running cameras; implements `core.ports.LiveRuntime`."""

    def __init__(self, plan: RuntimePlan, publish: Publish) -> None:
        """Prepare; no thread, camera or model before `start`."""
        self.classes, self.alert_emotions = plan.classes, plan.alert_emotions
        self._plan = plan
        self._stop = threading.Event()
        viewers = Viewers(plan.max_viewers)
        self.pipelines = {
            camera.name: CameraPipeline(camera, viewers, self._stop) for camera in plan.cameras
        }
        self._push = PushLoop(lambda: list(self.pipelines.values()), publish, self._stop)
        self._threads: list[threading.Thread] = []
        self._more_loops: dict[str, Callable[[], None]] = {}
        self._first_camera_answers = self._has_probed = False
        self._failure = ""

    @property
    def stopping(self) -> threading.Event:
        """Set when every loop shall end."""
        return self._stop

    def add_loop(self, name: str, run: Callable[[], None]) -> None:
        """Let another loop live as long as the cameras; before `start`.

        It must end soon after `stopping` is set.
        """
        self._more_loops[name] = run

    def start(self) -> None:
        """Start every loop in its own named thread."""
        for name, pipeline in self.pipelines.items():
            self._run(f"capture-{name}", pipeline.capture.run)
            self._run(f"analysis-{name}", pipeline.analysis.run)
            self._run(f"stream-{name}", pipeline.stream.run)
        self._run("push", self._push.run)
        for name, loop in self._more_loops.items():
            self._run(name, loop)
        self._probe_first_camera()

    def request_stop(self) -> None:
        """Ask every loop and view to end; returns at once."""
        self._stop.set()
        self._push.hurry()
        for pipeline in self.pipelines.values():
            pipeline.close()

    def stop(self) -> None:
        """Stop and join in the order the data flows; a blocked camera read is left behind."""
        self.request_stop()
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera, in the order of `CAMERAS`."""
        return [pipeline.status() for pipeline in self.pipelines.values()]

    def newest_counts(self, camera: str) -> CountsMessage | None:
        """Return the newest counts, or None when there is none or it is outdated."""
        pipeline = self.pipelines[camera]
        is_current = pipeline.status().state.has_frames
        return pipeline.feed.newest if is_current else None

    def recent(self, camera: str) -> list[RecentPoint]:
        """Return the points of the last five minutes, oldest first."""
        return self.pipelines[camera].feed.recent()

    def stream(self, camera: str) -> Iterator[bytes]:
        """Yield JPEG pictures for one viewer; raises ViewerLimitError at the call."""
        return self.pipelines[camera].stream.view()

    def snapshot_jpeg(self, camera: str) -> bytes:
        """Return the current annotated picture as JPEG."""
        return self.pipelines[camera].stream.picture()

    def first_camera_answers(self) -> bool:
        """Tell whether camera 0 of this server answered when probed at start."""
        return self._first_camera_answers

    def use_first_camera(self, camera: str) -> None:
        """Let a camera that shows the demo read camera 0 from now on, until restart."""
        pipeline = self.pipelines[camera]
        if self._plan.first_camera is None or pipeline.source_kind != SourceKind.DEMO:
            raise KeyError(camera)
        self._first_camera_answers = False
        pipeline.replace_source(SourceKind.CAMERA, self._plan.first_camera.open_source)

    def pause(self, camera: str, since: datetime) -> None:
        """Close a camera and forget what it showed; before `start`, it is not even opened."""
        self.pipelines[camera].pause(since)
        self._push.hurry()

    def resume(self, camera: str) -> None:
        """Open a paused camera again."""
        self.pipelines[camera].resume()
        self._push.hurry()
        self._probe_first_camera()

    def readiness(self) -> Readiness:
        """Tell whether every camera delivers and the model is loaded."""
        offline = [
            s for s in self.cameras() if not (s.state.has_frames or s.state == CameraState.PAUSED)
        ]
        loaded = all(pipeline.analysis.is_loaded for pipeline in self.pipelines.values())
        reasons = {}
        if offline:
            reasons["camera"] = "; ".join(f"{s.name}: {s.reason or s.state}" for s in offline)
        if not loaded:
            reasons["model"] = self._failure or "loading"
        parts = {"camera": not offline, "model": loaded}
        if loaded and self._failure:
            parts["loops"], reasons["loops"] = False, self._failure
        return Readiness(parts, reasons)

    def _probe_first_camera(self) -> None:
        """Look for camera 0, once; not while a camera is paused, which may have been that one."""
        is_any_paused = any(pipeline.is_paused for pipeline in self.pipelines.values())
        if self._plan.first_camera and not self._has_probed and not is_any_paused:
            self._has_probed = True
            self._run("first-camera", self._note_first_camera)

    def _note_first_camera(self) -> None:
        assert self._plan.first_camera is not None
        self._first_camera_answers = self._plan.first_camera.answers()

    def _run(self, name: str, loop: Callable[[], None]) -> None:
        # Daemons, because a read from a dead camera can block longer than anyone waits.
        thread = threading.Thread(target=self._guarded, args=(name, loop), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _guarded(self, name: str, loop: Callable[[], None]) -> None:
        try:
            loop()
        except EvenkeelError as error:
            self._failure = str(error)
            logger.critical("%s ended: %s", name, error)
        except Exception:
            self._failure = f"{name} ended unexpectedly; the log has the details"
            logger.exception("%s ended", name)
