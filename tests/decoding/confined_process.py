"""Tries, before and after it is confined, what a hostile file might; prints both as JSON.

python -m tests.decoding.confined_process PLAYLIST PORT
"""

import json
import os
import socket
import sys
from collections.abc import Callable

import numpy as np

from webapp.decoding.confinement import confine, leave_the_network
from webapp.vision.file_bytes import capture_of

MOST_BYTES = 200 * 2**20
# FFmpeg's own barrier is let down, so that the other one is seen.
ANY_FILE = "protocol_whitelist;file,http,tcp,crypto,data"


def main() -> None:
    """Try everything twice."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = ANY_FILE
    playlist, port, told = os.open(sys.argv[1], os.O_RDONLY), int(sys.argv[2]), os.dup(1)
    before = attempts(playlist, port)
    leave_the_network()
    confine(MOST_BYTES, kept={told, playlist})
    # In a decoder its file takes the one place that is left.
    os.dup(playlist)
    after = attempts(playlist, port)
    os.write(told, json.dumps([before, after]).encode())


def attempts(playlist: int, port: int) -> dict[str, bool]:
    """Return of every attempt whether it came off."""
    tried: dict[str, Callable[[], object]] = {
        "follow a playlist": lambda: capture_of(playlist).read()[0],
        "open a file": lambda: os.close(os.open("/etc/passwd", os.O_RDONLY)),
        "connect": lambda: socket.create_connection(("127.0.0.1", port)).close(),
        "take much memory": lambda: np.ones(MOST_BYTES, np.uint8),
    }
    return {name: comes_off(attempt) for name, attempt in tried.items()}


def comes_off(attempt: Callable[[], object]) -> bool:
    """Return whether nothing stands in its way."""
    try:
        return attempt() is not False
    except (OSError, MemoryError):
        return False


if __name__ == "__main__":
    main()
