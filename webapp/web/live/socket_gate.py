"""Refuses Socket.IO connections of strangers, and requests on those that somebody else opened."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from flask import Flask
from werkzeug.wrappers import Response

from webapp.core.errors import StorageError
from webapp.core.fair_shares import FairShares
from webapp.web.access.due import due_of
from webapp.web.access.guard import load_sign_in, shown_token
from webapp.web.live.transports import OPENER, Opener, Transports

SOCKET_PATH = "/socket.io/"


class SocketGate:
    """WSGI middleware in front of Socket.IO.

    Socket.IO asks who connects only once the transport is open, and leaves a refused
    transport open: a stranger could hold every server thread with idle WebSockets. Of an open
    one it asks for nothing but its `sid`, which stands in addresses and hence in proxies' logs.
    """

    def __init__(
        self, app: Flask, wsgi_app: Any, transports: Transports, shares: FairShares
    ) -> None:
        """Wrap an application.

        Args:
            transports: those that are open; each holds a server thread.
            shares: of the places for them.
        """
        self._app = app
        self._wsgi_app = wsgi_app
        self._transports = transports
        self._shares = shares

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass on what belongs to an open connection, and new ones of signed-in users."""
        if not environ.get("PATH_INFO", "").startswith(SOCKET_PATH):
            return self._wsgi_app(environ, start_response)
        sid, *_ = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [None])
        refusal = self._refusal_to_use(sid, environ) if sid else self._refusal_to_open(environ)
        return (refusal or self._wsgi_app)(environ, start_response)

    def _refusal_to_use(self, sid: str, environ: dict[str, Any]) -> Response | None:
        """Refuse whom the cookie does not show as the opener; asks no database."""
        with self._app.request_context(environ):
            if self._transports.is_anothers(sid, shown_token()):
                return _answer(403, "Forbidden", "Another sign-in opened this connection.")
        return None

    def _refusal_to_open(self, environ: dict[str, Any]) -> Response | None:
        with self._app.request_context(environ):
            try:
                sign_in = load_sign_in()
                due = due_of(sign_in.user) if sign_in else None
            except StorageError as error:
                return _answer(503, "Service Unavailable", str(error))
            if sign_in:
                user = sign_in.user
                token = shown_token() or ""
                environ[OPENER] = Opener(sign_in.id, token, user.id, user.actor)
        if sign_in is None:
            return _answer(401, "Unauthorized", "Sign in first.")
        if due:
            return _answer(403, "Forbidden", due.words)
        own, taken = self._transports.open_count_of(sign_in.user.id), self._transports.open_count()
        if not self._shares.may_take(taken, own, is_admin=sign_in.user.is_admin):
            return _answer(
                503,
                "Service Unavailable",
                f"{taken} pages are open, {own} of them yours; one user may open "
                f"{self._shares.most_per_user}. Close some.",
            )
        return None


def _answer(code: int, title: str, message: str) -> Response:
    details = {"code": code, "title": title, "message": message}
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(details), code, headers, content_type="application/json")
