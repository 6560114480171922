from dataclasses import replace

import pytest

from webapp.assembly import _first_camera, build_runtime
from webapp.config import Settings, parse_cameras
from webapp.core.errors import ConfigError


@pytest.mark.parametrize(
    ("cameras", "is_offered"),
    [
        ("demo", True),
        ("a=demo,b=demo", True),
        ("door=0", False),
        ("hall=rtsp://camera/s", False),
        ("a=demo,door=0", False),
    ],
)
def test_camera_0_is_touched_only_beside_the_demo(cameras, is_offered):
    assert (_first_camera(parse_cameras(cameras)) is not None) == is_offered


def test_one_known_alert_expression_is_enough():
    settings = replace(Settings(), alert_emotions=("boredom", "angry"))
    runtime = build_runtime(settings, publish=lambda event, payload: None)
    assert runtime.classes[0] == "angry"
    assert runtime.alert_emotions == ("angry",)
    with pytest.raises(ConfigError, match="ALERT_EMOTIONS"):
        build_runtime(replace(settings, alert_emotions=("boredom",)), lambda event, payload: None)
