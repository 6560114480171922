"""Asks an RTSP camera why FFmpeg got no picture from it, since FFmpeg does not say."""

import hashlib
import re
import socket
import time
from base64 import b64encode
from urllib.parse import unquote, urlsplit

from webapp.core.errors import SourceError
from webapp.vision.stream_faults import (
    CODEC,
    HUNG_UP,
    UNREADABLE,
    connection_fault,
    status_fault,
)

RTSP_PORT = 554
TIMEOUT_S = 3.0
STATUS = re.compile(rb"RTSP/1\.[0-9] ([0-9]{3})")
CHALLENGE = re.compile(r"^WWW-Authenticate:\s*(\w+)\s(.*)$", re.MULTILINE | re.IGNORECASE)
FIELD = re.compile(r'(\w+)\s*=\s*"([^"]*)"')


def rtsp_fault(url: str) -> SourceError:
    """Return why a stream that could not be opened gives nothing: RTSP 1.0 (RFC 2326), DESCRIBE."""
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "", parts.port or RTSP_PORT)
        with socket.create_connection(address, TIMEOUT_S) as connection:
            status = described(connection, url)
    except OSError as error:
        return connection_fault(error)
    except ValueError:
        return SourceError(UNREADABLE)
    if status is None:
        return SourceError(HUNG_UP)
    has_credentials = parts.username is not None
    return status_fault(status, has_credentials) if status >= 400 else SourceError(CODEC)


def described(connection: socket.socket, url: str) -> int | None:
    """Ask what an address holds, and sign in when it is wanted.

    Returns:
        The status of the last answer; None for an answer that is not RTSP.
    """
    parts = urlsplit(url)
    host_and_port = parts.netloc.rpartition("@")[2]
    bare_url = parts._replace(netloc=host_and_port).geturl()
    status, head = _ask(connection, bare_url, 1, "")
    if status == 401 and parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
        status, _ = _ask(connection, bare_url, 2, authorization(head, bare_url, user, password))
    return status


def authorization(head: str, url: str, user: str, password: str) -> str:
    """Return the header that answers a challenge: Basic or Digest (RFC 2617, MD5 without qop)."""
    challenges = {kind.lower(): dict(FIELD.findall(rest)) for kind, rest in CHALLENGE.findall(head)}
    if "digest" not in challenges:
        token = b64encode(f"{user}:{password}".encode()).decode()
        return f"Authorization: Basic {token}\r\n"
    realm, nonce = (challenges["digest"].get(name, "") for name in ("realm", "nonce"))
    secret, asked = _md5(f"{user}:{realm}:{password}"), _md5(f"DESCRIBE:{url}")
    response = _md5(f"{secret}:{nonce}:{asked}")
    return (
        f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
        f'uri="{url}", response="{response}"\r\n'
    )


def _ask(connection: socket.socket, url: str, number: int, more: str) -> tuple[int | None, str]:
    lines = f"DESCRIBE {url} RTSP/1.0\r\nCSeq: {number}\r\nAccept: application/sdp\r\n{more}\r\n"
    connection.sendall(lines.encode())
    received, deadline_s = b"", time.monotonic() + TIMEOUT_S
    while b"\r\n\r\n" not in received and len(received) < 1 << 16:
        # A camera that trickles bytes is not waited for longer.
        connection.settimeout(max(0.01, deadline_s - time.monotonic()))
        part = connection.recv(1 << 12)
        if not part:
            break
        received += part
    found = STATUS.match(received)
    return (int(found[1]) if found else None), received.decode(errors="replace")


def _md5(text: str) -> str:
    # What RTSP asks for; it guards nothing of ours.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
