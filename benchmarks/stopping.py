"""How long a server takes to end on SIGTERM, with viewers and both cores busy otherwise.

python -m benchmarks.stopping --clip FILE [--viewers 100] [--times 10]

The time is until gunicorn is gone and its port can be bound again.
"""

import argparse
import json
import multiprocessing
import os
import signal
import socket
import tempfile
import time
from pathlib import Path

from benchmarks.viewers import Viewers, opened_stream, settings_for
from tests.gunicorn_server import GunicornServer

SETTLE_S = 3.0


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    took_s = [round(stop_once(options.clip, options.viewers), 2) for _ in range(options.times)]
    print(json.dumps({"viewers": options.viewers, "took_s": took_s, "longest_s": max(took_s)}))


def stop_once(clip: Path, viewers: int) -> float:
    """Start a server, let it be watched, keep every core busy and end it; returns seconds."""
    with tempfile.TemporaryDirectory() as folder:
        server = GunicornServer(Path(folder), settings_for(clip, viewers)).start()
        busy = [multiprocessing.Process(target=_spin) for _ in range(os.cpu_count() or 1)]
        try:
            server.wait_until_ready()
            session = server.sign_in()
            watching = Viewers(opened_stream(server, session) for _ in range(viewers))
            for process in busy:
                process.start()
            time.sleep(SETTLE_S)
            began_at_s = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(60)
            _wait_for_port(server.port)
            took_s = time.monotonic() - began_at_s
            watching.close()
            return took_s
        finally:
            for process in busy:
                process.kill()
            server.kill()


def _wait_for_port(port: int) -> None:
    while True:
        with socket.socket() as probe:
            # As gunicorn does: what its clients have not closed yet is no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return probe.bind(("127.0.0.1", port))
            except OSError:
                time.sleep(0.01)


def _spin() -> None:
    while True:
        pass


if __name__ == "__main__":
    main()
