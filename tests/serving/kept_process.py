"""A process for `test_process_keeper`: serves, or behaves as its second argument says."""

import sys
from pathlib import Path

from webapp.bus.link_server import LinkServer
from webapp.serving.child import end_at_once, serve_until_stopped

if sys.argv[3:] == ["refuses"]:
    sys.exit("it cannot start")
serve_until_stopped(LinkServer(), Path(sys.argv[1]), int(sys.argv[2]))
end_at_once()
