from dataclasses import replace

import pytest

from webapp.config import Settings
from webapp.core.camera_list import CameraSource
from webapp.core.camera_setup import as_setup
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


@pytest.mark.parametrize(("camera_count", "at_once", "sets"), [(1, 4, 1), (3, 2, 2), (3, 4, 3)])
def test_cameras_share_models_that_uploads_never_hold(monkeypatch, camera_count, at_once, sets):
    loaded = []
    monkeypatch.setattr(ExpressionClassifier, "load", lambda _folder: loaded.append(object()))
    cameras = tuple(CameraSource(f"camera-{k}", "demo") for k in range(camera_count))
    settings = replace(Settings(), cameras=cameras)
    runtime = build_runtime(settings, publish=lambda message: None, at_once=at_once)
    shared = {runtime._plan_camera(as_setup(camera)).load_models() for camera in cameras}
    assert (len(shared), len(loaded)) == (1, sets)
    plan = build_job_plan(settings, rule=lambda: None, report_status=lambda owner, status: None)
    plan.load_models()
    assert len(loaded) == sets + 1
