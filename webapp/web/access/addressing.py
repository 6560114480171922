"""Where a request comes from and which site it asks for, settled before anything else reads it."""

import ipaddress
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Flask
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
)
logger = logging.getLogger(__name__)


class NamedProxies:
    """WSGI middleware that believes forwarded headers of named peers, and hides them from then on.

    Whoever reads them itself would believe anybody: Socket.IO compares the `Origin` with
    `X-Forwarded-Host`.
    """

    def __init__(self, wsgi_app: WsgiApp, count: int, peers: Sequence[Network]) -> None:
        """Wrap an application.

        Args:
            count: how many proxies there are, one behind the other; 0 believes nobody.
            peers: where the last of them connects from.
        """
        self._peers = peers if count else ()
        self._has_warned = False
        self._unbelieved = _hiding_headers(wsgi_app)
        placed = _Placed(self._unbelieved, count)
        self._believed = ProxyFix(placed, x_for=count, x_proto=count, x_host=count)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Take client, scheme and site from the headers if a named peer sent them."""
        peer = environ.get("REMOTE_ADDR", "")
        is_named = is_in(peer, self._peers)
        if self._peers and not is_named and "HTTP_X_FORWARDED_PROTO" in environ:
            self._warn(peer)
        return (self._believed if is_named else self._unbelieved)(environ, start_response)

    def _warn(self, peer: str) -> None:
        # Once: strangers can send such headers as often as they like.
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "Forwarded headers of %s are not believed. If it is your proxy, add it to "
                "TRUSTED_PROXY_ADDRESSES.",
                peer,
            )


class _Placed:
    """WSGI middleware that takes port and sub-path from what a believed proxy says."""

    def __init__(self, wsgi_app: WsgiApp, count: int) -> None:
        self._wsgi_app, self._count = wsgi_app, count

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass on with the host that the browser asked, and the path below the sub-path."""
        self._complete_host(environ, self._said(environ, "HTTP_X_FORWARDED_PORT"))
        prefix = self._said(environ, "HTTP_X_FORWARDED_PREFIX").strip("/")
        if prefix:
            self._move(environ, f"/{prefix}")
        return self._wsgi_app(environ, start_response)

    def _said(self, environ: dict[str, Any], name: str) -> str:
        values = [value.strip() for value in environ.get(name, "").split(",")]
        return values[-self._count] if len(values) >= self._count else ""

    @staticmethod
    def _complete_host(environ: dict[str, Any], port: str) -> None:
        """Add the port where the proxy left it out of the host and the browser has it."""
        scheme, host = environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")
        with_port = f"{host}:{port}"
        sender = environ.get("HTTP_ORIGIN") or environ.get("HTTP_REFERER", "")
        if f"{sender}/".startswith(f"{scheme}://{with_port}/"):
            environ["HTTP_HOST"], environ["SERVER_PORT"] = with_port, port

    @staticmethod
    def _move(environ: dict[str, Any], prefix: str) -> None:
        path = environ.get("PATH_INFO", "")
        environ["SCRIPT_NAME"] = prefix
        # Some proxies take the sub-path off before they pass a request on, others do not.
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"


class WellAddressed:
    """WSGI middleware that refuses an address which no page can be found or shown by.

    Flask itself comes to it only when it needs the address, in the middle of an error page, too.
    """

    def __init__(self, app: Flask, wsgi_app: WsgiApp) -> None:
        self._app, self._wsgi_app = app, wsgi_app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Pass on what has a possible host and a query in UTF-8."""
        try:
            self._app.create_url_adapter(self._app.request_class(environ))
            environ.get("QUERY_STRING", "").encode("latin-1").decode()
        except (BadRequest, UnicodeError):
            refusal = BadRequest("Expected a host name and a query in UTF-8 in the address.")
            return refusal.get_response(environ)(environ, start_response)
        return self._wsgi_app(environ, start_response)


def _hiding_headers(wsgi_app: WsgiApp) -> WsgiApp:
    def hide(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for name in FORWARDED:
            environ.pop(name, None)
        return wsgi_app(environ, start_response)

    return hide


def is_in(address: str, networks: Iterable[Network]) -> bool:
    """Return whether an address, which may be no IP address at all, is in one of the networks."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A socket that takes IPv4 and IPv6 shows the former as ::ffff:192.0.2.1.
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain in network for network in networks)
