import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.alerting.fakes import CLASSES, FakeCamera
from tests.alerting.test_watch import ANGER, NO_DATA
from tests.patience import PATIENCE_S
from tests.receivers import SEALER
from webapp.alerting.service import AlertPlan, AlertService
from webapp.alerting.targets import parse_targets
from webapp.alerting.transport import DeliveryError
from webapp.core.alerts import Limits
from webapp.core.errors import SealError
from webapp.core.limit_proposal import would_fire
from webapp.core.played_alert import LASTS_S, PLAYED
from webapp.core.process_report import FiredAlerts, Outcome
from webapp.recording.recorder import DatabaseRecorder
from webapp.storage.alerts import find_alert, list_alerts
from webapp.storage.answers import courses_of
from webapp.storage.rules import list_rules, save_rule
from webapp.storage.sealing import Sealer

NOW_S = 1_790_000_000.0
PLAN = AlertPlan([replace(ANGER, id=0), replace(NO_DATA, id=0)], (), 0.0, UTC, SEALER)

ANGER_OR_FEAR = replace(ANGER, id=0, expressions=("angry", "fear"))
BLIND_PLAN = replace(PLAN, seed=[ANGER_OR_FEAR, replace(NO_DATA, id=0)])


class Life:
    """One process: a service over the test's database, stepped by hand."""

    def __init__(self, database, plan=PLAN, cameras=None, classes=CLASSES) -> None:
        self.events = []
        self.camera = FakeCamera()
        self.recorder = DatabaseRecorder(database, plan.policy)
        self.service = AlertService(
            plan,
            lambda: [self.camera] if cameras is None else cameras,
            classes,
            database,
            self.recorder,
            self.events.append,
            threading.Event(),
        )

    def sees(self, angry: float, start_s: float, seconds: int) -> "Life":
        for second in range(seconds):
            self.camera.sees(angry)
            self.service._watch.step(start_s + second, start_s + second)
        return self.wrote()

    def wrote(self) -> "Life":
        assert self.recorder.write_waiting()
        return self


def a_worker(database, camera):
    """Return a process whose cameras come and go, and stay watched by somebody."""
    plan = replace(PLAN, is_others=lambda camera: True, moves_on=lambda camera: True)
    cameras: list[FakeCamera] = []
    life = Life(database, plan, cameras)
    life.camera = camera
    return life, cameras


def alerts(database):
    with database.session() as session:
        return list_alerts(session)


def stored_events(database, alert_id):
    with database.session() as session:
        return find_alert(session, alert_id).events


def test_an_alert_goes_on_after_a_restart_with_its_start(database):
    Life(database).sees(0.9, NOW_S, 4)
    (before,) = alerts(database)
    later = Life(database)
    assert [alert.id for alert in later.service.live()] == [before.id]
    assert later.service.work().fired == (), "it fired in the process before"
    later.sees(0.9, NOW_S + 60, 3)
    later.sees(0.0, NOW_S + 63, 3)
    (after,) = alerts(database)
    assert (after.id, after.since, after.phase) == (before.id, before.since, "resolved")
    assert later.service.live() == []
    with database.session() as session:
        course = courses_of(session, [after.id])[after.id]
    # Until it fired, what nobody saw, until it was over.
    assert course.until_s[:2] == (2.0, 60.0)
    assert course.lowest == (90, None, 90, 0)
    assert would_fire(course, ANGER.limits)


def test_an_alert_goes_on_with_the_worker_that_takes_its_camera_over(database):
    camera = FakeCamera()
    first, of_first = a_worker(database, camera)
    second, of_second = a_worker(database, camera)
    of_first.append(camera)
    first.sees(0.9, NOW_S, 4)
    (before,) = alerts(database)
    of_first.clear()
    first.sees(0.9, NOW_S + 4, 1)
    assert [event.state for event in first.events] == ["pending", "firing"]
    assert first.service.live() == []
    second.service.take_up({"door"})
    second.sees(0.9, NOW_S + 5, 1)
    assert [alert.id for alert in second.service.live()] == [before.id]
    of_second.append(camera)
    camera.revision += 1
    second.sees(0.9, NOW_S + 6, 3)
    assert second.events == []
    # It comes and goes so fast that nobody looked meanwhile.
    second.service.take_up({"door"})
    camera.revision += 1
    second.sees(0.9, NOW_S + 9, 3).sees(0.0, NOW_S + 12, 3)
    (after,) = alerts(database)
    assert (after.id, after.since, after.phase) == (before.id, before.since, "resolved")
    assert [event.change for event in stored_events(database, after.id)] == [
        "firing",
        "recovering",
        "resolved",
    ]


def test_an_alert_whose_rule_went_while_nobody_held_its_camera_is_closed_at_the_take_over(database):
    camera = FakeCamera()
    first, of_first = a_worker(database, camera)
    of_first.append(camera)
    first.sees(0.9, NOW_S, 4)
    with database.session() as session:
        rule = list_rules(session)[0].rule
        save_rule(session, replace(rule, is_enabled=False), "mira", datetime.now(UTC))
    second, _ = a_worker(database, camera)
    second.service.take_up({"door"})
    second.wrote()
    (alert,) = alerts(database)
    assert (alert.phase, alert.reason) == ("resolved", "the rule was changed or removed")


def test_each_alert_that_fires_is_counted_once_and_what_waits_is_said(database):
    life = Life(database).sees(0.9, NOW_S, 4).sees(0.0, NOW_S + 4, 1).sees(0.9, NOW_S + 5, 1)
    life.service._count(Outcome.DELIVERED)
    life.recorder.add_history("door", None)
    work = life.service.work()
    assert work.fired == (FiredAlerts("door", ANGER.kind, 1),)
    assert work.deliveries == {"delivered": 1, "failed": 0, "given_up": 0}
    assert (work.waiting_changes, work.waiting_rows, work.dropped_rows) == (0, 1, 0)


def test_an_alert_of_a_rule_that_counts_people_says_so_after_a_restart_too(database):
    plan = replace(PLAN, seed=[replace(ANGER, id=0, least_people=1)])
    before, after = Life(database, plan).sees(0.9, NOW_S, 4), Life(database, plan)
    for life in (before, after):
        assert [alert.counts_people for alert in life.service.live()] == [True]


def test_an_alert_of_a_camera_that_is_gone_is_closed(database):
    Life(database).sees(0.9, NOW_S, 4)
    Life(database, cameras=[]).wrote()
    (alert,) = alerts(database)
    assert (alert.phase, alert.reason) == ("resolved", "the camera was removed")


def test_an_alert_of_a_rule_that_no_longer_holds_is_closed(database):
    Life(database).sees(0.9, NOW_S, 4)
    with database.session() as session:
        rule = list_rules(session)[0].rule
        save_rule(session, replace(rule, is_enabled=False), "mira", datetime.now(UTC))
    Life(database).wrote()
    (alert,) = alerts(database)
    assert (alert.phase, alert.reason) == ("resolved", "the rule was changed or removed")


def logged_at_start(database, caplog, classes):
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        Life(database, BLIND_PLAN, classes=classes)
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_a_stored_rule_that_another_model_makes_blind_is_logged(database, caplog):
    Life(database, BLIND_PLAN)
    assert logged_at_start(database, caplog, ("fear", "angry")) == []
    (warned,) = logged_at_start(database, caplog, ("angry", "happy"))
    assert warned == (
        "WARNING",
        "rule “Anger lasts”: the model knows angry, happy; ignored: fear",
    )
    ((level, text),) = logged_at_start(database, caplog, ("happy", "sad"))
    assert level == "ERROR"
    assert text.startswith(
        "rule “Anger lasts” can never fire: it watches angry, fear, and the model knows happy, "
        "sad. Edit it on /admin"
    )
    with database.session() as session:
        rule = list_rules(session)[0].rule
        save_rule(session, replace(rule, is_enabled=False), "mira", datetime.now(UTC))
    assert logged_at_start(database, caplog, ("happy", "sad")) == []


def test_a_setting_changed_after_the_first_start_is_logged(database, caplog):
    Life(database)
    with caplog.at_level(logging.WARNING):
        Life(database)
        assert caplog.messages == []
        later = replace(ANGER, id=0, limits=Limits(45, 20, 2, 1))
        Life(database, replace(PLAN, seed=[later, replace(NO_DATA, id=0)]))
    (warned,) = caplog.messages
    assert warned == (
        "ALERT_ENTER says 45 and is not used: the database holds the rules since the first "
        "start, and “Anger lasts” has 30.0 there. Edit it on /admin."
    )


def test_edited_rules_hold_from_the_next_look_and_survive_a_restart(database):
    life = Life(database).sees(0.9, NOW_S, 4)
    with database.session() as session:
        rule = list_rules(session)[0].rule
        save_rule(session, replace(rule, limits=Limits(95, 94, 2, 1)), "mira", datetime.now(UTC))
    life.service.rules_changed()
    life.sees(0.9, NOW_S + 4, 9)
    Life(database).sees(0.9, NOW_S + 60, 9)
    assert [alert.phase for alert in alerts(database)] == ["resolved"]


def test_of_two_edits_at_once_the_last_saved_is_watched(database):
    """Who read the rules before the other saved must not be the last to hand them over."""
    life = Life(database)
    read, may_go_on = threading.Event(), threading.Event()
    of_database = life.service._stored_rules

    def slow_rules():
        rules = of_database()
        if not read.is_set():
            read.set()
            may_go_on.wait(PATIENCE_S)
        return rules

    life.service._stored_rules = slow_rules
    first = threading.Thread(target=life.service.rules_changed)
    first.start()
    assert read.wait(PATIENCE_S)
    with database.session() as session:
        save_rule(session, replace(ANGER, id=0, name="Late"), "mira", datetime.now(UTC))
    second = threading.Thread(target=life.service.rules_changed)
    second.start()
    may_go_on.set()
    first.join(PATIENCE_S)
    second.join(PATIENCE_S)
    life.sees(0.0, NOW_S, 1)
    assert [rule.name for rule in life.service.rules()] == ["Anger lasts", "No data", "Late"]


def test_pending_and_open_alerts_are_listed_newest_first(database):
    life = Life(database).sees(0.9, NOW_S, 1)
    assert [alert.state for alert in life.service.live()] == ["pending"]
    life.sees(0.9, NOW_S + 1, 2)
    assert [alert.state for alert in life.service.live()] == ["firing"]


def test_an_open_alert_is_listed_as_it_stands_and_keeps_its_peak_when_killed(database):
    life = Life(database).sees(0.4, NOW_S, 4).sees(0.8, NOW_S + 4, 12).sees(0.6, NOW_S + 16, 1)
    (alert,) = life.service.live()
    assert (alert.value, alert.peak) == (60.0, 80.0)
    (alert,) = Life(database).service.live()
    assert alert.peak == 80.0


def test_a_played_alert_goes_the_whole_way_and_ends_by_itself(database):
    life = Life(database)
    alert_id = life.service.play_test("hall")
    life.sees(0.0, NOW_S, 2)
    (live,) = life.service.live()
    assert (live.id, live.kind, live.camera, live.state) == (alert_id, "test", "hall", "firing")
    life.sees(0.0, NOW_S + LASTS_S, 1)
    assert [event.state for event in life.events] == ["firing", "resolved"]
    (stored,) = alerts(database)
    assert (stored.rule_name, stored.phase, stored.reason) == ("Test alert", "resolved", PLAYED)
    assert life.service.live() == []


@pytest.mark.parametrize(("sends", "phase"), [(True, "resolved"), (False, "firing")])
def test_the_process_that_sends_ends_the_test_that_a_killed_one_left(sends, phase, database):
    life = Life(database)
    life.service.play_test("hall")
    life.sees(0.0, NOW_S, 1)
    later = Life(database, replace(PLAN, is_on_duty=lambda: sends)).wrote()
    assert [alert.phase for alert in alerts(database)] == [phase]
    assert later.service.live() == []


def test_receivers_are_named_and_tried_without_their_credentials(database):
    targets = parse_targets(["json://mira:secret@127.0.0.1:9/"])
    plan = replace(PLAN, targets=targets)
    service = Life(database, plan).service
    (receiver,) = service.receivers()
    assert receiver.label == "json://127.0.0.1"
    with pytest.raises(DeliveryError) as caught:
        service.send_test(receiver.key)
    assert "secret" not in f"{caught.value}{receiver}{plan}"
    with pytest.raises(KeyError):
        service.send_test("unknown")
    with_another_key = replace(plan, sealer=Sealer("another secret key"))
    service = Life(database, with_another_key).service
    assert service.receivers() == [receiver]
    with pytest.raises(SealError, match="enter it again"):
        service.send_test(receiver.key)


def test_its_threads_end_in_order_and_lose_nothing(database):
    stop = threading.Event()
    recorder = DatabaseRecorder(database, PLAN.policy)
    service = AlertService(
        PLAN, lambda: [FakeCamera()], CLASSES, database, recorder, lambda _: None, stop
    )
    loops = [*service.loops().values(), recorder.run]
    threads = [threading.Thread(target=run) for run in loops]
    for thread in threads:
        thread.start()
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert service.trouble() == ""
