"""A real server behind a real nginx: own port, sub-path, TLS, and what cannot work."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import socketio

from tests.gunicorn_server import CSRF_FIELD, PASSWORD, GunicornServer, free_port
from tests.nginx_proxy import NGINX, nginx
from tests.patience import PATIENCE_S
from tests.services import require_or_skip
from tests.web.worker.certificates import make_certificate

WHOLE_HOST = "proxy_set_header Host $http_host;"
WHO = "proxy_set_header Remote-User mira;", "proxy_set_header Remote-Role manager;"
SETTINGS = {
    "TRUSTED_PROXIES": "1",
    "AUTH_HEADER": "Remote-User",
    "AUTH_ROLE_HEADER": "Remote-Role",
}
HOST_WITHOUT_PORT = "proxy_set_header Host $host;"
PORT = "proxy_set_header X-Forwarded-Port $server_port;"
PREFIX = "proxy_set_header X-Forwarded-Prefix /crew;"


@dataclass
class Proxy:
    """A site, as a browser sees it."""

    site: str
    path: str
    session: requests.Session

    def sign_in(self) -> requests.Response:
        """Fill in the form as a browser does; from the page it is sent to first."""
        page = self.session.get(f"{self.site}{self.path}/", headers={"Accept": "text/html"})
        found = CSRF_FIELD.search(page.text)
        assert found, page.text
        form = {"username": "admin", "password": PASSWORD, "csrf_token": found[1]}
        headers = {"Origin": self.site, "Referer": page.url, "Accept": "text/html"}
        return self.session.post(page.url, data=form, headers=headers, timeout=PATIENCE_S)

    def push_connects(self) -> None:
        """Open a Socket.IO connection, which says where it is, as a browser does, and close it.

        Raises:
            socketio.exceptions.ConnectionError: The server refuses it, or is silent for 10 s.
        """
        client = socketio.Client(reconnection=False, http_session=self.session)
        where = f"{self.path}/socket.io"
        client.connect(
            self.site, transports=["websocket"], socketio_path=where, wait_timeout=PATIENCE_S
        )
        client.disconnect()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GunicornServer]:
    """A server that believes one proxy on this machine, also about who somebody is."""
    require_or_skip("nginx", NGINX is not None)
    server = GunicornServer(tmp_path_factory.mktemp("server"), SETTINGS).start()
    try:
        yield server.wait_until_ready()
    finally:
        server.kill()


@pytest.fixture
def proxy(
    request: pytest.FixtureRequest, server: GunicornServer, tmp_path: Path
) -> Iterator[Proxy]:
    """One that is set up as the test asks: scheme, path, whether it strips it, and headers."""
    scheme, path, strips, *headers = request.param
    certificate, key = make_certificate(tmp_path)
    port = free_port()
    parts = {
        "tls": " ssl" if scheme == "https" else "",
        "certificate": certificate,
        "key": key,
        "location": f"{path}/",
        "target": f"{server.url}/" if strips else server.url,
        "headers": "\n".join(headers),
    }
    with nginx(tmp_path, port, **parts), requests.Session() as session:
        session.verify, session.trust_env = str(certificate), False
        yield Proxy(f"{scheme}://localhost:{port}", path, session)


@pytest.mark.parametrize(
    "proxy",
    [
        ("http", "", False, WHOLE_HOST),
        ("https", "", False, WHOLE_HOST),
        ("https", "", False, HOST_WITHOUT_PORT, PORT),
        ("http", "/crew", True, WHOLE_HOST, PREFIX),
        ("https", "/crew", False, WHOLE_HOST, PREFIX),
    ],
    indirect=True,
    ids=["own port", "TLS", "TLS, port by header", "sub-path", "sub-path that is passed on"],
)
def test_everything_works_behind_it(proxy: Proxy) -> None:
    page = proxy.sign_in()
    assert page.url == f"{proxy.site}{proxy.path}/"
    assert "data-dashboard" in page.text
    style = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert proxy.session.get(proxy.site + style, timeout=PATIENCE_S).status_code == 200
    stream = f"{proxy.site}{proxy.path}/stream/demo.mjpg"
    with proxy.session.get(stream, stream=True, timeout=PATIENCE_S) as answer:
        assert b"image/jpeg" in next(answer.iter_content(1000))
    proxy.push_connects()


@pytest.mark.parametrize(
    "proxy", [("https", "/crew", True, WHOLE_HOST, PREFIX, *WHO)], indirect=True, ids=["named"]
)
def test_who_the_proxy_names_needs_no_form_whatever_the_browser_claims(proxy: Proxy) -> None:
    proxy.session.headers.update({"Remote-User": "boss", "Remote-Role": "admin"})
    site = proxy.site + proxy.path
    page = proxy.session.get(f"{site}/", headers={"Accept": "text/html"}, timeout=PATIENCE_S).text
    assert "<summary>mira</summary>" in page and "boss" not in page
    assert proxy.session.get(f"{site}/admin", timeout=PATIENCE_S).status_code == 403
    with proxy.session.get(f"{site}/stream/demo.mjpg", stream=True, timeout=PATIENCE_S) as answer:
        assert b"image/jpeg" in next(answer.iter_content(1000))
    proxy.push_connects()


@pytest.mark.parametrize(
    "proxy", [("https", "", False, HOST_WITHOUT_PORT)], indirect=True, ids=["no port"]
)
def test_a_proxy_that_hides_the_port_is_told_of_where_the_sign_in_fails(proxy: Proxy) -> None:
    answer = proxy.sign_in()
    assert answer.status_code == 400
    assert f"Your browser is at {proxy.site}, but the server was asked for https://" in answer.text
    assert "proxy_set_header Host $http_host" in answer.text
