"""The loop that checks every camera: does the condition of a rule last?"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import tzinfo
from typing import Protocol

from webapp.core.alert_engine import CAMERA_EXCHANGED, AlertChange, AlertEngine
from webapp.core.alert_rules import AlertRule, Observation
from webapp.core.alerts import AlertState
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraView
from webapp.core.messages import Publish
from webapp.core.played_alert import PlayedAlerts
from webapp.core.ports import WatchedCamera
from webapp.core.utc import from_epoch_s

logger = logging.getLogger(__name__)
BEAT_S = 0.25
# How much of what an open alert went through a process that is killed may take with it.
READINGS_EVERY_S = 10.0
# Of a rule, by its id, over a camera.
StoredState = tuple[int, str, AlertState]


class ChangeRecorder(Protocol):
    """Takes what is to be written of alerts; never blocks."""

    def add_change(self, change: AlertChange) -> None:
        """Take a change of an alert; never lost."""
        ...

    def add_reading(self, camera: str, state: AlertState) -> None:
        """Take where an open alert of a camera stands; a newer one replaces it."""
        ...


class AlertWatch:
    """Steps the rules of every camera on one steady beat."""

    def __init__(
        self,
        cameras: Callable[[], Sequence[WatchedCamera]],
        engine: AlertEngine,
        recorder: ChangeRecorder,
        publish: Publish,
        zone: tzinfo,
        stop: threading.Event,
        beat_s: float = BEAT_S,
        moves_on: Callable[[str], bool] = lambda camera: False,
    ) -> None:
        """Prepare.

        Args:
            cameras: returns the cameras of now; called on every beat.
            engine: the rules and where they stand.
            recorder: takes what is to be written.
            publish: sends a message to every subscriber.
            zone: of the clock that schedules mean.
            stop: ends the loop.
            beat_s: time between two checks.
            moves_on: asked of a camera that is gone: whether another process goes on with its
                alerts. They are forgotten then, not closed.
        """
        self._cameras, self._engine, self._recorder = cameras, engine, recorder
        self._publish, self._zone, self._stop = publish, zone, stop
        self._beat_s, self._moves_on = beat_s, moves_on
        self._taken_up: deque[tuple[Collection[str], Sequence[StoredState]]] = deque()
        self._revisions: dict[str, int] = {}
        self._new_rules: Sequence[AlertRule] | None = None
        self._played = PlayedAlerts()
        # Replaced per camera, never changed: `readings` is called from other threads.
        self._lasting = {camera.name: engine.lasting(camera.name) for camera in cameras()}
        self._kept_readings_at_s = -math.inf

    def run(self) -> None:
        """Watch until stopped."""
        while not self._stop.wait(self._beat_s):
            try:
                self.step(time.time(), time.monotonic())
            except Exception:
                # What fails once must not end the watch.
                logger.exception("a step of the alert watch failed; the next one follows")

    def use_rules(self, rules: Sequence[AlertRule]) -> None:
        """Watch other rules from the next beat on; called from any thread."""
        self._new_rules = rules

    def take_up(self, cameras: Collection[str], states: Sequence[StoredState]) -> None:
        """Go on with cameras that another process watched, before their rules are checked.

        Called from any thread, before these cameras are among those of now.

        Args:
            cameras: their names; whatever was known of them is forgotten.
            states: where their open alerts stand.
        """
        self._taken_up.append((cameras, states))

    def play_test(self, alert_id: str, camera: str) -> None:
        """Play an alert from the next beat on; called from any thread."""
        self._played.ask(alert_id, camera)

    def rules(self) -> tuple[AlertRule, ...]:
        """Return the rules that are watched now; called from any thread."""
        return self._engine.rules

    def readings(self) -> dict[str, AlertState]:
        """Return where pending and open alerts stand now, by id; called from any thread."""
        return {s.alert_id: s for states in self._lasting.copy().values() for s in states}

    def step(self, now_s: float, monotonic_s: float) -> None:
        """Check every camera once.

        Args:
            now_s: UTC epoch.
            monotonic_s: the same instant on the clock that is never set.
        """
        taken_up = self._restore_taken_up()
        # What was taken up just now is checked from the next beat on, by what it shows then.
        cameras = [camera for camera in self._cameras() if camera.name not in taken_up]
        rules, self._new_rules = self._new_rules, None
        if rules is not None:
            self._handle(self._engine.replace_rules(rules, now_s))
        self._handle(self._played.step(now_s))
        for name in self._lasting.keys() - {camera.name for camera in cameras}:
            if not self._moves_on(name):
                self._handle(self._engine.remove_camera(name, now_s))
            self._forget(name)
        for camera in cameras:
            try:
                self._step_camera(camera.name, camera.view(), now_s)
            except Exception:
                # One camera's strange reading must not end the watch over the others.
                logger.exception("camera %s could not be watched for a moment", camera.name)
            self._lasting[camera.name] = self._engine.lasting(camera.name)
        self._keep_readings(monotonic_s)

    def _restore_taken_up(self) -> set[str]:
        taken_up = set[str]()
        while self._taken_up:
            cameras, states = self._taken_up.popleft()
            for camera in cameras:
                self._forget(camera)
            for rule_id, camera, state in states:
                self._engine.restore(rule_id, camera, state)
            taken_up.update(cameras)
        return taken_up

    def _forget(self, camera: str) -> None:
        self._engine.forget_camera(camera)
        self._revisions.pop(camera, None)
        self._lasting.pop(camera, None)

    def _step_camera(self, name: str, view: CameraView, now_s: float) -> None:
        # Kind and frame are of one moment, so no reading of the demo counts as the camera's.
        if self._revisions.setdefault(name, view.revision) != view.revision:
            self._revisions[name] = view.revision
            self._handle(self._engine.close_camera(name, now_s, CAMERA_EXCHANGED))
        observation = _observation(view)
        local = from_epoch_s(now_s).astimezone(self._zone)
        self._handle(self._engine.step(name, observation, now_s, local))

    def _handle(self, changes: Sequence[AlertChange]) -> None:
        """Record every change before the first is published, which may fail for each of them."""
        for change in changes:
            self._recorder.add_change(change)
        for change in changes:
            try:
                self._publish(change.as_message())
            except Exception:
                logger.exception("a change of an alert was not published; pages read it later")

    def _keep_readings(self, monotonic_s: float) -> None:
        """Have open alerts written between their changes, too: those may be hours apart."""
        if monotonic_s - self._kept_readings_at_s < READINGS_EVERY_S:
            return
        self._kept_readings_at_s = monotonic_s
        for camera, states in self._lasting.items():
            for state in states:
                if state.is_open:
                    self._recorder.add_reading(camera, state)


def _observation(view: CameraView) -> Observation:
    is_paused = view.status.state == CameraState.PAUSED
    if view.analysed is None:
        return Observation(None, is_paused)
    return Observation.of(view.analysed.figures, is_paused=is_paused)
