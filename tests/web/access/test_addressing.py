"""Tests of whose forwarded headers are believed, and of addresses that cannot be."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeRuntime
from webapp.app import create_app
from webapp.config import Settings

FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "evenkeel.example",
}
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


def behind_a_proxy(settings: Settings, network: str) -> FlaskClient:
    """Return a client whose requests pass one proxy, which connects from 127.0.0.1."""
    networks = (ip_network(network),)
    changed = replace(settings, trusted_proxies=1, trusted_proxy_addresses=networks)
    return create_app(changed, FakeRuntime()).test_client()


@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_named_proxy_is_believed(settings: Settings, peer: str) -> None:
    client = behind_a_proxy(settings, "127.0.0.0/8")
    answer = client.get("/login", headers=FORWARDED, environ_overrides={"REMOTE_ADDR": peer})
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "", "unix:"])
def test_another_peer_is_not_believed_and_the_log_says_so_once(
    settings: Settings, peer: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = behind_a_proxy(settings, "192.0.2.0/24")
    for _ in range(2):
        answer = client.get("/login", headers=FORWARDED, environ_overrides={"REMOTE_ADDR": peer})
        assert "Strict-Transport-Security" not in answer.headers
    assert caplog.text.count("TRUSTED_PROXY_ADDRESSES") == 1


def test_without_proxies_nobody_is_believed(app: Flask) -> None:
    answer = app.test_client().get("/login", headers=FORWARDED)
    assert "Secure" not in answer.headers["Set-Cookie"]


def test_socket_io_does_not_take_a_stranger_s_word_for_the_site(signed_in: FlaskClient) -> None:
    claim = {"Origin": "https://evil.example", "X-Forwarded-Proto": "https"}
    claim["X-Forwarded-Host"] = "evil.example"
    assert signed_in.get(HANDSHAKE, headers=claim).status_code == 400


def test_socket_io_takes_a_named_proxy_s_word(settings: Settings) -> None:
    client = behind_a_proxy(settings, "127.0.0.1")
    app = client.application
    seen: list[str] = []
    passed_on = app.wsgi_app._believed.app

    def look(environ, start_response):  # type: ignore[no-untyped-def]
        passed_on_answer = passed_on(environ, start_response)
        seen.extend(name for name in environ if "FORWARDED" in name)
        seen.append(f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}")
        return passed_on_answer

    app.wsgi_app._believed.app = look
    client.get(HANDSHAKE, headers=FORWARDED)
    assert seen == ["https://evenkeel.example"]


PREFIXES = ["/even/keel", "/even/keel/", "even/keel"]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("path", ["/history?range=1h", "/even/keel/history?range=1h"])
def test_a_sub_path_is_taken_from_the_proxy_whether_it_strips_it_or_not(
    settings: Settings, prefix: str, path: str
) -> None:
    client = behind_a_proxy(settings, "127.0.0.1")
    headers = {"X-Forwarded-Prefix": prefix, "Accept": "text/html"}
    sent_to = client.get(path, headers=headers).headers["Location"]
    assert sent_to == "/even/keel/login?next=/even/keel/history?range%3D1h"
    assert 'href="/even/keel/static/' in client.get("/login", headers=headers).text


def test_a_stranger_moves_nothing(settings: Settings) -> None:
    client = behind_a_proxy(settings, "192.0.2.0/24")
    headers = {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "8443"}
    assert "/evil" not in client.get("/login", headers=headers).text


@pytest.mark.parametrize(
    ("origin", "port", "status"),
    [
        ("https://evenkeel.example:8443", "8443", 401),
        # A container's own port is not the one that the browser sees.
        ("https://evenkeel.example", "8443", 401),
        ("https://evenkeel.example:8443", "9443", 400),
        ("https://evil.example:8443", "8443", 400),
    ],
)
def test_a_port_that_the_proxy_left_out_of_the_host_is_added_where_the_browser_has_it(
    settings: Settings, origin: str, port: str, status: int
) -> None:
    client = behind_a_proxy(settings, "127.0.0.1")
    headers = FORWARDED | {"X-Forwarded-Port": port, "Origin": origin}
    # Too long to be hashed.
    form = {"username": "mira", "password": "x" * 2000}
    assert client.post("/login", data=form, headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/", "/login", "/static/none", HANDSHAKE])
@pytest.mark.parametrize("host", ["..", "a..b", "." * 300])
def test_a_host_that_cannot_be_is_refused(client: FlaskClient, path: str, host: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "Content-Security-Policy" in answer.headers


def test_a_query_that_is_not_utf_8_is_refused(client: FlaskClient) -> None:
    for query, status in (("\xff", 400), ("\xc3\xa9", 303)):
        answer = client.get("/", environ_overrides={"QUERY_STRING": query})
        assert answer.status_code == status
