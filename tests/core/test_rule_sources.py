from webapp.core.rule_sources import (
    ADMIN_PAGE,
    BUILT_IN,
    UnusedSetting,
    unused_settings,
    value_sources,
)

SEED = {"name": "Anger lasts", "enter": 17.0, "exit": 12.0, "cooldown_s": 300.0}
FOR_ANGER = {
    "expressions": "[]",
    "hold_s": 15.0,
    "clear_s": 10.0,
    "least_people": 0,
    "least_share": 0.0,
    "min_faces": 1,
    "min_confidence": 0.0,
    "schedule": "",
}


def test_each_value_shows_where_it_comes_from():
    values = SEED | {"enter": 25.0}
    assert value_sources("expression", values, SEED) == {
        "name": BUILT_IN,
        "enter": ADMIN_PAGE,
        "exit": "ALERT_EXIT",
        "cooldown_s": "ALERT_COOLDOWN_S",
    }
    assert value_sources("no_data", values, SEED)["exit"] == BUILT_IN
    assert set(value_sources("expression", values, None).values()) == {ADMIN_PAGE}


def unused(values, now):
    whole = SEED | FOR_ANGER
    return unused_settings("expression", whole | values, whole, whole | now)


def test_a_setting_that_was_changed_later_is_unused():
    assert unused({}, {}) == []
    assert unused({"enter": 25.0}, {}) == []
    assert unused({}, {"enter": 40.0}) == [UnusedSetting("ALERT_ENTER", 40.0, 17.0)]
    assert unused({"enter": 25.0}, {"enter": 40.0}) == [UnusedSetting("ALERT_ENTER", 40.0, 25.0)]


def test_a_setting_that_says_what_the_rule_has_is_no_news():
    assert unused({"enter": 40.0}, {"enter": 40.0}) == []
    assert unused({}, {"name": "angry lasts"}) == [], "no setting"
