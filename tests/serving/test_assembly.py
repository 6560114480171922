from dataclasses import replace

import pytest

from webapp.config import Settings
from webapp.core.errors import ConfigError
from webapp.core.schedule import parse_schedule
from webapp.serving.assembly import build_runtime, no_data_rule


def test_no_data_keeps_to_the_cooldown_and_the_schedule_of_the_settings():
    schedule = parse_schedule("mon-fri 06:00-14:00")
    settings = replace(Settings(), alert_cooldown_s=120.0, alert_schedule=schedule)
    rule = no_data_rule(settings)
    assert (rule.kind, rule.cooldown_s, rule.schedule) == ("no_data", 120.0, schedule)


def test_one_known_alert_expression_is_enough():
    settings = replace(Settings(), alert_emotions=("boredom", "angry"))
    runtime = build_runtime(settings, publish=lambda event, payload: None)
    assert runtime.classes[0] == "angry"
    assert runtime.alert_emotions == ("angry",)
    with pytest.raises(ConfigError, match="ALERT_EMOTIONS"):
        build_runtime(replace(settings, alert_emotions=("boredom",)), lambda event, payload: None)
