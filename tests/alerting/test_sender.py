import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.alerting.fakes import FakeTransport, Refused, ShakyDatabase
from tests.storage.test_alerts import RULE, change
from webapp.alerting.sender import AlertSender
from webapp.alerting.targets import Target, parse_targets
from webapp.alerting.transport import AppriseTransport, DeliveryError
from webapp.core.errors import ConfigError, StorageError
from webapp.storage.alerts import record_change
from webapp.storage.notices import NoticePolicy
from webapp.storage.outbox import LEASE, claim, post, undelivered
from webapp.storage.rules import save_rule

DAY = timedelta(days=1)
SLACK = "https:// (Slack, number 1)"
POLICY = NoticePolicy(("mail",), cooldown_s=0.0, zone=UTC)
MAIL = Target("mail", "mail://host", "mail://secret@host")


@pytest.fixture
def transport():
    return FakeTransport()


@pytest.fixture
def sender(database, transport):
    return AlertSender(ShakyDatabase(database), [MAIL], transport, POLICY, threading.Event())


@pytest.fixture
def posted(database):
    with database.session() as session:
        record_change(session, change())
        post(session, "a1", "firing", ["mail"], "Anger lasts", "since noon", datetime.now(UTC))


def test_what_is_due_is_sent_once(sender, transport, posted):
    assert sender.send_one()
    assert not sender.send_one()
    assert transport.sent == [("mail://host", "Anger lasts", "since noon")]


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


def test_a_step_that_fails_does_not_end_the_sending(sender, caplog):
    """Its loop goes on until it is stopped."""
    steps = []

    def fail():
        steps.append(len(steps))
        if len(steps) == 2:
            sender._stop.set()
        raise LookupError("a row that was purged meanwhile")

    sender.send_one, sender._stop.wait = fail, lambda _: None
    sender.run()
    assert steps == [0, 1]
    assert caplog.text.count("it is tried again") == 2


def test_an_alert_that_nobody_heard_of_is_posted_when_it_lasts(database, sender, transport):
    with database.session() as session:
        rule = save_rule(session, replace(RULE, id=0), "mira", datetime.now(UTC)).rule
        record_change(session, replace(change(), rule=rule))
    assert sender.post_what_lasts()
    assert not sender.post_what_lasts()
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


def test_a_receiver_that_is_gone_for_a_day_is_shown_as_given_up(database, posted, transport):
    with database.session() as session:
        post(session, "a1", "resolved", ["pager"], "Anger lasts", "", datetime.now(UTC) - DAY)
    sender = AlertSender(database, [MAIL], transport, POLICY, threading.Event())
    assert sender.give_up_unreachable()
    assert not sender.give_up_unreachable()
    with database.session() as session:
        assert [message.target for message in undelivered(session)] == ["pager"]


def test_an_outage_while_marking_leaves_the_message_for_its_lease(database, transport, posted):
    shaky = ShakyDatabase(database)
    sender = AlertSender(shaky, [MAIL], transport, POLICY, threading.Event())

    class CutsTheLine(FakeTransport):
        def send(self, target, title, body):
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
        def send(self, target, title, body):
            sent.set()

    thread = threading.Thread(target=AlertSender(database, [MAIL], Signals(), POLICY, stop).run)
    thread.start()
    assert sent.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


class Receiver(BaseHTTPRequestHandler):
    """Takes JSON messages, or refuses them."""

    status = 200
    got: list[dict] = []  # noqa: RUF012

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(json.loads(body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setattr(Receiver, "got", [])
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_apprise_delivers_to_a_real_receiver(receiver):
    (target,) = parse_targets([f"json://mira:secret@127.0.0.1:{receiver.server_port}/alerts"])
    AppriseTransport().send(target, "Anger lasts", "since noon\nalert a1/firing")
    (message,) = Receiver.got
    assert message["title"] == "Anger lasts"
    assert message["message"].endswith("alert a1/firing")
    assert "secret" not in f"{target} {target.label}"


def test_a_receiver_that_refuses_or_is_gone_is_an_error(receiver, monkeypatch):
    (target,) = parse_targets([f"json://127.0.0.1:{receiver.server_port}/"])
    monkeypatch.setattr(Receiver, "status", 500)
    with pytest.raises(DeliveryError, match=r"json://127\.0\.0\.1: the receiver is away"):
        AppriseTransport().send(target, "t", "b")
    (gone,) = parse_targets(["json://127.0.0.1:9/"])
    with pytest.raises(DeliveryError):
        AppriseTransport().send(gone, "t", "b")


def test_a_url_that_is_none_is_refused_without_repeating_it():
    refusal = r"NOTIFY_URLS: expected URLs .*number 2 is none"
    with pytest.raises(ConfigError, match=refusal) as caught:
        parse_targets(["json://host/", "what://user:secret@host"])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["slak://secret/one", "twilio://secret!:x@15551234567"])
def test_what_apprise_says_of_such_a_url_is_not_logged(url, caplog):
    with pytest.raises(ConfigError):
        parse_targets([url])
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("jsons://mira:word@hooks.example.org:8443/path", "jsons://hooks.example.org"),
        ("json://[::1]:8080/", "json://[::1]"),
        ("mailtos://mira:word@example.org?to=shift@example.org", "mailtos://example.org"),
        ("ntfys://ntfy.example.org/topic", "ntfys://ntfy.example.org"),
        # Where others have a host, these have a token, a key or a topic that only some may know.
        ("ntfy://topic", "ntfy:// (ntfy, number 1)"),
        ("pbul://token", "pbul:// (Pushbullet, number 1)"),
        ("schan://token", "schan:// (ServerChan, number 1)"),
        ("pushdeer://token", "pushdeer:// (PushDeer, number 1)"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", SLACK),
    ],
)
def test_a_label_holds_no_credentials(url, label):
    (target,) = parse_targets([url])
    assert target.label == label
