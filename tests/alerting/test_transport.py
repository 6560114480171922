import json
import socket
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.patience import PATIENCE_S
from webapp.alerting.targets import parse_targets
from webapp.alerting.transport import AppriseTransport, DeliveryError
from webapp.core.message_fields import plain_fields
from webapp.core.receivers import Target
from webapp.core.webhooks import Webhook


class Receiver(BaseHTTPRequestHandler):
    """Takes JSON messages, refuses them, or sends them elsewhere."""

    status = 200
    got: list[tuple[str, dict]] = []  # noqa: RUF012
    headers_got: list[dict] = []  # noqa: RUF012

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, json.loads(body)))
        self.headers_got.append(dict(self.headers))
        self._answer(self.status if self.path != "/new" else 200)

    do_PUT = do_POST

    def do_GET(self):
        self._answer(200)

    def _answer(self, status):
        self.send_response(status)
        if status >= 300:
            self.send_header("Location", "/new")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setattr(Receiver, "got", [])
    monkeypatch.setattr(Receiver, "headers_got", [])
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join(PATIENCE_S)
    server.server_close()


@pytest.fixture
def transport():
    with closing(AppriseTransport()) as transport:
        yield transport


def test_apprise_delivers_to_a_real_receiver(receiver, transport):
    (target,) = parse_targets([f"json://mira:secret@127.0.0.1:{receiver.server_port}/alerts"])
    transport.send(target, "Anger lasts", "since noon\nalert a1/firing", {})
    ((_, message),) = Receiver.got
    assert message["title"] == "Anger lasts"
    assert message["message"].endswith("alert a1/firing")
    assert "secret" not in f"{target} {target.label}"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (500, r"json://127\.0\.0\.1: the receiver refused the message \(HTTP status 500\)"),
        (302, "the receiver answered 302: it is to be found at another address"),
        # Its body would arrive, but only where nobody looked whether it should.
        (308, "the receiver answered 308"),
    ],
)
@pytest.mark.parametrize("query", ["", "?redirect=yes"])
def test_who_refuses_or_redirects_was_not_told(
    status, reason, query, receiver, transport, monkeypatch
):
    (target,) = parse_targets([f"json://127.0.0.1:{receiver.server_port}/{query}"])
    monkeypatch.setattr(Receiver, "status", status)
    with pytest.raises(DeliveryError, match=reason):
        transport.send(target, "t", "b", {})
    assert [path for path, _ in Receiver.got] == ["/"]


def webhook(port, **values):
    """Return a target that is a webhook."""
    hook = Webhook(f"http://127.0.0.1:{port}/alerts/$alert", **values)
    return Target("desk", hook.label, hook.address)


def test_a_webhook_is_sent_as_its_template_says_and_each_refusal_told(
    receiver, transport, monkeypatch, tmp_path
):
    headers, secret = (("Authorization", "Bearer 42"),), "a secret of 16 characters"
    target = webhook(receiver.server_port, method="PUT", headers=headers, secret=secret)
    # What is in the home folder of the server's user is for nobody here.
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mira password hunter2\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    fields = plain_fields("a1/firing", 'Anger "lasts"', "since noon")
    for status, reason in ((200, ""), (204, ""), (500, "HTTP status 500"), (302, "answered 302")):
        monkeypatch.setattr(Receiver, "status", status)
        if reason:
            with pytest.raises(DeliveryError, match=rf"webhook http://127\.0\.0\.1: .*{reason}"):
                transport.send(target, "t", "b", fields)
        else:
            transport.send(target, "t", "b", fields)
    assert [path for path, _ in Receiver.got] == ["/alerts/a1"] * 4, "followed nowhere"
    expected = {"text": 'Anger "lasts"', "state": "firing", "camera": None, "link": None}
    assert Receiver.got[0][1] == expected
    sent = {name.lower(): value for name, value in Receiver.headers_got[0].items()}
    assert (sent["webhook-id"], sent["authorization"]) == ("a1/firing", "Bearer 42")
    assert sent["webhook-signature"].startswith("v1,")
    with pytest.raises(DeliveryError, match="is away"):
        transport.send(webhook(9), "t", "b", fields)


def test_a_receiver_that_is_gone_is_an_error(transport):
    (gone,) = parse_targets(["json://127.0.0.1:9/"])
    with pytest.raises(DeliveryError, match="is away"):
        transport.send(gone, "t", "b", {})


def test_a_process_that_was_killed_between_two_messages_is_replaced(receiver, transport):
    (target,) = parse_targets([f"json://127.0.0.1:{receiver.server_port}/"])
    transport.send(target, "one", "b", {})
    transport._process.kill()
    transport._process.wait()
    with pytest.raises(DeliveryError, match="the process that delivers messages ended"):
        transport.send(target, "two", "b", {})
    transport.send(target, "two", "b", {})
    assert [message["title"] for _, message in Receiver.got] == ["one", "two"]


def test_a_receiver_that_answers_byte_by_byte_is_left_in_time(receiver, transport):
    """Nothing of the delivery outlives it: its connection is closed."""
    # The process that delivers is there, so that its start takes none of the time.
    transport.send(*parse_targets([f"json://127.0.0.1:{receiver.server_port}/"]), "t", "b", {})
    transport._within_s = 1.5
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = threading.Event()
        thread = threading.Thread(target=trickle, args=(server, closed), daemon=True)
        thread.start()
        (target,) = parse_targets([f"json://127.0.0.1:{server.getsockname()[1]}/"])
        with pytest.raises(DeliveryError, match=r"did not take the message within 1\.5 s"):
            transport.send(target, "t", "b", {})
        assert closed.wait(PATIENCE_S)
        thread.join(PATIENCE_S)


def trickle(server, closed):
    """Take one message and answer a byte at a time, until the other side is gone."""
    connection, _ = server.accept()
    with connection:
        connection.settimeout(0.1)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not closed.is_set():
            try:
                connection.sendall(b"X")
                if not connection.recv(65536):
                    closed.set()
            except TimeoutError:
                continue
            except OSError:
                closed.set()


def test_the_process_that_delivers_messages_is_soon_there():
    load = (
        "import sys, webapp.alerting.delivery as d; print({'numpy', 'sqlalchemy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
