"""The cameras of one process, their alerts and their history, put together."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from webapp.alerting.service import AlertService
from webapp.bus.process_messages import SetCameras
from webapp.cameras.rooms import RoomDesk
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.core.camera_state import CameraState
from webapp.core.messages import Publish
from webapp.recording.history_loop import HistoryLoop
from webapp.recording.recorder import DatabaseRecorder
from webapp.recording.retention import RetentionLoop
from webapp.serving.alert_plan import build_alert_plan
from webapp.serving.assembly import build_runtime
from webapp.serving.camera_share import ALL_CAMERAS, CameraShare
from webapp.serving.expression_rule import ignored_warning
from webapp.storage.database import Database
from webapp.storage.purposes import cameras_off, find_holds
from webapp.vision.participant_picture import decode_fitted

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
    ) -> None:
        """Put the parts together; starts nothing.

        Args:
            settings: of the server.
            database: holds rules, alerts, history and pauses.
            publish: sends a message to every subscriber.
            cameras: those of this process at the start.
            share: what this process does of the work of all.

        Raises:
            StorageError: nobody knows which cameras are to stay off, so none is opened.
            EvenkeelError: model or detector cannot be used.
        """
        self.alerts: AlertService | None = None
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
        self.alerts = _add_alerts(settings, database, publish, runtime, share, cameras.others)
        warning = ignored_warning(runtime.classes, settings.alert_emotions)
        if warning and share.is_first:
            logger.warning(warning)

    def _rules(self) -> Sequence[AlertRule]:
        return self.alerts.rules() if self.alerts else ()


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


def _add_alerts(
    settings: Settings,
    database: Database,
    publish: Publish,
    runtime: Runtime,
    share: CameraShare,
    others: Collection[str],
) -> AlertService:
    """Let alerts and history live as long as the cameras."""
    stop, cameras = runtime.stopping, runtime.camera_set.current
    plan = replace(
        build_alert_plan(settings),
        is_others=lambda camera: not share.is_first or camera in others,
        sends=share.is_first,
    )
    recorder = DatabaseRecorder(database, plan.policy, lambda: len(cameras()))
    alerts = AlertService(plan, cameras, runtime.classes, database, recorder, publish, stop)
    for name, loop in alerts.loops().items():
        runtime.add_loop(name, loop)
    runtime.add_loop("history", recorder.serves(HistoryLoop(cameras, recorder, stop).run))
    runtime.add_loop("recorder", recorder.run)
    if share.is_first:
        retention = RetentionLoop(
            database, settings.retention_days, settings.audit_retention_days, stop
        )
        runtime.add_loop("retention", retention.run)
    return alerts
