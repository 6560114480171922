"""Two ends of a link in one process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.patience import PATIENCE_S
from webapp.bus.local_link import LocalLink


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
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
