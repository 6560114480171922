"""A network camera whose picture depends on the time of day alone, whoever opens it how often."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2

from tests.http_server import QuietHandler
from webapp.demo import CLIP

RATE_FPS = 5
WIDTH_PX = 640
QUALITY = 80


class ClipCamera:
    """Sends the demo clip as MJPEG over HTTP, at the place where a clock says it is.

    Attributes:
        began_at_s: when the clip began to play over and over, UTC epoch.
    """

    def __init__(self) -> None:
        self._pictures = _pictures()
        self.began_at_s = time.time()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}/clip.mjpg"

    @property
    def duration_s(self) -> float:
        """How long the clip lasts."""
        return len(self._pictures) / RATE_FPS

    def start(self) -> None:
        """Listen."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()

    def picture(self) -> bytes:
        """Return the picture of now."""
        number = int((time.time() - self.began_at_s) * RATE_FPS)
        return self._pictures[number % len(self._pictures)]


def _pictures() -> list[bytes]:
    clip, found = cv2.VideoCapture(str(CLIP)), []
    every = round(clip.get(cv2.CAP_PROP_FPS) / RATE_FPS)
    number = 0
    while clip.grab():
        if number % every == 0:
            image = clip.retrieve()[1]
            height = round(image.shape[0] * WIDTH_PX / image.shape[1])
            small = cv2.resize(image, (WIDTH_PX, height), interpolation=cv2.INTER_AREA)
            found.append(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
        number += 1
    clip.release()
    return [jpeg.tobytes() for jpeg in found]


def _handler(camera: ClipCamera) -> type[BaseHTTPRequestHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            try:
                while True:
                    self._send(camera.picture())
                    time.sleep(1 / RATE_FPS)
            except OSError:
                return

        def _send(self, jpeg: bytes) -> None:
            head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
            self.wfile.write(head + jpeg + b"\r\n")

    return Handler
