"""Two ends of a link in one process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.bus.local_link import LocalLink

WAITS_S = 10.0


@contextmanager
def linked(server, peer) -> Iterator[tuple[LocalLink, LocalLink]]:
    """Let a server and its peer serve one link until the block ends, each in its own thread."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    links = LocalLink(ours, "the web"), LocalLink(theirs, "the process")
    threads = [
        threading.Thread(target=end.serve, args=(link,))
        for end, link in zip((server, peer), links, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield links
    finally:
        links[0].close()
        for thread in threads:
            thread.join(WAITS_S)
            assert not thread.is_alive()


def wait_until(holds) -> None:
    """Wait until something holds."""
    pause = threading.Event()
    for _ in range(int(WAITS_S / 0.01)):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come about")
