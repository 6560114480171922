"""How long other clients wait while many are slow on purpose."""

import math
import multiprocessing
import os
import socket
import time
from contextlib import suppress
from multiprocessing.synchronize import Event
from pathlib import Path

from tests.web.worker.slow_clients import TLS_BYTE, healthz_s, opened

# Longer than any deadline of the worker, so that clients are cut, and come again.
SECONDS = 15.0
PAUSE_S = 0.02
PATIENCE_S = 10.0
# Below the cap for each address.
CLIENTS_PER_ADDRESS = 50
ESTABLISHED = 1
# Longer than the server waits for a client to close.
KEPT_OPEN_S = 2.5


def longest_answers_s(port: int, pid: int, first: bytes, count: int) -> tuple[float, float]:
    """Return the longest that `/healthz` took beside so many slow clients.

    Args:
        port: where the server listens.
        pid: the process that serves.
        first: what each client sends before it falls silent; whoever is cut comes again.
        count: how many there are.

    Returns:
        As it was, and less the time for which both processes waited for a core, s.
    """
    are_open, stop = multiprocessing.Event(), multiprocessing.Event()
    arguments = (port, first, count, are_open, stop)
    clients = multiprocessing.Process(target=_be_slow, args=arguments)
    clients.start()
    longest_s, longest_served_s, until_s = 0.0, 0.0, math.inf
    try:
        while longest_s < PATIENCE_S and time.monotonic() < until_s:
            queued_s = _queued_s(pid) + _queued_s(os.getpid())
            answer_s = healthz_s(port, is_tls=first == TLS_BYTE, within_s=PATIENCE_S)
            longest_s = max(longest_s, answer_s)
            longest_served_s = max(
                longest_served_s, answer_s + queued_s - _queued_s(pid) - _queued_s(os.getpid())
            )
            if until_s == math.inf and are_open.is_set():
                until_s = time.monotonic() + SECONDS
            time.sleep(PAUSE_S)
    finally:
        stop.set()
        clients.join()
    return longest_s, longest_served_s


def _queued_s(pid: int) -> float:
    """Return how long the main thread of a process has been ready to run without a core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


class _SlowClient:
    """Connects, sends its first bytes and falls silent; comes again some time after it was cut."""

    def __init__(self, port: int, first: bytes, address: str) -> None:
        self._port, self._first, self._address = port, first, address
        self._connection: socket.socket | None = None
        self._cut_at_s = 0.0

    def go_on(self) -> None:
        """Do what is due."""
        now_s = time.monotonic()
        if self._connection is None:
            with suppress(OSError):
                self._connection = opened(self._port, self._first, self._address)
            self._cut_at_s = 0.0
        elif self._connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED:
            return
        elif not self._cut_at_s:
            self._cut_at_s = now_s
        elif now_s > self._cut_at_s + KEPT_OPEN_S:
            self._connection.close()
            self._connection = None


def _be_slow(port: int, first: bytes, count: int, are_open: Event, stop: Event) -> None:
    clients = [
        _SlowClient(port, first, f"127.0.2.{1 + number // CLIENTS_PER_ADDRESS}")
        for number in range(count)
    ]
    while not stop.wait(0.2):
        for client in clients:
            client.go_on()
        are_open.set()
