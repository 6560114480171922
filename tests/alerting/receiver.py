"""A local HTTP receiver that counts what arrives, repeats included."""

import json
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.patience import PATIENCE_S

KEY = re.compile(r"alert (\w+/\w+)$")


class AlertReceiver:
    """Takes Apprise's JSON messages; `arrived` counts them by `alert id/transition`."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.messages: list[dict] = []
        self.status = 200
        self._news = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.status == 200:
                    receiver._take(json.loads(body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def port(self) -> int:
        return self._server.server_port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE_S)
        self._server.server_close()

    def wait_for(self, key: str, timeout_s: float) -> bool:
        """Wait for a message by its `alert id/transition`; False when it does not come."""
        with self._news:
            return self._news.wait_for(lambda: key in self.arrived, timeout_s)

    def _take(self, message: dict) -> None:
        found = KEY.search(message["message"])
        with self._news:
            self.messages.append(message)
            if found:
                self.arrived[found[1]] += 1
            self._news.notify_all()
