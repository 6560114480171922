"""Asks `/healthz` again and again, as a bystander would, and notes the longest wait."""

import threading

from tests.web.worker.slow_clients import healthz_s

EVERY_S = 0.05
GIVES_UP_S = 30.0


class Prober:
    """Runs in a thread for as long as the block lasts."""

    def __init__(self, port: int) -> None:
        self.longest_s = 0.0
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Prober":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            answer_s = healthz_s(self._port, within_s=GIVES_UP_S)
            self.longest_s = max(self.longest_s, answer_s)
