"""Who a named proxy says that somebody is, settled before anything else reads it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from werkzeug.exceptions import BadRequest

from webapp.core.proxy_headers import ProxyHeaders
from webapp.web.access.addressing import Network, WsgiApp, is_in

# No header of a request can have this name.
IDENTITY = "evenkeel.identity"


class ProxyIdentities:
    """WSGI middleware that leaves an `Identity` in the environ, and hides the headers.

    Of peers that are not named the headers are hidden alone: whatever a browser sends is worth
    nothing.
    """

    def __init__(self, wsgi_app: WsgiApp, headers: ProxyHeaders, peers: Sequence[Network]) -> None:
        """Wrap an application; `peers` are where the proxies connect from."""
        self._wsgi_app, self._headers, self._peers = wsgi_app, headers, peers
        self._user = _environ_name(headers.user)
        self._role = _environ_name(headers.role) if headers.role else ""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass on, or refuse a name that cannot be one."""
        user, groups = environ.pop(self._user, ""), environ.pop(self._role, "")
        # An empty one is how some proxies say that nobody has signed in.
        if user.strip() and is_in(environ.get("REMOTE_ADDR", ""), self._peers):
            try:
                environ[IDENTITY] = self._headers.identity(user, groups)
            except ValueError as error:
                return BadRequest(str(error)).get_response(environ)(environ, start_response)
        return self._wsgi_app(environ, start_response)


def _environ_name(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"
