"""What clients send who are slow on purpose, each kind in a way of its own."""

import socket
import ssl
import time

from tests.patience import PATIENCE_S

HOST = b"Host: 127.0.0.1\r\n"
HALF_HEADER = b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-More: "
HALF_BODY = (
    b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 1000\r\n\r\nusername=admin"
)
HALF_CHUNKS = (
    b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n100\r\nusername=admin"
)
# The first of a TLS record; the server must speak TLS.
TLS_BYTE = b"\x16"
KEEPS_OPEN = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
READS_NOTHING = "reads nothing"
KINDS = {
    "half a header": HALF_HEADER,
    "half a body": HALF_BODY,
    "one TLS byte": TLS_BYTE,
    # Asks for pictures; see `stream_request`.
    READS_NOTHING: b"",
    "keeps open": KEEPS_OPEN,
}


def stream_request(cookies: str, camera: str = "demo") -> bytes:
    """Return what asks for the pictures, of which the client may then read none."""
    line = f"GET /stream/{camera}.mjpg HTTP/1.1\r\n".encode()
    return line + HOST + f"Cookie: {cookies}\r\n\r\n".encode()


def opened(port: int, first: bytes, address: str = "127.0.0.1") -> socket.socket:
    """Connect from an address, with a small buffer, and send the first bytes."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.bind((address, 0))
    client.settimeout(PATIENCE_S)
    client.connect(("127.0.0.1", port))
    client.sendall(first)
    return client


def healthz_s(port: int, *, is_tls: bool = False, within_s: float = PATIENCE_S) -> float:
    """Ask `/healthz` on a new connection; returns how long it took, at most `within_s`."""
    deadline_s = (began_s := time.monotonic()) + within_s
    while time.monotonic() < deadline_s:
        try:
            client = socket.create_connection(("127.0.0.1", port), within_s, ("127.0.3.1", 0))
            with _untrusting().wrap_socket(client) if is_tls else client as client:
                client.sendall(KEEPS_OPEN)
                if client.recv(12) == b"HTTP/1.1 200":
                    return time.monotonic() - began_s
        except OSError:
            time.sleep(0.05)
    return within_s


def _untrusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
