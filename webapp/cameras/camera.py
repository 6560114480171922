"""One camera's loops and slots, bound together."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.cameras.analysis import AnalysisLoop, Reader
from webapp.cameras.capture import CaptureLoop
from webapp.cameras.latest import Latest
from webapp.cameras.push import CountsFeed
from webapp.cameras.streaming import StreamLoop, Viewers
from webapp.core.camera_state import (
    STALE_AFTER_S,
    CameraState,
    CameraStateMachine,
    PausedState,
    SourceKind,
)
from webapp.core.frame import Frame
from webapp.core.ports import PictureRenderer, PictureSource
from webapp.core.snapshot import CameraStatus, CameraView, Snapshot


@dataclass(frozen=True)
class CameraPlan:
    """What a camera is made of.

    Attributes:
        open_source: opens the device; raises SourceError.
        build_reader: loads detector and model.
    """

    name: str
    source_kind: SourceKind
    open_source: Callable[[], PictureSource]
    build_reader: Callable[[], Reader]
    renderer: PictureRenderer


class CameraPipeline:
    """Capture, analysis and stream of one camera; the runtime runs its loops in threads."""

    def __init__(self, plan: CameraPlan, viewers: Viewers, stop: threading.Event) -> None:
        self.name, self.source_kind, self.revision = plan.name, plan.source_kind, 0
        self._viewers = viewers
        self.frames: Latest[Frame] = Latest()
        self.snapshots: Latest[Snapshot] = Latest()
        self.capture = CaptureLoop(plan.name, plan.open_source, self.frames, stop)
        self.analysis = AnalysisLoop(
            plan.name, plan.build_reader, self.frames, self.snapshots, stop
        )
        self.stream = StreamLoop(
            plan.name, plan.renderer, viewers, self.frames, self.snapshots, stop
        )
        self.feed = CountsFeed(self.snapshots)
        self._switching = threading.Lock()
        self._state: CameraStateMachine | PausedState = self._new_state()

    def replace_source(
        self, source_kind: SourceKind, open_source: Callable[[], PictureSource]
    ) -> None:
        """Read from another source from now on; the camera connects again, or stays paused."""
        with self._switching:
            self.source_kind, self.revision = source_kind, self.revision + 1
            self.capture.replace_source(open_source)
            self.snapshots.clear()
            self.feed = CountsFeed(self.snapshots)
            if not self.is_paused:
                self._state = self._new_state()

    @property
    def is_paused(self) -> bool:
        """Whether a person switched it off."""
        return isinstance(self._state, PausedState)

    def pause(self, since: datetime) -> None:
        """Close the device and forget what it showed; see `core.ports.LiveRuntime.pause`."""
        with self._switching:
            if self.is_paused:
                return
            self._state = PausedState(since)
            self.capture.pause()
            self.snapshots.clear()
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

    def update_state(self) -> None:
        """Derive the state anew."""
        newest = self.frames.newest()
        captured_at_s = newest.value.captured_at_s if newest else None
        self._state.step(captured_at_s, time.monotonic(), datetime.now(UTC))

    def status(self) -> CameraStatus:
        """Return what the dashboard tells of this camera."""
        now_s, now = time.monotonic(), self._state
        return CameraStatus(
            name=self.name,
            state=now.state,
            since=now.since,
            source_kind=self.source_kind,
            reason=""
            if now.state == CameraState.PAUSED
            else self.capture.reason or self.analysis.reason,
            analysis_fps=self.analysis.rate.per_second(now_s),
            stream_fps=self.stream.rate.per_second(now_s),
            viewers=self._viewers.count(self.name),
        )

    def view(self) -> CameraView:
        """Return the camera as it is now, with its newest analysed frame if that is current."""
        # In one step, so that no frame of an exchanged source is taken for the new one's.
        with self._switching:
            newest, status = self.snapshots.newest(), self.status()
            is_current = (
                newest is not None
                and status.state.has_frames
                and time.monotonic() - newest.value.captured_at_s <= STALE_AFTER_S
            )
            return CameraView(
                status, self.revision, newest.value if newest and is_current else None
            )

    def close(self) -> None:
        """Wake every reader of the slots, so that loops and views end at once."""
        self.capture.close()
        self.frames.close()
        self.stream.close()

    def _new_state(self) -> CameraStateMachine:
        is_demo = self.source_kind == SourceKind.DEMO
        live_state = CameraState.DEMO if is_demo else CameraState.LIVE
        return CameraStateMachine(time.monotonic(), datetime.now(UTC), live_state)
