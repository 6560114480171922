from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alert_text import CAUTION, alert_url, body, title
from webapp.core.alerts import Limits, Transition
from webapp.core.evidence import Evidence

RULE = AlertRule(
    1, "Anger lasts", "expression", Limits(30, 20, 15, 10), expressions=("angry", "fear")
)
FIRED = AlertChange(
    RULE, "door", Transition("a1", "firing", 1_774_746_015.0, 1_774_746_000.0, 41.6, 55.2)
)
BERLIN = ZoneInfo("Europe/Berlin")


def test_it_names_camera_expressions_value_and_since_when():
    assert title(FIRED, "Front door") == "Firing: Anger lasts (Front door)"
    assert body(FIRED, "Front door", BERLIN).splitlines() == [
        "Camera: Front door",
        "Expressions: angry, fear",
        "Indicator: 42 of 100 (peak 55)",
        "Since: 2026-03-29 03:00:00 CEST",
        CAUTION,
        "alert a1/firing",
    ]


@pytest.mark.parametrize(
    ("zone", "clock"), [("UTC", "01:00:00 UTC"), ("America/New_York", "21:00:00 EDT")]
)
def test_times_are_those_of_the_reader(zone, clock):
    assert clock in body(FIRED, "door", ZoneInfo(zone))


def test_the_end_shows_until_when_and_why():
    ended = replace(
        FIRED,
        transition=replace(FIRED.transition, change="resolved", reason="the camera was paused"),
    )
    assert title(ended, "door") == "Resolved: Anger lasts (door)"
    assert "Until: " in body(ended, "door", BERLIN)
    assert "Because the camera was paused." in body(ended, "door", BERLIN)


def test_it_says_what_to_do_and_where_to_see_more():
    advised = replace(FIRED, rule=replace(RULE, advice="Call the shift leader."))
    url = alert_url("https://example.org/watch", "a1")
    lines = body(advised, "door", BERLIN, url).splitlines()
    assert lines[1] == "What to do: Call the shift leader."
    assert lines[-2:] == ["https://example.org/watch/alerts/a1", "alert a1/firing"]
    over = replace(advised, transition=replace(advised.transition, change="resolved"))
    assert "What to do" not in body(over, "door", BERLIN)
    assert alert_url("", "a1") == ""


def test_no_data_has_no_indicator():
    lost = replace(FIRED, rule=replace(RULE, kind="no_data", name="No data"))
    assert "Indicator" not in body(lost, "door", BERLIN)
    assert CAUTION not in body(lost, "door", BERLIN)


def test_a_rule_that_counts_people_does_not_name_the_indicator():
    two = replace(FIRED, rule=replace(RULE, least_people=2))
    assert "Risen, as many as the rule asks for: 42 of 100 (peak 55)" in body(two, "door", BERLIN)


def test_it_says_what_an_alert_rests_on():
    seen = Evidence(2, 4, 0.58, 64.0, 0.4, 12.0)
    rested = replace(FIRED, transition=replace(FIRED.transition, evidence=seen))
    assert (
        "Rests on: 2 of 4 people, 58 % of the way from their rest, for 15 s; "
        "faces 64 px high, turned by 12°, sharp"
    ) in body(rested, "door", BERLIN).splitlines()
