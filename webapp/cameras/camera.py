"""One camera's loops, slots and threads, bound together."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.bus.latest import Latest
from webapp.bus.viewers import Viewers
from webapp.cameras.analysis import (
    AnalysisLoop,
    AnalysisPlan,
    FaceModels,
    SharedModels,
)
from webapp.cameras.capture import CaptureLoop, CapturePlan, Shape, as_it_comes
from webapp.cameras.push import CountsFeed
from webapp.cameras.streaming import StreamLoop
from webapp.core.analysed import AnalysedFrame
from webapp.core.camera_state import (
    CameraState,
    CameraStateMachine,
    PausedState,
    SourceKind,
)
from webapp.core.camera_status import CameraStatus, CameraView
from webapp.core.frame import Frame
from webapp.core.ports import PictureRenderer, PictureSource
from webapp.core.privacy import EVERYTHING, Disclosure

RunThread = Callable[[str, Callable[[], None]], threading.Thread]


@dataclass(frozen=True)
class CameraPlan:
    """What a camera is made of.

    Attributes:
        open_source: opens the device; raises SourceError.
        load_models: loads detector and classifier.
        shape: masks and turns a picture before anybody sees it.
        most_fps: see `CapturePlan`.
        detect_width: see `Detector.detect`.
        disclosure: how much is disclosed of the people before it.
    """

    name: str
    source_kind: SourceKind
    open_source: Callable[[], PictureSource]
    load_models: Callable[[], FaceModels | SharedModels]
    renderer: PictureRenderer
    shape: Shape = as_it_comes
    most_fps: float | None = None
    detect_width: int | None = None
    disclosure: Disclosure = EVERYTHING


class CameraPipeline:
    """Capture, analysis and stream of one source.

    Its source never changes: another one is another pipeline of the same name, of a higher
    revision, so nothing that was read from the one can be taken for the other's.
    """

    def __init__(self, plan: CameraPlan, revision: int, viewers: Viewers) -> None:
        self.name, self.source_kind, self.revision = plan.name, plan.source_kind, revision
        self._viewers, self._disclosure = viewers, plan.disclosure
        self._stop = threading.Event()
        self.frames: Latest[Frame] = Latest()
        self.analysed: Latest[AnalysedFrame] = Latest()
        capture = CapturePlan(plan.open_source, plan.shape, plan.most_fps)
        self.capture = CaptureLoop(plan.name, capture, self.frames, self._stop)
        self.analysis = AnalysisLoop(
            plan.name,
            plan.load_models,
            self.frames,
            self.analysed,
            self._stop,
            AnalysisPlan(plan.detect_width, plan.disclosure.hides_faces, plan.disclosure.min_group),
        )
        self.stream = StreamLoop(
            plan.name, plan.renderer, viewers, self.frames, self.analysed, self._stop
        )
        self.feed = CountsFeed(self.analysed)
        self._switching = threading.Lock()
        self._state: CameraStateMachine | PausedState = self._new_state()
        self._threads: list[threading.Thread] = []

    def start(self, run_thread: RunThread) -> None:
        """Run the loops.

        Args:
            run_thread: starts a named thread.
        """
        loops = {
            "capture": self.capture.run,
            "analysis": self.analysis.run,
            "stream": self.stream.run,
        }
        self._threads = [run_thread(f"{name}-{self.name}", run) for name, run in loops.items()]

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def request_stop(self) -> None:
        """Ask every loop and view to end; returns at once."""
        self._stop.set()
        self.capture.close()
        self.frames.close()
        self.analysed.close()
        self.stream.close()

    def join(self, deadline_s: float) -> None:
        """Wait for the loops until a monotonic time; a read that blocks is left behind."""
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))

    @property
    def is_paused(self) -> bool:
        """Whether it is switched off."""
        return isinstance(self._state, PausedState)

    def pause(self, since: datetime) -> None:
        """Close the device and forget what it showed; see `core.ports.LiveRuntime.pause`."""
        with self._switching:
            if self.is_paused:
                return
            self._state = PausedState(since)
            self.capture.pause()
            self.analysed.clear()
            self.stream.pause()
            self.feed = self.feed.without_newest()

    def resume(self) -> None:
        """Connect again as after the start."""
        with self._switching:
            if not self.is_paused:
                return
            self._state = self._new_state()
            self.stream.resume()
            self.capture.resume()

    def disclose(self, plan: CameraPlan) -> None:
        """Show so much as a plan says from now on; all else goes on as it is."""
        self._disclosure = plan.disclosure
        self.analysis.hides_faces = plan.disclosure.hides_faces
        self.stream.draw_with(plan.renderer)

    def update_state(self) -> None:
        """Derive the state anew."""
        newest = self.frames.newest()
        frame = newest.value if newest else None
        self._state.step(frame, time.monotonic(), datetime.now(UTC))

    def status(self) -> CameraStatus:
        """Return what the dashboard shows of this camera."""
        now_s, now = time.monotonic(), self._state
        return CameraStatus(
            name=self.name,
            state=now.state,
            since=now.since,
            source_kind=self.source_kind,
            reason="" if self.is_paused else self.capture.reason or self.analysis.reason,
            analysis_fps=self.analysis.rate.per_second(now_s),
            stream_fps=self.stream.rate.per_second(now_s),
            viewers=self._viewers.count(self.name),
            skipped_frames=self.analysis.skipped,
            is_reduced=self.stream.shortage.is_short,
            disclosure=self._disclosure,
            capture_fps=self.capture.rate.per_second(now_s),
            reconnects=self.capture.reconnects,
            analysis_delays=self.analysis.delays.delays(),
            stream_delays=self.stream.delays.delays(),
        )

    def view(self) -> CameraView:
        """Return the camera as it is now, with its newest analysed frame if that is current."""
        # The frame first: a pause between the two leaves a status that rejects it.
        newest, status = self.analysed.newest(), self.status()
        is_current = (
            newest is not None
            and status.state.has_frames
            and not newest.value.frame.is_stale(time.monotonic())
        )
        return CameraView(status, self.revision, newest.value if newest and is_current else None)

    def analysis_fault(self) -> str:
        """Return why frames come and none is analysed; "" when all is well or none comes."""
        view = self.view()
        if not view.status.state.has_frames or not self.analysis.is_loaded:
            return ""
        return self.analysis.reason or ("" if view.analysed else "no frame is analysed")

    def _new_state(self) -> CameraStateMachine:
        is_demo = self.source_kind == SourceKind.DEMO
        live_state = CameraState.DEMO if is_demo else CameraState.LIVE
        return CameraStateMachine(time.monotonic(), datetime.now(UTC), live_state)
