from webapp.core.alert_rules import RuleKind
from webapp.core.played_alert import LASTS_S, PLAYED, PlayedAlerts


def test_it_fires_at_the_next_step_and_ends_by_itself():
    played = PlayedAlerts()
    assert played.step(100.0) == []
    played.ask("a1", "door")
    (fired,) = played.step(101.0)
    assert (fired.camera, fired.rule.kind, fired.transition.change) == (
        *("door", RuleKind.TEST, "firing"),
    )
    assert played.step(101.0 + LASTS_S - 0.1) == []
    (ended,) = played.step(101.0 + LASTS_S)
    assert (ended.transition.change, ended.transition.reason) == ("resolved", PLAYED)
    assert ended.transition.since_s == fired.transition.since_s
    assert played.step(200.0) == []


def test_a_clock_that_is_set_back_ends_it():
    played = PlayedAlerts()
    played.ask("a1", "door")
    played.step(101.0)
    assert [each.transition.change for each in played.step(50.0)] == ["resolved"]
