import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.patience import PATIENCE_S
from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import AlertState, Limits, Transition
from webapp.core.evidence import NO_EVIDENCE, Evidence
from webapp.storage.alerts import (
    acknowledge,
    comment,
    find_alert,
    fired_rules,
    list_alerts,
    record_change,
    record_reading,
)

RULE = AlertRule(1, "Anger lasts", "expression", Limits(30, 20, 15, 10), expressions=("angry",))
START_S = 1_790_000_000.0
START = datetime.fromtimestamp(START_S, UTC)


def change(alert_id="a1", kind="firing", at_s=START_S, camera="door", value=40.0, reason=""):
    transition = Transition(alert_id, kind, at_s, START_S - 15, value, value, reason)
    return AlertChange(RULE, camera, transition)


@pytest.fixture
def record(database):
    def record(*changes):
        with database.session() as session:
            return [record_change(session, each) for each in changes]

    return record


def test_the_life_of_an_alert_is_kept(database, record):
    assert record(change(), change(kind="recovering", at_s=START_S + 5, value=10.0)) == [True, True]
    record(change(kind="firing", at_s=START_S + 8, value=55.0))
    record(change(kind="resolved", at_s=START_S + 30, value=5.0, reason="the camera was paused"))
    with database.session() as session:
        alert = find_alert(session, "a1")
    assert (alert.phase, alert.is_open, alert.peak) == ("resolved", False, 55.0)
    assert alert.since == START - timedelta(seconds=15)
    assert alert.resolved_at == START + timedelta(seconds=30)
    assert alert.reason == "the camera was paused"
    assert [event.change for event in alert.events] == [
        "firing",
        "recovering",
        "firing",
        "resolved",
    ]


def test_what_is_over_stays_as_it_is(database, record):
    record(change(), change(kind="resolved", at_s=START_S + 30, reason="first"))
    for kind in ("resolved", "firing"):
        assert record(change(kind=kind, at_s=START_S + 31, value=99.0, reason="late")) == [False]
    with database.session() as session:
        alert = find_alert(session, "a1")
    assert (alert.phase, alert.reason, alert.peak, len(alert.events)) == (
        "resolved",
        "first",
        40,
        2,
    )


def test_an_alert_keeps_what_its_peak_rests_on(database, record):
    low, high = Evidence(1, 3, 0.4, 64.0, 0.3, 12.0), Evidence(2, 3, 0.6, 70.0, 0.4)

    def changed(kind, at_s, value, evidence):
        moved = change(kind=kind, at_s=at_s, value=value)
        return replace(moved, transition=replace(moved.transition, evidence=evidence))

    def kept() -> Evidence:
        with database.session() as session:
            return find_alert(session, "a1").evidence

    record(changed("firing", START_S, 40.0, low))
    assert kept() == low
    record(changed("recovering", START_S + 5, 55.0, high))
    assert kept() == high
    # Who closes an alert at a start knows no more than is stored.
    record(changed("resolved", START_S + 9, 40.0, NO_EVIDENCE))
    assert kept() == high
    with database.session() as session:
        assert not record_reading(session, AlertState(alert_id="a1", evidence=low))


def test_a_change_written_twice_is_one(database, record):
    assert record(change(), change()) == [True, False]
    with database.session() as session:
        assert len(find_alert(session, "a1").events) == 1


@pytest.mark.parametrize("kind", ["pending", "reset"])
def test_what_never_fired_leaves_no_trace(kind, database, record):
    assert record(change(kind=kind)) == [False]
    with database.session() as session:
        assert list_alerts(session) == []


def test_alerts_are_listed_by_camera_time_and_state(database, record):
    record(change("old"), change("old", "resolved", START_S + 60))
    record(change("new", at_s=START_S + 100), change("hall", at_s=START_S + 50, camera="hall"))

    def ids(**wanted):
        with database.session() as session:
            return [alert.id for alert in list_alerts(session, **wanted)]

    assert ids() == ["new", "hall", "old"]
    assert ids(camera="door") == ["new", "old"]
    assert ids(only_open=True) == ["new", "hall"]
    assert ids(end=START + timedelta(seconds=40)) == ["old"]
    assert ids(start=START + timedelta(seconds=70)) == ["new", "hall"]
    assert ids(most=1) == ["new"]
    assert ids(rule="Anger lasts", only_waiting=True, camera="hall") == ["hall"]
    assert ids(rule="Fear lasts") == []
    with database.session() as session:
        assert fired_rules(session) == ["Anger lasts"]
        assert fired_rules(session, {"gate"}) == []


def test_the_first_to_acknowledge_counts(database, record):
    record(change())
    later = START + timedelta(minutes=1)
    with database.session() as session:
        assert acknowledge(session, "a1", "mira", "on my way", later)
        assert not acknowledge(session, "a1", "tom", "me too", later)
        assert not acknowledge(session, "gone", "tom", "", later)
        assert comment(session, "a1", "tom", "talked to both", later + timedelta(minutes=1))
        assert not comment(session, "gone", "tom", "", later)
    with database.session() as session:
        alert = find_alert(session, "a1")
    assert (alert.acknowledged_by, alert.acknowledged_at) == ("mira", later)
    assert [(e.change, e.author, e.text) for e in alert.events[1:]] == [
        ("acknowledged", "mira", "on my way"),
        ("comment", "tom", "talked to both"),
    ]


def test_of_two_who_acknowledge_at_once_one_does(database, record):
    record(change())
    outcomes, second_waits = {}, threading.Event()

    def second():
        with database.session() as session:
            session.connection()
            second_waits.set()
            outcomes["tom"] = acknowledge(session, "a1", "tom", "", START)

    thread = threading.Thread(target=second)
    with database.session() as session:
        outcomes["mira"] = acknowledge(session, "a1", "mira", "", START)
        thread.start()
        assert second_waits.wait(PATIENCE_S)
        thread.join(0.2)
    thread.join(PATIENCE_S)
    assert outcomes == {"mira": True, "tom": False}
    with database.session() as session:
        alert = find_alert(session, "a1")
    assert alert.acknowledged_by == "mira"
    assert [event.change for event in alert.events] == ["firing", "acknowledged"]
