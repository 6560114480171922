import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.receivers import add_receiver
from tests.storage.test_alerts import RULE, START, START_S, change
from webapp.core.camera_setup import CameraSetup
from webapp.core.played_alert import LASTS_S, PlayedAlerts
from webapp.storage.alert_tables import OutboxRow
from webapp.storage.alerts import acknowledge, count_alerts, list_alerts
from webapp.storage.cameras import save_camera
from webapp.storage.notices import (
    NoticePolicy,
    notify_of_lasting,
    without_notification,
    write_change,
)
from webapp.storage.outbox import claim, mark_sent, told_targets
from webapp.storage.receiver_tables import ReceiverRow
from webapp.storage.rules import delete_rule, save_rule
from webapp.storage.sealing import Sealer
from webapp.storage.silences import add_silence, current_silences, end_silence

POLICY = NoticePolicy(cooldown_s=0.0, zone=UTC)
KEYS = ["mail"]


@pytest.fixture(autouse=True)
def receiver(database):
    """Somebody who is told of everything; returns the id."""
    with database.session() as session:
        return add_receiver(session)


@pytest.fixture
def notified(database):
    """Write changes one after the other; returns the keys of the messages posted by each."""

    def notified(*changes, policy=POLICY):
        posted = []
        for each in changes:
            at = datetime.fromtimestamp(each.transition.at_s, UTC)
            with database.session() as session:
                write_change(session, each, policy, at)
            with database.session() as session:
                message = claim(session, "test", KEYS, at)
                if message:
                    mark_sent(session, message, "test", at)
            posted.append(message.key if message else None)
        return posted

    return notified


def cooling(seconds: float, **values):
    return replace(change(**values), rule=replace(RULE, cooldown_s=seconds))


def test_the_first_firing_and_the_end_are_notified(notified):
    assert notified(
        change(),
        change(kind="recovering", at_s=START_S + 5),
        change(kind="firing", at_s=START_S + 8),
        change(kind="resolved", at_s=START_S + 30),
    ) == ["a1/firing", None, None, "a1/resolved"]


def test_a_message_says_field_by_field_what_it_says_in_words(database):
    with database.session() as session:
        write_change(session, change(), replace(POLICY, public_url="https://here"), START)
    with database.session() as session:
        message = claim(session, "test", KEYS, START)
    fields = message.fields
    assert (fields["title"], fields["text"]) == (message.title, message.body)
    assert (fields["id"], fields["state"], fields["rule"]) == (message.key, "firing", RULE.name)
    assert fields["link"] == "https://here/alerts/a1"


def test_a_change_written_twice_is_notified_once(notified):
    assert notified(change(), change()) == ["a1/firing", None]


def test_a_rule_cools_down_per_camera(notified):
    assert notified(
        cooling(60),
        cooling(60, alert_id="a2", at_s=START_S + 30),
        cooling(60, alert_id="a2", at_s=START_S + 40, kind="resolved"),
        cooling(60, alert_id="a3", at_s=START_S + 50, camera="hall"),
        cooling(60, alert_id="a4", at_s=START_S + 70),
    ) == ["a1/firing", None, None, "a3/firing", "a4/firing"]


def test_what_lasts_on_after_its_rule_was_changed_is_notified_again(notified):
    policy = replace(POLICY, cooldown_s=60.0)
    assert notified(
        cooling(60),
        cooling(60, kind="resolved", at_s=START_S + 10, reason="the rule was changed or removed"),
        cooling(60, alert_id="a2", at_s=START_S + 25),
        policy=policy,
    ) == ["a1/firing", "a1/resolved", "a2/firing"]


def test_the_cooldown_over_all_holds_for_every_camera(notified):
    policy = replace(POLICY, cooldown_s=60.0)
    assert notified(
        change(),
        change(alert_id="a2", at_s=START_S + 50, camera="hall"),
        change(alert_id="a3", at_s=START_S + 70, camera="hall"),
        policy=policy,
    ) == ["a1/firing", None, "a3/firing"]


def test_a_clock_set_back_does_not_cool_down_for_longer(notified):
    policy = replace(POLICY, cooldown_s=60.0)
    ahead = cooling(60, at_s=START_S + 7200)
    posted = notified(ahead, cooling(60, alert_id="a2"), policy=policy)
    assert posted == ["a1/firing", "a2/firing"]


@pytest.mark.parametrize(
    ("camera", "rule_id", "expected"),
    [
        (None, None, None),
        ("door", None, None),
        ("door", RULE.id, None),
        ("hall", None, "a1/firing"),
    ],
)
def test_a_silence_holds_for_what_it_names(camera, rule_id, expected, notified, database):
    with database.session() as session:
        add_silence(
            session,
            camera=camera,
            rule_id=rule_id,
            until=START + timedelta(hours=1),
            reason="drill",
            author="mira",
            now=START - timedelta(minutes=1),
        )
    assert notified(change()) == [expected]


def test_a_silence_can_be_ended_once_and_ends_by_itself(notified, database):
    with database.session() as session:
        silence = add_silence(
            session,
            camera=None,
            rule_id=None,
            until=START + timedelta(hours=1),
            reason="drill",
            author="mira",
            now=START,
        )
    with database.session() as session:
        assert [s.reason for s in current_silences(session, START)] == ["drill"]
        assert current_silences(session, START + timedelta(hours=1)) == []
        assert end_silence(session, silence.id, "tom", START + timedelta(minutes=1))
        assert not end_silence(session, silence.id, "tom", START + timedelta(minutes=2))
    assert notified(change(at_s=START_S + 300)) == ["a1/firing"]


@pytest.fixture
def held_back(database, notified):
    """Write two alerts of a rule that cools down for a minute; the second is not notified."""
    with database.session() as session:
        rule = save_rule(session, replace(RULE, id=0, cooldown_s=60.0), "mira", START).rule
    first, second = change(), change(alert_id="a2", at_s=START_S + 20)
    assert notified(*(replace(each, rule=rule) for each in (first, second))) == ["a1/firing", None]
    return replace(second, rule=rule)


def post_lasting(database, after_s, policy=POLICY):
    """Return what is posted so long after the start for alerts that last."""
    now = START + timedelta(seconds=after_s)
    with database.session() as session:
        ids = without_notification(session, policy, now)
    posted = []
    for alert_id in ids:
        with database.session() as session:
            if notify_of_lasting(session, alert_id, policy, now):
                posted.append(alert_id)
    return posted


def test_what_outlasts_its_cooldown_is_notified_once(database, held_back, notified):
    assert post_lasting(database, 59) == []
    assert post_lasting(database, 61) == ["a2"]
    assert post_lasting(database, 300) == []
    with database.session() as session:
        message = claim(session, "test", KEYS, START + timedelta(seconds=61))
        mark_sent(session, message, "test", START + timedelta(seconds=61))
    assert message.key == "a2/firing"
    assert "Since: " in message.body
    end = replace(held_back.transition, change="resolved", at_s=START_S + 90)
    with database.session() as session:
        write_change(session, replace(held_back, transition=end), POLICY, START)
        assert claim(session, "test", KEYS, START).key == "a2/resolved"


def test_what_ends_within_its_cooldown_is_not_notified(database, held_back):
    with database.session() as session:
        end = replace(held_back.transition, change="resolved", at_s=START_S + 40)
        write_change(session, replace(held_back, transition=end), POLICY, START)
    assert post_lasting(database, 61) == []


def test_what_somebody_attends_to_is_not_notified(database, held_back):
    with database.session() as session:
        acknowledge(session, "a2", "mira", "", START)
    assert post_lasting(database, 61) == []


def test_what_outlasts_a_silence_is_notified(database, held_back):
    with database.session() as session:
        silence = add_silence(
            session,
            camera="door",
            rule_id=None,
            until=START + timedelta(minutes=5),
            reason="drill",
            author="mira",
            now=START,
        )
    assert post_lasting(database, 61) == []
    with database.session() as session:
        end_silence(session, silence.id, "mira", START + timedelta(seconds=62))
    assert post_lasting(database, 63) == ["a2"]


def test_what_a_deleted_rule_left_open_is_not_notified(database, held_back):
    with database.session() as session:
        delete_rule(session, held_back.rule.id, "mira", START)
    assert post_lasting(database, 61) == []


def test_an_alert_that_ends_meanwhile_is_not_notified(database, held_back):
    with database.session() as session:
        assert without_notification(session, POLICY, START) == ["a2"]
    end = replace(held_back.transition, change="resolved", at_s=START_S + 40)
    with database.session() as session:
        write_change(session, replace(held_back, transition=end), POLICY, START)
    with database.session() as session:
        assert not notify_of_lasting(session, "a2", POLICY, START + timedelta(seconds=61))


def test_no_notification_of_faces_while_their_camera_is_away(database, held_back, receiver):
    with database.session() as session:
        session.get_one(ReceiverRow, receiver).rules = json.dumps([held_back.rule.id])
    away = replace(RULE, id=9, name="No data", kind="no_data", expressions=())

    def write(kind, at_s, camera):
        each = replace(change(f"n-{camera}", kind, at_s, camera), rule=away)
        with database.session() as session:
            write_change(session, each, POLICY, START)

    write("firing", START_S + 30, "hall")
    write("firing", START_S + 30, "door")
    assert post_lasting(database, 61) == []
    write("recovering", START_S + 70, "door")
    assert post_lasting(database, 80) == []
    write("resolved", START_S + 90, "door")
    assert post_lasting(database, 91) == ["a2"]


def test_a_message_leads_to_the_alert(database, receiver):
    policy = replace(POLICY, public_url="https://example.org/watch")
    with database.session() as session:
        write_change(session, change(), policy, START)
        message = claim(session, "test", ["mail"], START)
    assert "\nhttps://example.org/watch/alerts/a1\n" in message.body


def test_a_receiver_is_told_of_its_rules_and_cameras_and_of_the_end_of_what_it_was_told(database):
    """Keys of receivers by what they ask for; the second hears of nothing, the third of all."""
    scopes = {"rule": {"rules": [7]}, "gone": {"rules": []}, "door": {"cameras": '["door"]'}}
    with database.session() as session:
        rule = save_rule(session, replace(RULE, id=0), "mira", START).rule
        for key, scope in (scopes | {"off": {"is_enabled": False}}).items():
            add_receiver(session, key, **scope)
        write_change(session, replace(change(), rule=rule), POLICY, START)
        assert sorted(told_targets(session, "a1")) == ["door", "mail"]
        # The end is for whoever had the beginning, whatever they ask for by now.
        door = session.scalars(select(ReceiverRow).where(ReceiverRow.key == "door")).one()
        door.cameras = '["hall"]'
        add_receiver(session, "new")
        end = replace(change(kind="resolved", at_s=START_S + 9), rule=rule)
        write_change(session, end, POLICY, START)
        ends = select(OutboxRow.target).where(OutboxRow.change == "resolved")
        assert sorted(session.scalars(ends)) == ["door", "mail"]


def test_what_lasts_until_the_hours_of_a_receiver_begin_is_told_then(database, receiver):
    """The alert fires on a Monday at 16:13:20 of their clock."""
    policy = replace(POLICY, zone=ZoneInfo("Europe/Berlin"))
    with database.session() as session:
        rule = save_rule(session, replace(RULE, id=0), "mira", START).rule
        session.get_one(ReceiverRow, receiver).schedule = "mon 16:14-17:00"
        write_change(session, replace(change(), rule=rule), policy, START)
    assert post_lasting(database, 39, policy) == []
    assert post_lasting(database, 40, policy) == ["a1"]


def test_messages_call_the_camera_by_its_title(database, notified):
    setup = CameraSetup("door", "Front door", "0")
    with database.session() as session:
        save_camera(session, setup, Sealer("a key"), "ada", datetime.now(UTC))
    notified(change())
    with database.session() as session:
        message = session.scalars(select(OutboxRow)).one()
    assert message.title == "Firing: Anger lasts (Front door)"
    assert message.body.startswith("Camera: Front door\n")


def test_a_test_goes_to_every_receiver_and_holds_nothing_back(database, notified):
    """Whatever is silenced or cooling down, and whatever a receiver is told of else."""
    played = PlayedAlerts()
    played.ask("t1", "door")
    (fires,), (ends,) = played.step(START_S), played.step(START_S + LASTS_S)
    policy = replace(POLICY, cooldown_s=3600.0)
    with database.session() as session:
        add_receiver(session, "night", rules=[99], schedule="mon 01:00-02:00")
        add_receiver(session, "off", is_enabled=False)
        silence = {"camera": None, "rule_id": None, "until": START + timedelta(hours=9)}
        add_silence(session, **silence, reason="drill", author="mira", now=START)
    assert notified(fires, policy=policy) == ["t1/firing"]
    with database.session() as session:
        assert without_notification(session, policy, START) == []
        assert sorted(told_targets(session, "t1")) == ["mail", "night"]
        told = session.scalars(select(OutboxRow).where(OutboxRow.target == "night")).one()
        assert told.title == "This is a test: firing (door)"
        assert told.body.startswith("This is a test. Nothing happened")
        end_silence(session, 1, "mira", START)
    # The cooldown over all, too, begins with what was meant.
    assert notified(change("a2", at_s=START_S + 5), policy=policy) == ["a2/firing"]
    assert notified(ends, policy=policy) == ["t1/resolved"]


def test_a_test_counts_nowhere(database, notified):
    played = PlayedAlerts()
    played.ask("t1", "door")
    notified(*played.step(START_S), *played.step(START_S + LASTS_S), change("a2"))
    start, end = START - timedelta(hours=1), START + timedelta(hours=1)
    with database.session() as session:
        assert count_alerts(session, "door", start, end) == 1
        assert [alert.id for alert in list_alerts(session, with_tests=False)] == ["a2"]
