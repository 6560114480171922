"""The loop that looks at every camera: is something lasting, and what goes into history?"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol

from webapp.core.alert_engine import CAMERA_EXCHANGED, AlertChange, AlertEngine
from webapp.core.alert_rules import AlertRule, Sighting
from webapp.core.alerts import AlertState
from webapp.core.analysed import AnalysedFrame
from webapp.core.history import HistoryRow, RowBuilder, Sample
from webapp.core.snapshot import CameraStatus, CameraView

logger = logging.getLogger(__name__)
BEAT_S = 0.25
# How much of an open alert's course a process that is killed may take with it.
READINGS_EVERY_S = 10.0

Publish = Callable[[str, dict[str, Any]], None]


class WatchedCamera(Protocol):
    """What the watch needs of a camera."""

    name: str

    def status(self) -> CameraStatus:
        """Return how the camera is doing."""
        ...

    def view(self) -> CameraView:
        """Return the camera as it is now."""
        ...


class Recorder(Protocol):
    """Takes what is to be written; never blocks."""

    def add_change(self, change: AlertChange) -> None:
        """Take a change of an alert; never lost."""
        ...

    def add_reading(self, state: AlertState) -> None:
        """Take where an open alert stands; a newer one replaces it."""
        ...

    def add_history(self, camera: str, row: HistoryRow) -> None:
        """Take a row of history; the oldest are dropped when nothing can be written for long."""
        ...


class AlertWatch:
    """Steps the rules and the history of every camera on one steady beat."""

    def __init__(
        self,
        cameras: Sequence[WatchedCamera],
        engine: AlertEngine,
        recorder: Recorder,
        publish: Publish,
        classes: tuple[str, ...],
        zone: tzinfo,
        stop: threading.Event,
        beat_s: float = BEAT_S,
    ) -> None:
        self._cameras, self._engine, self._recorder = cameras, engine, recorder
        self._publish, self._classes, self._zone, self._stop = publish, classes, zone, stop
        self._beat_s = beat_s
        self._kinds = {camera.name: camera.status().source_kind for camera in cameras}
        self._rows = {camera.name: RowBuilder() for camera in cameras}
        self._new_rules: Sequence[AlertRule] | None = None
        self._lasting: dict[str, list[AlertState]] = {}
        self._kept_readings_at_s = -math.inf

    def run(self) -> None:
        """Watch until stopped, then hand over the unfinished rows."""
        while not self._stop.wait(self._beat_s):
            try:
                self.step(time.time(), time.monotonic())
            except Exception:
                # What fails once must not end the watch.
                logger.exception("a step of the alert watch failed; the next one follows")
        for camera, builder in self._rows.items():
            self._keep(camera, builder.finish())

    def use_rules(self, rules: Sequence[AlertRule]) -> None:
        """Watch other rules from the next beat on; called from any thread."""
        self._new_rules = rules

    def rules(self) -> tuple[AlertRule, ...]:
        """Return the rules that are watched now; called from any thread."""
        return self._engine.rules

    def readings(self) -> dict[str, AlertState]:
        """Return where pending and open alerts stand now, by id; called from any thread."""
        return {s.alert_id: s for states in self._lasting.copy().values() for s in states}

    def step(self, now_s: float, monotonic_s: float) -> None:
        """Look at every camera once.

        Args:
            now_s: UTC epoch.
            monotonic_s: the same instant on the clock of captures.
        """
        rules, self._new_rules = self._new_rules, None
        if rules is not None:
            self._tell(self._engine.replace_rules(rules, now_s))
        local = datetime.fromtimestamp(now_s, UTC).astimezone(self._zone)
        for camera in self._cameras:
            try:
                self._look_at(camera, now_s, monotonic_s, local)
            except Exception:
                # One camera's strange reading must not end the watch over the others.
                logger.exception("camera %s could not be watched for a moment", camera.name)
            self._lasting[camera.name] = self._engine.lasting(camera.name)
        self._keep_readings(monotonic_s)

    def _look_at(
        self, camera: WatchedCamera, now_s: float, monotonic_s: float, local: datetime
    ) -> None:
        self._close_if_exchanged(camera, now_s)
        view = camera.view()
        analysed, is_paused = view.analysed, view.status.state == "paused"
        probabilities = analysed.predictions.probabilities if analysed else None
        sighting = Sighting(probabilities, self._classes, is_paused)
        sample = _sample(analysed) if analysed else None
        self._keep(camera.name, self._rows[camera.name].add(sample, now_s))
        self._tell(self._engine.step(camera.name, sighting, now_s, local))

    def _close_if_exchanged(self, camera: WatchedCamera, now_s: float) -> None:
        """End what was alerted of the demo when a real camera takes its place."""
        kind = camera.status().source_kind
        if self._kinds[camera.name] != kind:
            self._kinds[camera.name] = kind
            self._tell(self._engine.close_camera(camera.name, now_s, CAMERA_EXCHANGED))

    def _tell(self, changes: Sequence[AlertChange]) -> None:
        """Record every change before the first is published, which may fail."""
        for change in changes:
            self._recorder.add_change(change)
        for change in changes:
            self._publish("alert", alert_event(change))

    def _keep_readings(self, monotonic_s: float) -> None:
        """Have open alerts written between their changes, too: those may be hours apart."""
        if monotonic_s - self._kept_readings_at_s < READINGS_EVERY_S:
            return
        self._kept_readings_at_s = monotonic_s
        for state in self.readings().values():
            if state.is_open:
                self._recorder.add_reading(state)

    def _keep(self, camera: str, row: HistoryRow | None) -> None:
        if row:
            self._recorder.add_history(camera, row)


def alert_event(change: AlertChange) -> dict[str, Any]:
    """Build the payload of the Socket.IO event `alert`; what never fired ends as `resolved`."""
    transition = change.transition
    state = "resolved" if transition.change == "reset" else transition.change
    return {
        "id": transition.alert_id,
        "camera": change.camera,
        "rule": change.rule.name,
        "rule_id": change.rule.id,
        "kind": change.rule.kind,
        "expressions": list(change.rule.expressions),
        "state": state,
        "since": datetime.fromtimestamp(transition.since_s, UTC).isoformat(),
        "value": round(transition.value, 1),
        "peak": round(transition.peak, 1),
        "reason": transition.reason,
    }


def _sample(analysed: AnalysedFrame) -> Sample:
    counts = analysed.predictions.counts()
    return Sample(tuple(counts.values()), tuple(counts), analysed.indicator)
