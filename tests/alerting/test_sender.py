import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.alerting.fakes import FakeTransport, Refused, ShakyDatabase
from tests.patience import PATIENCE_S
from tests.receivers import SEALER, add_receiver
from tests.storage.test_alerts import RULE, change
from webapp.alerting.outbox_loop import OutboxLoop
from webapp.alerting.sender import AlertSender
from webapp.alerting.senders import Senders, StoredTargets
from webapp.alerting.steps import repeat
from webapp.core.errors import StorageError
from webapp.core.process_report import Outcome
from webapp.core.receivers import Target
from webapp.storage import outbox as outbox_table
from webapp.storage.alerts import record_change
from webapp.storage.notices import NoticePolicy
from webapp.storage.outbox import LEASE, claim, post, undelivered
from webapp.storage.receiver_tables import ReceiverRow
from webapp.storage.receivers import PURPOSE
from webapp.storage.rules import save_rule
from webapp.storage.sealing import Sealer

DAY = timedelta(days=1)
POLICY = NoticePolicy(cooldown_s=0.0, zone=UTC)
MAIL = Target("mail", "mail://host", "mail://secret@host")


@pytest.fixture
def transport():
    return FakeTransport()


@pytest.fixture
def sender(database, transport):
    sender = AlertSender(ShakyDatabase(database), MAIL, transport, threading.Event())
    sender.outcomes = []
    sender._count = sender.outcomes.append
    return sender


@pytest.fixture
def outbox(database):
    return loop_over(database, threading.Event(), lambda target, stop: None)


def loop_over(database, stop, send, sealer=SEALER, is_on_duty=lambda: True):
    """An outbox over the receivers of the database."""
    targets, senders = StoredTargets(database, sealer), Senders(send)
    return OutboxLoop(database, targets, senders, POLICY, stop, is_on_duty=is_on_duty)


@pytest.fixture
def posted(database):
    with database.session() as session:
        record_change(session, change())
        post(session, "a1", "firing", ["mail"], "Anger lasts", "since noon", datetime.now(UTC))


def test_what_is_due_is_sent_once(sender, transport, posted):
    assert sender.send_one()
    assert not sender.send_one()
    assert transport.sent == [("mail://host", "Anger lasts", "since noon")]
    assert sender.outcomes == [Outcome.DELIVERED]


def test_a_process_that_dies_while_sending_has_marked_nothing(database, sender, posted):
    """Another one sends it again when the lease is over."""

    class Death(BaseException):
        pass

    def die(*_):
        raise Death

    sender._transport.send = die
    with pytest.raises(Death):
        sender.send_one()
    later = datetime.now(UTC) + LEASE + timedelta(seconds=1)
    with database.session() as session:
        assert claim(session, "another", ["mail"], datetime.now(UTC)) is None
        assert claim(session, "another", ["mail"], later).title == "Anger lasts"


def test_a_step_that_fails_does_not_end_the_sending(caplog):
    """Its loop goes on until it is stopped."""
    steps, stop = [], threading.Event()

    def fail():
        steps.append(len(steps))
        if len(steps) == 2:
            stop.set()
        raise LookupError("a row that was purged meanwhile")

    stop.wait = lambda _: None
    repeat(fail, stop)
    assert steps == [0, 1]
    assert caplog.text.count("it is tried again") == 2


def test_an_alert_that_nobody_heard_of_is_posted_when_it_lasts(database, sender, outbox, transport):
    with database.session() as session:
        add_receiver(session)
        rule = save_rule(session, replace(RULE, id=0), "mira", datetime.now(UTC)).rule
        record_change(session, replace(change(), rule=rule))
    assert outbox.post_what_lasts()
    assert not outbox.post_what_lasts()
    assert sender.send_one()
    assert [title for _, title, _ in transport.sent] == ["Firing: Anger lasts (door)"]


@pytest.mark.parametrize(
    ("refusal", "logged"),
    [(Refused("no route"), "no route"), (ValueError("secret@host"), "ValueError")],
)
def test_a_refusal_is_kept_for_a_later_try(refusal, logged, sender, transport, posted, caplog):
    transport.refusal = refusal
    assert sender.send_one()
    assert not sender.send_one(), "not at once"
    assert logged in caplog.text
    assert "secret" not in caplog.text
    assert sender.outcomes == [Outcome.FAILED]


def test_what_fails_for_a_day_is_given_up(sender, transport, posted, monkeypatch):
    monkeypatch.setattr(outbox_table, "GIVE_UP_AFTER", timedelta())
    transport.refusal = Refused("no route")
    assert sender.send_one()
    assert sender.outcomes == [Outcome.GIVEN_UP]


def test_a_receiver_that_is_gone_for_a_day_is_shown_as_given_up(database, posted, outbox):
    with database.session() as session:
        post(session, "a1", "resolved", ["pager"], "Anger lasts", "", datetime.now(UTC) - DAY)
    given_up = []
    outbox._given_up = given_up.append
    assert outbox.give_up_unreachable(["mail"])
    assert not outbox.give_up_unreachable(["mail"])
    assert sum(given_up) == 1
    with database.session() as session:
        assert [message.target for message in undelivered(session)] == ["pager"]


def test_an_outage_while_marking_leaves_the_message_for_its_lease(database, transport, posted):
    shaky = ShakyDatabase(database)
    sender = AlertSender(shaky, MAIL, transport, threading.Event())

    class CutsTheLine(FakeTransport):
        def send(self, target, title, body, fields):
            shaky.is_away = True

    sender._transport = CutsTheLine()
    with pytest.raises(StorageError):
        sender.send_one()
    shaky.is_away = False
    with database.session() as session:
        assert undelivered(session) == []
    assert not sender.send_one(), "claimed until its lease ends"


def test_the_thread_sends_and_stops(database, transport, posted):
    stop = threading.Event()
    sent = threading.Event()

    class Signals(FakeTransport):
        def send(self, target, title, body, fields):
            sent.set()

    thread = threading.Thread(target=AlertSender(database, MAIL, Signals(), stop).run)
    thread.start()
    assert sent.wait(PATIENCE_S)
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_a_receiver_that_hangs_keeps_no_other_waiting(database, transport):
    """Each has a sender of its own, and takes no message of another."""
    chat = Target("chat", "chat://host", "chat://host")
    with database.session() as session:
        record_change(session, change())
        post(session, "a1", "firing", ["mail", "chat"], "Anger lasts", "", datetime.now(UTC))
    hangs, goes_on = threading.Event(), threading.Event()

    class Hangs(FakeTransport):
        def send(self, target, title, body, fields):
            hangs.set()
            goes_on.wait(PATIENCE_S)

    stuck = AlertSender(database, MAIL, Hangs(), threading.Event())
    thread = threading.Thread(target=stuck.send_one)
    thread.start()
    assert hangs.wait(PATIENCE_S)
    assert AlertSender(database, chat, transport, threading.Event()).send_one()
    assert transport.sent == [("chat://host", "Anger lasts", "")]
    goes_on.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


class Threads:
    """Notes which senders run, and waits for them to change."""

    def __init__(self):
        self.urls, self.started, self._news = [], [], threading.Condition()

    def send(self, target, stop):
        """Run as a sender does: until the event is set."""
        self._note(self.urls.append, target.url)
        stop.wait(PATIENCE_S)
        self._note(self.urls.remove, target.url)

    def wait_for(self, *urls):
        with self._news:
            assert self._news.wait_for(lambda: sorted(self.urls) == sorted(urls), 10), self.urls

    def _note(self, change, url):
        with self._news:
            change(url)
            self.started += [url] if change == self.urls.append else []
            self._news.notify_all()


def test_senders_follow_the_receivers_without_a_restart(database, caplog):
    threads, stop = Threads(), threading.Event()
    outbox = loop_over(database, stop, threads.send)
    with database.session() as session:
        mail, chat = (add_receiver(session, key, f"{key}://a") for key in ("mail", "chat"))
        lost = add_receiver(session, "lost", sealer=Sealer("another secret key"))
    outbox._step()
    threads.wait_for("mail://a", "chat://a")
    with database.session() as session:
        session.get_one(ReceiverRow, mail).name = "Shift lead"
        session.get_one(ReceiverRow, chat).address = SEALER.seal("chat://b", PURPOSE)
        session.get_one(ReceiverRow, lost).address = SEALER.seal("lost://a", PURPOSE)
        add_receiver(session, "off", "off://a", is_enabled=False)
    outbox._step()
    threads.wait_for("mail://a", "chat://b", "lost://a")
    assert threads.started.count("mail://a") == 1, "the one that stays is left alone"
    with database.session() as session:
        session.delete(session.get_one(ReceiverRow, mail))
    stop.set()
    outbox.run()
    threads.wait_for()
    assert caplog.text.count("receiver “lost” cannot be reached") == 1
    assert "://" not in caplog.text


def test_senders_come_and_go_with_the_duty(database):
    threads, duty = Threads(), []
    outbox = loop_over(database, threading.Event(), threads.send, is_on_duty=lambda: bool(duty))
    with database.session() as session:
        add_receiver(session, "mail", "mail://a")
    assert not outbox._step() and threads.started == []
    duty.append("messages")
    outbox._step()
    threads.wait_for("mail://a")
    duty.clear()
    outbox._step()
    threads.wait_for()
