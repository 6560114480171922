"""The cameras of one process, their alerts and their history, put together."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from webapp.alerting.orphans import OrphanLoop
from webapp.alerting.service import AlertPlan, AlertService
from webapp.bus.process_messages import SetCameras
from webapp.cameras.rooms import RoomDesk
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState
from webapp.core.messages import Publish
from webapp.recording.history_loop import HistoryLoop
from webapp.recording.recorder import DatabaseRecorder
from webapp.recording.retention import RetentionLoop
from webapp.serving.alert_plan import build_alert_plan
from webapp.serving.assembly import build_runtime
from webapp.serving.camera_share import ALL_CAMERAS, CameraShare
from webapp.serving.expression_rule import ignored_warning
from webapp.serving.worker.follow_loop import FollowLoop
from webapp.serving.worker.lease_keeper import LeaseKeeper
from webapp.storage.database import Database
from webapp.storage.purposes import cameras_off, find_holds
from webapp.vision.participant_picture import decode_fitted
from webapp.web.camera_switch import CameraSwitch

logger = logging.getLogger(__name__)


class CameraParts:
    """Runs cameras; `start` and `stop` them through `runtime`."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        publish: Publish,
        cameras: SetCameras,
        share: CameraShare = ALL_CAMERAS,
        leases: LeaseKeeper | None = None,
        held: Callable[[Sequence[CameraSetup]], None] = lambda setups: None,
    ) -> None:
        """Put the parts together; starts nothing.

        Args:
            settings: of the server.
            database: holds rules, alerts, history and pauses.
            publish: sends a message to every subscriber.
            cameras: those of this process at the start.
            share: what this process does of the work of all.
            leases: of a worker, which gets its cameras while it runs: `cameras` is empty then.
            held: told of the cameras that run from now on.

        Raises:
            StorageError: nobody knows which cameras are to stay off, so none is opened.
            EvenkeelError: model or detector cannot be used.
        """
        self.alerts: AlertService | None = None
        self._held, self._leases = held, leases
        self._follow: FollowLoop | None = None
        self.rooms = rooms = RoomDesk(decode_fitted)
        self.runtime = runtime = build_runtime(
            settings,
            publish,
            self._rules,
            share.cores,
            cameras.cameras,
            partial(_off, database),
            rooms,
        )
        _log_off(database, runtime)
        current, stop = runtime.camera_set.current, runtime.stopping
        runtime.add_loop("rooms", lambda: rooms.run(current, publish, stop))
        self._others: Collection[str] = cameras.others
        plan = self._alert_plan(settings, share, leases)
        self.alerts = alerts = self._add_alerts(settings, database, publish, plan, leases)
        if leases:
            self._add_sharing(database, publish, plan, alerts, leases)
        warning = ignored_warning(runtime.classes, settings.alert_emotions)
        if warning and share.is_first:
            logger.warning(warning)

    def hold(self, setups: Sequence[CameraSetup], others: Sequence[str]) -> None:
        """Run these cameras from now on, those that are new with their open alerts.

        Args:
            others: names of all other cameras that are to run; of one that this process had until
                now, another goes on with the alerts.

        Raises:
            StorageError: nobody knows which alerts are open, or which cameras are to stay off.
        """
        assert self.alerts
        running = {camera.name for camera in self.runtime.camera_set.current()}
        self._others = frozenset(others)
        gained = {setup.name for setup in setups} - running
        if gained:
            self.alerts.take_up(gained)
        self.runtime.set_cameras(setups)
        self._held(setups)

    def follow_now(self) -> None:
        """Be as the database says, at once: for a worker that is told of a change.

        Raises:
            StorageError: nobody knows what it says.
        """
        assert self._leases and self._follow
        self._leases.step()
        self._leases.hand_over(self.hold)
        self._follow.step(datetime.now(UTC))

    def _rules(self) -> Sequence[AlertRule]:
        return self.alerts.rules() if self.alerts else ()

    def _alert_plan(
        self, settings: Settings, share: CameraShare, leases: LeaseKeeper | None
    ) -> AlertPlan:
        if leases:
            return replace(
                build_alert_plan(settings),
                is_others=lambda camera: True,
                moves_on=lambda camera: camera in self._others,
                is_on_duty=leases.is_on_duty,
            )
        return replace(
            build_alert_plan(settings),
            is_others=lambda camera: not share.is_first or camera in self._others,
            is_on_duty=lambda: share.is_first,
        )

    def _add_alerts(
        self,
        settings: Settings,
        database: Database,
        publish: Publish,
        plan: AlertPlan,
        leases: LeaseKeeper | None,
    ) -> AlertService:
        """Let alerts and history live as long as the cameras."""
        runtime, stop, cameras = (
            self.runtime,
            self.runtime.stopping,
            self.runtime.camera_set.current,
        )
        token_of = leases.token_of if leases else None
        recorder = DatabaseRecorder(database, plan.policy, lambda: len(cameras()), token_of)
        alerts = AlertService(plan, cameras, runtime.classes, database, recorder, publish, stop)
        for name, loop in alerts.loops().items():
            runtime.add_loop(name, loop)
        runtime.add_loop("history", recorder.serves(HistoryLoop(cameras, recorder, stop).run))
        runtime.add_loop("recorder", recorder.run)
        keep, keep_audit = settings.retention_days, settings.audit_retention_days
        retention = RetentionLoop(database, keep, keep_audit, stop, plan.is_on_duty)
        runtime.add_loop("retention", retention.run)
        return alerts

    def _add_sharing(
        self,
        database: Database,
        publish: Publish,
        plan: AlertPlan,
        alerts: AlertService,
        leases: LeaseKeeper,
    ) -> None:
        """Let the cameras be those that this worker holds, while others hold the rest."""
        runtime, stop = self.runtime, self.runtime.stopping
        runtime.add_loop("leases", lambda: leases.run(stop))
        runtime.add_loop("held-cameras", lambda: leases.run_cameras(self.hold, stop))
        switch = CameraSwitch(database, plan.sealer)
        self._follow = FollowLoop(database, runtime, alerts, switch, plan.is_on_duty)
        runtime.add_loop("follow", self._follow.run)
        orphans = OrphanLoop(database, plan.policy, publish, plan.is_on_duty, stop)
        runtime.add_loop("orphans", orphans.run)


def _off(database: Database) -> dict[str, datetime]:
    """Return since when cameras are to be off: no other process can open one for want of asking."""
    with database.session() as work:
        return cameras_off(work, datetime.now(UTC))


def _log_off(database: Database, runtime: Runtime) -> None:
    with database.session() as work:
        holds = find_holds(work, datetime.now(UTC))
    for status in runtime.cameras():
        if hold := holds.get(status.name):
            logger.warning("camera %s stays off because %s", status.name, hold.lack)
        elif status.state == CameraState.PAUSED:
            since = status.since.isoformat()
            logger.info("camera %s stays paused, as it is since %s", status.name, since)
