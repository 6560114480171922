"""Lets clients who ask at the same time take turns, however much each of them asks."""

from collections import deque

import gevent
from gevent.event import Event


class Turns:
    """Starts one piece of work after the other, of each waiting client in turn.

    A thousand requests that come at once take a second or two; whoever has but one of them waits
    for one of each other client instead of for all.
    """

    def __init__(self) -> None:
        # Whose turn is next stands first.
        self._waiting: dict[str, deque[Event]] = {}
        self._dispatcher: gevent.Greenlet | None = None

    def wait(self, client: str) -> None:
        """Wait for the next turn of a client; it lasts until the greenlet waits for something."""
        if not self._dispatcher:
            self._dispatcher = gevent.spawn(self._give)
            return
        turn = Event()
        self._waiting.setdefault(client, deque()).append(turn)
        turn.wait()

    def _give(self) -> None:
        while self._waiting:
            client = next(iter(self._waiting))
            turns = self._waiting.pop(client)
            turns.popleft().set()
            if turns:
                self._waiting[client] = turns
            gevent.sleep(0)
