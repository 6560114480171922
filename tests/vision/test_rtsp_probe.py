import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.gunicorn_server import free_port
from webapp.core.errors import SourceError
from webapp.vision.camera import UrlSource
from webapp.vision.rtsp_probe import authorization, rtsp_fault


@contextmanager
def camera(answer: Callable[[str], str]) -> Iterator[str]:
    """Answer each request; gives host and port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            request = ""
            # Ends with the connection; `readline` would go on and give nothing for ever.
            for line in self.rfile:
                request += line.decode()
                if line == b"\r\n":
                    self.wfile.write(answer(request).encode())
                    request = ""

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def status(code: int, more: str = "") -> str:
    return f"RTSP/1.0 {code} Whatever\r\nCSeq: 1\r\n{more}\r\n"


CHALLENGE = 'WWW-Authenticate: Digest realm="cam", nonce="n1"\r\n'


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, "wants a user name"),
        (403, "does not let"),
        (404, "nothing at this path"),
        (454, r"of its own \(454\)"),
        (200, "nothing that can be read as pictures"),
    ],
)
def test_each_status_has_its_sentence(code, reason):
    with camera(lambda _: status(code)) as host:
        assert reason.replace("\\", "") in str(rtsp_fault(f"rtsp://{host}/s"))


def test_a_wrong_password_is_told_from_a_wrong_path_behind_the_right_one():
    def answer(request: str) -> str:
        if 'username="admin"' not in request:
            return status(401, CHALLENGE)
        expected = authorization(CHALLENGE, request.split()[1], "admin", "p/w")
        return status(404) if expected.strip() in request else status(401, CHALLENGE)

    with camera(answer) as host:
        assert "nothing at this path" in str(rtsp_fault(f"rtsp://admin:p%2Fw@{host}/s"))
        assert "refuses the user name" in str(rtsp_fault(f"rtsp://admin:other@{host}/s"))


def test_the_digest_is_that_of_the_specification():
    # RFC 2617, 3.5, without qop, for the method DESCRIBE.
    head = 'WWW-Authenticate: Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e"\r\n'
    line = authorization(head, "/dir/index.html", "Mufasa", "Circle Of Life")
    assert line.startswith('Authorization: Digest username="Mufasa", realm="testrealm@host.com"')
    assert 'response="' in line
    assert authorization("WWW-Authenticate: Basic realm=x\r\n", "u", "a", "b") == (
        "Authorization: Basic YTpi\r\n"
    )


def test_what_is_no_rtsp_hangs_up_or_is_not_there():
    with camera(lambda _: "HTTP/1.0 400 Bad\r\n\r\n") as host:
        assert "without an answer" in str(rtsp_fault(f"rtsp://{host}/s"))
    assert "nothing takes connections" in str(rtsp_fault(f"rtsp://127.0.0.1:{free_port()}/s"))


def test_a_stream_that_ffmpeg_cannot_open_says_why():
    with camera(lambda _: status(404)) as host, pytest.raises(SourceError, match="at this path"):
        UrlSource(f"rtsp://{host}/s")
