"""Refuses strangers' Socket.IO connections before they are opened."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from flask import Flask
from werkzeug.wrappers import Response

from webapp.core.errors import StorageError
from webapp.web.access.guard import load_sign_in

SOCKET_PATH = "/socket.io/"


class SocketGate:
    """WSGI middleware in front of Socket.IO.

    Socket.IO asks who connects only once the transport is open, and leaves a refused
    transport open: a stranger could hold every server thread with idle WebSockets.
    """

    def __init__(self, app: Flask, wsgi_app: Any, open_count: Callable[[], int], most: int) -> None:
        """Wrap an application.

        Args:
            open_count: returns how many connections are open; each holds a server thread.
            most: how many there may be.
        """
        self._app = app
        self._wsgi_app = wsgi_app
        self._open_count = open_count
        self._most = most

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass on what belongs to an open connection, and new ones of signed-in users."""
        is_socket = environ.get("PATH_INFO", "").startswith(SOCKET_PATH)
        is_new = is_socket and "sid" not in parse_qs(environ.get("QUERY_STRING", ""))
        refusal = self._refusal(environ) if is_new else None
        return (refusal or self._wsgi_app)(environ, start_response)

    def _refusal(self, environ: dict[str, Any]) -> Response | None:
        with self._app.request_context(environ):
            try:
                sign_in = load_sign_in()
            except StorageError as error:
                return _answer(503, "Service Unavailable", str(error))
        if sign_in is None:
            return _answer(401, "Unauthorized", "Sign in first.")
        if sign_in.user.must_change_password:
            return _answer(403, "Forbidden", "Choose a new password first.")
        if self._open_count() >= self._most:
            return _answer(503, "Service Unavailable", "Too many pages are open; close some.")
        return None


def _answer(code: int, title: str, message: str) -> Response:
    details = {"code": code, "title": title, "message": message}
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(details), code, headers, content_type="application/json")
