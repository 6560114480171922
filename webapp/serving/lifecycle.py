"""What happens before, at and after the life of a serving process."""

import gc
import logging
import sys
from dataclasses import replace
from datetime import datetime
from functools import partial

from flask import Flask

from webapp.alerting.service import AlertService
from webapp.app import create_app
from webapp.cameras.camera import CameraPipeline
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.recording.history_loop import HistoryLoop
from webapp.recording.recorder import DatabaseRecorder
from webapp.recording.retention import RetentionLoop
from webapp.serving.assembly import (
    SharedClassifier,
    build_alert_plan,
    build_desk_plan,
    build_runtime,
)
from webapp.serving.expression_rule import expression_rule, ignored_warning, rule_to_try
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.pauses import paused_cameras
from webapp.uploads.runner import JobDesk
from webapp.web.live.sockets import SOCKETS
from webapp.web.services import ALERTS, ANALYSIS, DATABASE, RUNTIME, utc_now

logger = logging.getLogger(__name__)


def prepare(settings: Settings) -> None:
    """Refuse what cannot work, before any worker starts, and make the first admin.

    Raises:
        EvenkeelError: address, model, detector, alert expressions or database cannot be used.
    """
    create_app(settings).extensions[DATABASE].close()
    build_alert_plan(settings)
    build_runtime(settings, publish=lambda message: None)
    database = Database(settings.database_url)
    try:
        ensure_first_admin(
            database, settings.instance_dir, settings.admin_password, sys.stdout, utc_now()
        )
        _paused_cameras(database)
    finally:
        database.close()


def start_runtime(app: Flask, settings: Settings) -> Runtime:
    """Start the cameras, let the pages see them, and tell which alert expressions are ignored.

    Raises:
        StorageError: nobody knows which cameras are to stay paused, so none is opened.
    """
    classifier = SharedClassifier(settings.model_dir)
    runtime = build_runtime(settings, app.extensions[SOCKETS].publish, classifier)
    _keep_paused(runtime, app.extensions[DATABASE])
    app.extensions[RUNTIME] = runtime
    runtime.add_loop("sign-ins", partial(app.extensions[SOCKETS].watch_sign_ins, runtime.stopping))
    alerts = app.extensions[ALERTS] = _add_alerts(app, settings, runtime)
    app.extensions[ANALYSIS] = _add_analysis(app, settings, runtime, classifier, alerts)
    runtime.start()
    _warn_of_ignored(runtime, settings.alert_emotions)
    logger.info("watching %s", ", ".join(runtime.pipelines))
    return runtime


def spare_collections() -> None:
    """Leave what lives as long as the process out of every garbage collection from now on.

    A full one looked at all that was imported and loaded, for 80 ms on two slow cores, and an
    answer that reads thousands of rows of history causes one.
    """
    gc.collect()
    gc.freeze()


def _keep_paused(runtime: Runtime, database: Database) -> None:
    for camera, since in _paused_cameras(database).items():
        if camera in runtime.pipelines:
            runtime.pause(camera, since)
            logger.info("camera %s stays paused, as it is since %s", camera, since.isoformat())


def _paused_cameras(database: Database) -> dict[str, datetime]:
    with database.session() as work:
        return paused_cameras(work)


def _warn_of_ignored(runtime: Runtime, wanted: tuple[str, ...]) -> None:
    warning = ignored_warning(runtime.classes, wanted)
    if warning:
        logger.warning(warning)


def _add_alerts(app: Flask, settings: Settings, runtime: Runtime) -> AlertService:
    """Let alerts and history live as long as the cameras."""
    database, stop = app.extensions[DATABASE], runtime.stopping
    plan = build_alert_plan(settings)

    def cameras() -> list[CameraPipeline]:
        return list(runtime.pipelines.values())

    recorder = DatabaseRecorder(database, plan.policy, lambda: len(cameras()))
    alerts = AlertService(
        plan,
        cameras,
        runtime.classes,
        database,
        recorder,
        app.extensions[SOCKETS].publish,
        stop,
    )
    for name, loop in alerts.loops().items():
        runtime.add_loop(name, loop)
    runtime.add_loop("history", recorder.serves(HistoryLoop(cameras, recorder, stop).run))
    runtime.add_loop("recorder", recorder.run)
    retention = RetentionLoop(database, settings.retention_days, stop)
    runtime.add_loop("retention", retention.run)
    return alerts


def _add_analysis(
    app: Flask,
    settings: Settings,
    runtime: Runtime,
    classifier: SharedClassifier,
    alerts: AlertService,
) -> JobDesk:
    """Let pictures and videos be read beside the cameras."""

    def rule() -> AlertRule:
        watched = replace(settings, alert_emotions=runtime.alert_emotions)
        return rule_to_try(alerts.rules(), runtime.classes, expression_rule(watched))

    publish_to = app.extensions[SOCKETS].publish_to
    desk = JobDesk(build_desk_plan(settings, classifier, rule, publish_to), runtime.stopping)
    runtime.add_loop("analyse", desk.run)
    return desk


def request_stop(app: Flask) -> None:
    """End streams and Socket.IO connections, which would hold their threads for ever."""
    app.extensions[RUNTIME].request_stop()
    app.extensions[SOCKETS].disconnect_all()


def stop_runtime(app: Flask) -> None:
    """Stop the cameras of an app, if it has any."""
    runtime = app.extensions.get(RUNTIME)
    if runtime is not None:
        runtime.stop()
