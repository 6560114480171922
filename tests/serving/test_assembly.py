from dataclasses import replace

import pytest

from webapp.config import Settings
from webapp.core.errors import ConfigError
from webapp.core.schedule import parse_schedule
from webapp.serving.assembly import build_job_plan, build_runtime
from webapp.serving.first_rules import no_data_rule
from webapp.vision.classifier import ExpressionClassifier


def test_no_data_keeps_to_the_cooldown_and_the_schedule_of_the_settings():
    schedule = parse_schedule("mon-fri 06:00-14:00")
    settings = replace(Settings(), alert_cooldown_s=120.0, alert_schedule=schedule)
    rule = no_data_rule(settings)
    assert (rule.kind, rule.cooldown_s, rule.schedule) == ("no_data", 120.0, schedule)


def test_one_known_alert_expression_is_enough():
    settings = replace(Settings(), alert_emotions=("boredom", "angry"))
    runtime = build_runtime(settings, publish=lambda message: None)
    assert runtime.classes[0] == "angry"
    assert runtime.alert_emotions == ("angry",)
    with pytest.raises(ConfigError, match="ALERT_EMOTIONS"):
        build_runtime(replace(settings, alert_emotions=("boredom",)), lambda message: None)


def test_cameras_share_a_network_that_uploads_never_hold(monkeypatch):
    monkeypatch.setattr(ExpressionClassifier, "load", lambda _folder: object())
    runtime = build_runtime(Settings(), publish=lambda message: None)
    plan = build_job_plan(Settings(), rule=lambda: None, report_status=lambda owner, status: None)
    plans = [runtime._plan_camera(name, "demo") for name in ("a", "b")]
    cameras = [camera.load_models() for camera in plans]
    assert cameras[0].classifier is cameras[1].classifier
    assert plan.load_models().classifier is not cameras[0].classifier
