"""What happens before, at and after the life of a serving process."""

import gc
import logging
import sys
from dataclasses import replace
from datetime import datetime

from flask import Flask

from webapp.alerting.service import AlertService
from webapp.app import create_app
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.recording.history_loop import HistoryLoop
from webapp.recording.recorder import DatabaseRecorder
from webapp.recording.retention import RetentionLoop
from webapp.serving.assembly import build_alert_plan, build_job_plan, build_runtime
from webapp.serving.expression_rule import expression_rule, ignored_warning, rule_to_try
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.pauses import paused_cameras
from webapp.storage.private_files import keep_database_private, keep_folder_private
from webapp.storage.upgrade import refuse_newer
from webapp.uploads.runner import JobRunner
from webapp.web.services import Services, services_of, utc_now

logger = logging.getLogger(__name__)


def prepare(settings: Settings) -> None:
    """Refuse what cannot work, before any worker starts, and make the first admin.

    Raises:
        EvenkeelError: address, model, detector, alert expressions, instance folder or database
            cannot be used.
    """
    keep_folder_private(settings.instance_dir)
    services_of(create_app(settings)).database.close()
    keep_database_private(settings.database_url)
    build_alert_plan(settings)
    build_runtime(settings, publish=lambda message: None)
    database = Database(settings.database_url)
    try:
        with database.session() as work:
            refuse_newer(work)
        ensure_first_admin(
            database, settings.instance_dir, settings.admin_password, sys.stdout, utc_now()
        )
        _paused_cameras(database)
    finally:
        database.close()


def start_runtime(app: Flask, settings: Settings) -> Runtime:
    """Start the cameras, let the pages see them, and log which alert expressions are ignored.

    Raises:
        StorageError: nobody knows which cameras are to stay paused, so none is opened.
    """
    services = services_of(app)
    runtime = build_runtime(settings, services.sockets.publish, services.rules)
    names = {status.name for status in runtime.cameras()}
    for camera, since in _paused_cameras(services.database).items():
        if camera in names:
            runtime.pause(camera, since)
            logger.info("camera %s stays paused, as it is since %s", camera, since.isoformat())
    services.runtime = runtime
    runtime.add_loop("sign-ins", lambda: services.connections.run(runtime.stopping))
    services.alerts = alerts = _add_alerts(services, settings, runtime)
    services.analysis = _add_analysis(services, settings, runtime, alerts)
    runtime.start()
    warning = ignored_warning(runtime.classes, settings.alert_emotions)
    if warning:
        logger.warning(warning)
    logger.info("watching %s", ", ".join(status.name for status in runtime.cameras()))
    return runtime


def spare_collections() -> None:
    """Leave what lives as long as the process out of every garbage collection from now on.

    A full one went through all that was imported and loaded, for 80 ms on two slow cores, and an
    answer that reads thousands of rows of history causes one.
    """
    gc.collect()
    gc.freeze()


def request_stop(app: Flask) -> None:
    """End streams and Socket.IO connections, which would hold their threads for ever."""
    services = services_of(app)
    if services.runtime is not None:
        services.runtime.request_stop()
    services.sockets.transports.close_all()


def stop_runtime(app: Flask) -> None:
    """Stop the cameras of an app, if it has any."""
    runtime = services_of(app).runtime
    if isinstance(runtime, Runtime):
        runtime.stop()


def _paused_cameras(database: Database) -> dict[str, datetime]:
    with database.session() as work:
        return paused_cameras(work)


def _add_alerts(services: Services, settings: Settings, runtime: Runtime) -> AlertService:
    """Let alerts and history live as long as the cameras."""
    database, stop, cameras = services.database, runtime.stopping, runtime.camera_set.current
    plan = build_alert_plan(settings)
    recorder = DatabaseRecorder(database, plan.policy, lambda: len(cameras()))
    alerts = AlertService(
        plan, cameras, runtime.classes, database, recorder, services.sockets.publish, stop
    )
    for name, loop in alerts.loops().items():
        runtime.add_loop(name, loop)
    runtime.add_loop("history", recorder.serves(HistoryLoop(cameras, recorder, stop).run))
    runtime.add_loop("recorder", recorder.run)
    runtime.add_loop("retention", RetentionLoop(database, settings.retention_days, stop).run)
    return alerts


def _add_analysis(
    services: Services, settings: Settings, runtime: Runtime, alerts: AlertService
) -> JobRunner:
    """Let pictures and videos be read beside the cameras."""

    def rule() -> AlertRule:
        watched = replace(settings, alert_emotions=runtime.alert_emotions)
        return rule_to_try(alerts.rules(), runtime.classes, expression_rule(watched))

    plan = build_job_plan(settings, rule, services.sockets.publish_to)
    runner = JobRunner(plan, runtime.stopping)
    runtime.add_loop("analyse", runner.run)
    return runner
