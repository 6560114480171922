import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.patience import PATIENCE_S
from tests.storage.test_alerts import change
from webapp.storage.alerts import record_change
from webapp.storage.outbox import (
    GIVE_UP_AFTER,
    LEASE,
    LONGEST_RETRY,
    UNREACHABLE,
    claim,
    deliveries,
    give_up_unreachable,
    mark_failed,
    mark_sent,
    post,
    retry_after,
    undelivered,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def posted(database):
    """One message to each of two targets."""
    with database.session() as session:
        record_change(session, change())
        post(session, "a1", "firing", ["mail", "chat"], "Anger lasts", "since noon", NOW)


def take(database, owner, now, targets=("mail", "chat")):
    with database.session() as session:
        return claim(session, owner, targets, now)


def test_the_end_waits_for_the_beginning_at_each_target(database, posted):
    with database.session() as session:
        post(session, "a1", "resolved", ["mail", "chat"], "Over", "at one", NOW)
    away = take(database, "one", NOW, ["mail"])
    with database.session() as session:
        mark_failed(session, away, "one", "nobody there", NOW)
        mark_sent(session, claim(session, "one", ["chat"], NOW), "one", NOW)
    later = NOW + SECOND
    assert take(database, "one", later, ["chat"]).change == "resolved"
    assert take(database, "one", later, ["mail"]) is None
    later = NOW + LONGEST_RETRY
    first = take(database, "one", later, ["mail"])
    assert first.change == "firing"
    assert take(database, "other", later, ["mail"]) is None
    with database.session() as session:
        mark_sent(session, first, "one", later)
    assert take(database, "one", later, ["mail"]).change == "resolved"


def test_what_became_of_each_message(database, posted):
    with database.session() as session:
        mark_sent(session, claim(session, "one", ["mail"], NOW), "one", NOW + SECOND)
        mark_failed(session, claim(session, "one", ["chat"], NOW), "one", "nobody there", NOW)
    with database.session() as session:
        mail, chat = deliveries(session, "a1")
        assert deliveries(session, "another") == []
    assert (mail.target, mail.change, mail.sent_at) == ("mail", "firing", NOW + SECOND)
    assert (chat.sent_at, chat.failed_at, chat.attempts) == (None, None, 1)
    assert (chat.last_error, chat.next_try_at) == ("nobody there", NOW + retry_after(1))


def test_the_end_is_sent_when_the_beginning_is_given_up(database, posted):
    later = NOW + GIVE_UP_AFTER
    with database.session() as session:
        post(session, "a1", "resolved", ["mail"], "Over", "at one", later)
    lost = take(database, "one", later, ["mail"])
    with database.session() as session:
        mark_failed(session, lost, "one", "nobody there", later)
    assert take(database, "one", later, ["mail"]).change == "resolved"


def test_every_target_gets_its_message_once(database, posted):
    with database.session() as session:
        post(session, "a1", "firing", ["mail", "chat"], "again", "", NOW)
    first, second = take(database, "s1", NOW), take(database, "s1", NOW)
    assert {first.target, second.target} == {"mail", "chat"}
    assert first.key == "a1/firing"
    assert first.title == "Anger lasts"
    assert take(database, "s1", NOW) is None
    with database.session() as session:
        assert mark_sent(session, first, "s1", NOW)
        assert mark_sent(session, second, "s1", NOW)
    assert take(database, "s2", NOW + 2 * LEASE) is None


def test_a_sender_that_died_gives_its_message_back(database, posted):
    first = take(database, "dead", NOW, ["mail"])
    assert take(database, "s2", NOW + LEASE - SECOND, ["mail"]) is None
    again = take(database, "s2", NOW + LEASE, ["mail"])
    assert (again.id, again.attempts) == (first.id, 2)
    with database.session() as session:
        assert not mark_sent(session, first, "dead", NOW), "its lease is over"
        assert mark_sent(session, again, "s2", NOW)


def test_a_clock_set_back_holds_no_message_up(database, posted):
    late = NOW + timedelta(hours=2)
    first, _ = take(database, "dead", late, ["mail"]), take(database, "s1", late, ["chat"])
    assert take(database, "s2", NOW, ["mail"]).id == first.id
    with database.session() as session:
        record_change(session, change("a2"))
        post(session, "a2", "firing", ["mail"], "Anger lasts", "since noon", late)
    assert take(database, "s2", NOW, ["mail"]).alert_id == "a2"


def test_a_failure_is_tried_again_later_and_given_up_after_a_day(database, posted):
    first = take(database, "s1", NOW, ["mail"])
    with database.session() as session:
        mark_failed(session, first, "s1", "no route", NOW)
    assert take(database, "s1", NOW + retry_after(1) - SECOND, ["mail"]) is None
    late = NOW + GIVE_UP_AFTER
    again = take(database, "s1", late, ["mail"])
    with database.session() as session:
        mark_failed(session, again, "s1", "no route " * 100, late)
    assert take(database, "s1", late + timedelta(days=2), ["mail"]) is None
    with database.session() as session:
        (lost,) = undelivered(session)
    assert (lost.target, len(lost.last_error)) == ("mail", 300)


def test_waits_grow_to_half_an_hour():
    waits = [retry_after(n) for n in range(1, 100)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY


def test_targets_no_longer_configured_are_left_alone_for_a_day(database, posted):
    assert take(database, "s1", NOW, ["pager"]) is None
    with database.session() as session:
        assert give_up_unreachable(session, ["pager"], NOW + GIVE_UP_AFTER - SECOND) == 0
        assert give_up_unreachable(session, ["mail"], NOW + GIVE_UP_AFTER) == 1
        assert give_up_unreachable(session, ["mail"], NOW + GIVE_UP_AFTER) == 0
        (message,) = undelivered(session)
    assert (message.target, message.last_error) == ("chat", UNREACHABLE)
    assert take(database, "s1", NOW + GIVE_UP_AFTER, ["mail"]), "it can be reached"


def test_of_many_senders_one_gets_the_message(database, posted):
    start, taken = threading.Barrier(4), []

    def send(owner: str) -> None:
        start.wait()
        message = take(database, owner, NOW, ["mail"])
        if message:
            taken.append(owner)

    threads = [threading.Thread(target=send, args=(f"s{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(taken) == 1
