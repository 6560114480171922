"""Asks `/healthz` again and again, as a bystander would, and notes the longest wait."""

import threading
import time

import requests

EVERY_S = 0.05
GIVES_UP_S = 30.0


class Prober:
    """Runs in a thread for as long as the block lasts."""

    def __init__(self, url: str) -> None:
        self.longest_s = 0.0
        self.asked = self.failed = 0
        self._url = url
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
            began_at_s = time.monotonic()
            try:
                # A connection of its own each time: a stranger's is new, too.
                answer = requests.get(f"{self._url}/healthz", timeout=GIVES_UP_S)
                self.failed += answer.status_code != 200
            except requests.RequestException:
                self.failed += 1
            self.asked += 1
            self.longest_s = max(self.longest_s, time.monotonic() - began_at_s)
