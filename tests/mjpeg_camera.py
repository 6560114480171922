"""A network camera that a test can switch off and on: MJPEG over HTTP on one port."""

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

from tests.http_server import QuietHandler

FRAME_INTERVAL_S = 0.05


class MjpegCamera:
    """Serves moving stripes while switched on.

    Attributes:
        is_silent: set to keep connections open and send nothing.
    """

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.is_silent = threading.Event()
        self._tls = tls
        self._stop = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    def switch_on(self) -> None:
        """Listen and send."""
        self._stop.clear()
        self._server = _Server(("127.0.0.1", self.port), _handler(self._stop, self.is_silent))
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def switch_off(self) -> None:
        """End every connection and stop listening."""
        self._stop.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that leave, as those do that trust no certificate."""


def _handler(stop: threading.Event, is_silent: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            number = 0
            while not stop.is_set():
                if not is_silent.is_set():
                    self.wfile.write(_part(number))
                    number += 1
                time.sleep(FRAME_INTERVAL_S)

    return Handler


def _part(number: int) -> bytes:
    stripes = (np.arange(160) * 4 + 8 * number).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", np.tile(stripes, (120, 1)))[1].tobytes()
    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"
