"""Cameras, alerts and the reading of files beside the pages, in one process: for tests."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import Flask

from webapp.bus.process_messages import SetCameras
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.serving.assembly import build_job_plan
from webapp.serving.camera_parts import CameraParts
from webapp.serving.expression_rule import expression_rule, rule_to_try
from webapp.storage.cameras import enabled_cameras, seed_cameras
from webapp.uploads.runner import JobRunner
from webapp.web.services import services_of


def start_runtime(app: Flask, settings: Settings) -> Runtime:
    """Start the cameras and let the pages see them.

    Raises:
        StorageError: nobody knows which cameras are to stay off, so none is opened.
    """
    services = services_of(app)
    with services.database.session() as work:
        seed_cameras(work, settings.cameras, services.sealer, datetime.now(UTC))
        cameras = SetCameras(tuple(enabled_cameras(work, services.sealer)))
    parts = CameraParts(settings, services.database, services.publish, cameras)
    runtime, alerts = parts.runtime, parts.alerts
    services.runtime, services.alerts, services.rooms = runtime, alerts, parts.rooms

    def rule() -> AlertRule:
        watched = replace(settings, alert_emotions=runtime.alert_emotions)
        return rule_to_try(services.rules(), runtime.classes, expression_rule(watched))

    jobs = JobRunner(build_job_plan(settings, rule, services.sockets.publish_to), runtime.stopping)
    services.analysis = jobs
    runtime.add_loop("analyse", jobs.run)
    runtime.add_loop("sign-ins", lambda: services.connections.run(runtime.stopping))
    runtime.add_loop("watching", lambda: services.watching.run(runtime.stopping))
    runtime.add_loop("pauses", lambda: services.switch.run(runtime, runtime.stopping))
    runtime.start()
    return runtime


def stop_runtime(app: Flask) -> None:
    """Stop the cameras of an app, if it has any."""
    runtime = services_of(app).runtime
    if isinstance(runtime, Runtime):
        runtime.stop()
        services_of(app).watching.finish()
