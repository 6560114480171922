"""The cameras of now: started, exchanged and stopped while everything else goes on."""

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from webapp.bus.viewers import View, Viewers
from webapp.cameras.camera import CameraPipeline, CameraPlan, RunThread
from webapp.core.picture_quality import FULL, PictureQuality

STOP_TIMEOUT_S = 0.7


class CameraSet:
    """Owns the pipelines; whoever looks at all cameras asks for them anew at every beat."""

    def __init__(self, viewers: Viewers, run_thread: RunThread) -> None:
        """Start empty.

        Args:
            run_thread: starts a named thread.
        """
        self._viewers, self._run_thread = viewers, run_thread
        self._changing = threading.Lock()
        self._exchanging = threading.Lock()
        # Replaced as a whole, never changed: readers take no lock.
        self._pipelines: dict[str, CameraPipeline] = {}
        self._is_started = self._is_stopping = False
        self._revision = 0

    def current(self) -> tuple[CameraPipeline, ...]:
        """Return the cameras of now, in the order they were added."""
        return tuple(self._pipelines.values())

    def find(self, name: str) -> CameraPipeline:
        """Return a camera; raises KeyError."""
        return self._pipelines[name]

    def put(self, plan: CameraPlan, paused_since: datetime | None = None) -> CameraPipeline:
        """Add a camera, or exchange the source of the one that has this name.

        The new one takes the place in one step, paused if the old one was. The old one stops and
        nothing that it still reads is shown or counted.

        Args:
            paused_since: since when the camera is to be off; None: since the old one was paused,
                if that was.
        """
        with self._exchanging:
            with self._changing:
                pipeline, old = self._exchange(plan, paused_since)
            if old:
                # Before the new one begins: many devices serve one reader alone.
                old.request_stop()
                old.join(time.monotonic() + STOP_TIMEOUT_S)
            with self._changing:
                if self._is_stopping:
                    pipeline.request_stop()
                elif self._is_started:
                    pipeline.start(self._run_thread)
        return pipeline

    def order(self, names: Sequence[str]) -> None:
        """Put the cameras into another order; those that are not named come last."""
        with self._changing:
            known = self._pipelines
            first = {name: known[name] for name in names if name in known}
            self._pipelines = first | known

    def remove(self, name: str) -> None:
        """Stop a camera and forget it; raises KeyError. Its device closes when a read returns."""
        with self._changing:
            old = self._pipelines[name]
            self._pipelines = {key: kept for key, kept in self._pipelines.items() if key != name}
        old.request_stop()
        old.join(time.monotonic() + STOP_TIMEOUT_S)

    def start(self) -> None:
        """Run every camera, and from now on each that is added."""
        with self._exchanging, self._changing:
            self._is_started = True
            for pipeline in self.current():
                pipeline.start(self._run_thread)

    def request_stop(self) -> None:
        """Ask every camera and view to end; returns at once."""
        with self._changing:
            self._is_stopping = True
        for pipeline in self.current():
            pipeline.request_stop()

    def join(self) -> None:
        """Wait for all cameras together; one whose read blocks does not use up more than that."""
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        for pipeline in self.current():
            pipeline.join(deadline_s)

    def stream(self, name: str, quality: PictureQuality = FULL) -> View:
        """Yield JPEG pictures to one viewer, whatever source the camera reads meanwhile.

        It must be closed. It ends when the camera is removed and when all stop.

        Raises:
            KeyError: there is no such camera.
            ViewerLimitError: at the call, when the limit is reached.
        """
        self.find(name)
        self._viewers.enter(name)
        return View(self._pictures(name, quality), lambda: self._viewers.leave(name))

    def picture(self, name: str, quality: PictureQuality = FULL) -> bytes:
        """Return what a viewer would see now; counts as one meanwhile.

        Raises:
            KeyError: there is no such camera.
            ViewerLimitError: the limit is reached.
        """
        pipeline = self.find(name)
        with self._viewers.place(name):
            return pipeline.stream.picture(quality)

    def glance(self, name: str, quality: PictureQuality) -> bytes | None:
        """Return what a viewer would see now; None unless frames come. Raises KeyError."""
        pipeline = self.find(name)
        return pipeline.stream.picture(quality) if pipeline.status().state.has_frames else None

    def _exchange(
        self, plan: CameraPlan, paused_since: datetime | None
    ) -> tuple[CameraPipeline, CameraPipeline | None]:
        self._revision += 1
        pipeline = CameraPipeline(plan, self._revision, self._viewers)
        old = self._pipelines.get(plan.name)
        if old and old.is_paused:
            paused_since = old.status().since
        if paused_since:
            pipeline.pause(paused_since)
        self._pipelines = {**self._pipelines, plan.name: pipeline}
        return pipeline, old

    def _pictures(self, name: str, quality: PictureQuality) -> Iterator[bytes]:
        while not self._is_stopping:
            pipeline = self._pipelines.get(name)
            if pipeline is None:
                return
            pipeline.stream.watch()
            yield from pipeline.stream.pictures_for_one_viewer(quality)
