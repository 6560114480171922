"""What every process behind the web process does: it serves a link and ends with its server."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from webapp.bus.link_server import LinkServer
from webapp.bus.local_link import LocalLink
from webapp.bus.no_dumps import allow_no_dumps

# Which the web process keeps there, see `webapp.serving.placement`.
PLACEMENT_FILE = "placement.json"
logger = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5


def serve_until_stopped(server: LinkServer, address: Path, lifeline: int) -> None:
    """Serve who connects, one after the other, until told to stop or the whole server is gone.

    Args:
        address: where to listen; made for this user alone by who started this process.
        lifeline: a pipe that ends with the last process of the server in front of this one.
    """
    allow_no_dumps()
    # A Ctrl-C in the terminal is for the server, which ends this process in its turn.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _soon(server.request_stop))
    _soon(lambda: _end_with(lifeline, server))
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(address))
        listener.listen()
        listener.settimeout(LOOK_EVERY_S)
        while not server.stopping.is_set():
            with suppress(TimeoutError):
                end, _ = listener.accept()
                end.settimeout(None)
                server.serve(LocalLink(end, "the web process"))
    with suppress(OSError):
        address.unlink()
        # The last process of a server that was killed leaves nothing behind.
        if [path.name for path in address.parent.iterdir()] == [PLACEMENT_FILE]:
            (address.parent / PLACEMENT_FILE).unlink()
        address.parent.rmdir()


def end_at_once() -> NoReturn:
    """End without waiting for threads that hang in a driver, when all is written."""
    logging.shutdown()
    os._exit(0)


def _soon(run: Callable[[], None]) -> None:
    # In a thread: a handler that waits for a lock its own thread holds never returns.
    threading.Thread(target=run, daemon=True).start()


def _end_with(lifeline: int, server: LinkServer) -> None:
    while os.read(lifeline, 1):
        pass
    logger.warning("the server is gone; this process ends, too")
    server.request_stop()
