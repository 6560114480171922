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
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.core.jobs import JobStatus
from webapp.recording.retention import RetentionLoop
from webapp.serving.assembly import (
    build_alert_plan,
    build_job_plan,
    build_runtime,
)
from webapp.serving.expression_rule import expression_rule, ignored_warning, rule_to_try
from webapp.storage.database import Database
from webapp.storage.first_admin import ensure_first_admin
from webapp.storage.pauses import paused_cameras
from webapp.uploads.runner import JobRunner
from webapp.web.live.sockets import SOCKETS
from webapp.web.services import ALERTS, ANALYSIS, DATABASE, RUNTIME, utc_now

logger = logging.getLogger(__name__)


def prepare(settings: Settings) -> None:
    """Refuse what cannot work, before any worker starts, and make the first admin.

    Raises:
        EvenkeelError: address, model, detector, alert expressions or database cannot be used.
    """
    services_of(create_app(settings)).database.close()
    build_alert_plan(settings)
    build_runtime(settings, publish=lambda event, payload: None)
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
    runtime = build_runtime(settings, services.sockets.publish)
    _keep_paused(runtime, services.database)
    app.extensions[RUNTIME] = runtime
    runtime.add_loop("sign-ins", partial(services.sockets.watch_sign_ins, runtime.stopping))
    alerts = app.extensions[ALERTS] = _add_alerts(app, settings, runtime)
    app.extensions[ANALYSIS] = _add_analysis(app, settings, runtime, alerts)
    runtime.start()
    _warn_of_ignored(runtime, settings.alert_emotions)
    logger.info("watching %s", ", ".join(status.name for status in runtime.cameras()))
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
        if camera in {status.name for status in runtime.cameras()}:
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
    alerts = AlertService(
        build_alert_plan(settings),
        runtime.camera_set.current(),
        runtime.classes,
        services.database,
        services.sockets.publish,
        runtime.stopping,
    )
    for name, loop in alerts.loops().items():
        runtime.add_loop(name, loop)
    retention = RetentionLoop(services.database, settings.retention_days, runtime.stopping)
    runtime.add_loop("retention", retention.run)
    return alerts


def _add_analysis(
    app: Flask,
    settings: Settings,
    runtime: Runtime,
    alerts: AlertService,
) -> JobRunner:
    """Let pictures and videos be read beside the cameras."""
    sockets = services.sockets

    def tell(owner: int, status: JobStatus) -> None:
        sockets.publish_to(owner, "analysis", status.as_event())

    def rule() -> AlertRule:
        watched = replace(settings, alert_emotions=runtime.alert_emotions)
        return rule_to_try(alerts.rules(), runtime.classes, expression_rule(watched))

    desk = JobRunner(build_job_plan(settings, rule, tell), runtime.stopping)
    runtime.add_loop("analyse", desk.run)
    return desk


def request_stop(app: Flask) -> None:
    """End streams and Socket.IO connections, which would hold their threads for ever."""
    app.extensions[RUNTIME].request_stop()
    services.sockets.disconnect_all()


def stop_runtime(app: Flask) -> None:
    """Stop the cameras of an app, if it has any."""
    runtime = app.extensions.get(RUNTIME)
    if runtime is not None:
        runtime.stop()
