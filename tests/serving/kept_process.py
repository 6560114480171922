"""A process for `test_process_keeper`: serves, or behaves as its second argument says."""

import sys
import threading
from pathlib import Path

from webapp.bus.process_messages import Alive, Stop
from webapp.serving.child import end_at_once, serve_until_stopped


class Server:
    """Says that it is alive until it is told to hang, and ends when it is told to."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.link = None

    def serve(self, link) -> None:
        """Serve one link."""
        self.link = link
        link.send(Alive())
        link.serve(self._take)

    def request_stop(self) -> None:
        """End."""
        self.stopping.set()
        if self.link:
            self.link.close()

    def _take(self, message, _) -> None:
        if isinstance(message, Stop):
            self.request_stop()


if sys.argv[3:] == ["refuses"]:
    sys.exit("it cannot start")
serve_until_stopped(Server(), Path(sys.argv[1]), int(sys.argv[2]))
end_at_once()
