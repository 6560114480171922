"""Why a camera on the network gives no picture, in a sentence that says what to do."""

import errno
import socket
import ssl
from collections.abc import Iterator

from webapp.core.errors import SourceError

INSECURE_HTTPS = "https+insecure"
TIMED_OUT = "the camera does not answer in time. Check its address and that it is switched on."
REFUSED = (
    "nothing takes connections at the camera's address and port. Check both, and that the "
    "camera's video service is switched on."
)
UNREACHABLE = "there is no way to the camera's address. Check its network and this machine's."
UNKNOWN_HOST = "the camera's host name is not known. Check its spelling, or write the IP address."
CERTIFICATE = (
    "the camera's certificate is not trusted: no authority that this machine knows vouches for "
    f"it under this name. See docs/cameras.md, Cameras over https, or begin with "
    f"{INSECURE_HTTPS}:// to take any certificate."
)
NOT_TLS = "the camera does not speak TLS at this port. Try http:// or another port."
HUNG_UP = "the camera ends the connection without an answer. Check its address and port."
NO_SIGN_IN = (
    "the camera wants a user name and password (401). Write them into its address before the "
    "host: user:password@…"
)
WRONG_SIGN_IN = "the camera refuses the user name or password in its address (401)."
FORBIDDEN = "the camera does not let this user see it (403). Give the user the right to."
UNREADABLE = (
    "the camera's address cannot be read: expected scheme://user:password@host:port/path. In user "
    "name and password write / as %2F, ? as %3F, # as %23 and % as %25."
)
NOT_FOUND = "the camera has nothing at this path (404). Its manual names the one of its video."
WEB_PAGE = (
    "the address leads to a web page, not to pictures. The camera's manual names the address of "
    "its video or snapshot."
)
CODEC = (
    "the camera answers, but sends nothing that can be read as pictures. Choose MJPEG, H.264 or "
    "H.265 in its settings."
)
OTHER = (
    "the stream cannot be opened. Check address, sign-in and network of the camera, and of an "
    "https camera its certificate (docs/cameras.md, Cameras over https)."
)


def status_fault(status: int, has_credentials: bool) -> SourceError:
    """Return what an HTTP or RTSP status of 400 and above means."""
    if status == 401:
        return SourceError(WRONG_SIGN_IN if has_credentials else NO_SIGN_IN)
    if status in (403, 404):
        return SourceError(FORBIDDEN if status == 403 else NOT_FOUND)
    return SourceError(
        f"the camera answers with an error of its own ({status}). It may have too many viewers or "
        "be starting; its own page may say more."
    )


def connection_fault(error: BaseException) -> SourceError:
    """Return what an exception means that ended a connection, or the attempt to make one."""
    causes = list(_causes(error))
    for kind, sentence in (
        (ssl.SSLCertVerificationError, CERTIFICATE),
        (ssl.SSLError, NOT_TLS),
        (socket.gaierror, UNKNOWN_HOST),
        (ConnectionRefusedError, REFUSED),
        (TimeoutError, TIMED_OUT),
        (ConnectionError, HUNG_UP),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return SourceError(sentence)
    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    return SourceError(UNREACHABLE if codes & {errno.EHOSTUNREACH, errno.ENETUNREACH} else OTHER)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it carries: libraries wrap them in several ways."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        held = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        waiting += [one for one in held if isinstance(one, BaseException)]
