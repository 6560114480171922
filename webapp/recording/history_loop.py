"""The loop that collects what goes into history: a row per camera every ten seconds."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from webapp.core.analysed import AnalysedFrame
from webapp.core.history import HistoryRow, RowBuilder, Sample
from webapp.core.ports import WatchedCamera

logger = logging.getLogger(__name__)
BEAT_S = 0.25


class RowRecorder(Protocol):
    """Takes rows that are to be written; never blocks."""

    def add_history(self, camera: str, row: HistoryRow) -> None:
        """Take a row of history; the oldest are dropped when nothing can be written for long."""
        ...


class HistoryLoop:
    """Samples every camera on one steady beat and hands over the rows that are complete."""

    def __init__(
        self,
        cameras: Callable[[], Sequence[WatchedCamera]],
        recorder: RowRecorder,
        stop: threading.Event,
    ) -> None:
        """Prepare.

        Args:
            cameras: returns the cameras of now; called on every beat.
            recorder: takes the rows.
            stop: ends the loop.
        """
        self._cameras, self._recorder, self._stop = cameras, recorder, stop
        self._builders: dict[str, RowBuilder] = {}

    def run(self) -> None:
        """Collect until stopped, then hand over the unfinished rows."""
        while not self._stop.wait(BEAT_S):
            try:
                self.step(time.time())
            except Exception:
                # What fails once must not end the recording.
                logger.exception("a step of the history failed; the next one follows")
        for name in list(self._builders):
            self._finish(name)

    def step(self, now_s: float) -> None:
        """Sample every camera once; the row of one that is gone ends.

        Args:
            now_s: UTC epoch.
        """
        cameras = self._cameras()
        for name in self._builders.keys() - {camera.name for camera in cameras}:
            self._finish(name)
        for camera in cameras:
            builder = self._builders.setdefault(camera.name, RowBuilder())
            try:
                row = builder.add(_sample(camera.view().analysed), now_s)
            except Exception:
                # One camera's strange reading must not end the history of the others.
                logger.exception("camera %s could not be sampled for a moment", camera.name)
                continue
            if row:
                self._recorder.add_history(camera.name, row)

    def _finish(self, name: str) -> None:
        row = self._builders.pop(name).finish()
        if row:
            self._recorder.add_history(name, row)


def _sample(analysed: AnalysedFrame | None) -> Sample | None:
    if analysed is None:
        return None
    figures = analysed.figures
    if figures.counts is None:
        return None
    return Sample(tuple(figures.counts.values()), tuple(figures.counts), figures.indicator)
