"""A process for `test_process_keeper`: serves, or behaves as its second argument says."""

import sys
from pathlib import Path

from webapp.bus.link_server import LinkServer
from webapp.bus.process_messages import Alive
from webapp.serving.child import end_at_once, serve_until_stopped


class Server(LinkServer):
    """Says that it lives, and nothing else."""

    def beat(self) -> Alive:
        """Return that it lives."""
        return Alive()


if sys.argv[3:] == ["refuses"]:
    sys.exit("it cannot start")
serve_until_stopped(Server(), Path(sys.argv[1]), int(sys.argv[2]))
end_at_once()
