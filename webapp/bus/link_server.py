"""What every process behind the web process says and hears, whatever it does."""

import threading
from collections.abc import Hashable, Sequence

from webapp.bus.calls import Answers
from webapp.bus.link import Link
from webapp.bus.process_messages import Alive, Call, Stop
from webapp.core.messages import Message

BEAT_S = 0.5


class LinkServer:
    """Serves web processes, and says to each on a steady beat that this one lives.

    Over local sockets there is one after the other, over Redis there may be several at a time. A
    subclass sets `answers`, and says what else is due.

    Attributes:
        stopping: set when it was told to end.
    """

    answers: Answers

    def __init__(self) -> None:
        """Prepare; nobody is connected."""
        self.stopping = threading.Event()
        # Replaced as a whole, so that readers take no lock.
        self._links: frozenset[Link] = frozenset()
        # What is composed first is sent first: no beat is older than the message before it.
        self._sending = threading.Lock()

    def beat(self) -> Message:
        """Return what is said on the beat: that it lives, unless a subclass has more to say."""
        return Alive()

    def greet(self, link: Link) -> None:
        """Say what comes first, before anything else is sent."""

    def take(self, link: Link, message: Message, descriptors: list[int]) -> None:
        """Do what a message that needs no answer asks for; what comes with it is then its own."""

    def unlinked(self, link: Link) -> None:
        """Do what is due when the web process of a link is gone."""

    def serve(self, link: Link) -> None:
        """Serve one web process until it is gone."""
        self.greet(link)
        with self._sending:
            self._links |= {link}
            link.send(self.beat())
        threading.Thread(target=self._run_beats, args=(link,), name="beat", daemon=True).start()
        try:
            link.serve(lambda message, descriptors: self._handle(link, message, descriptors))
        finally:
            with self._sending:
                self._links -= {link}
            self.unlinked(link)

    def publish(
        self, message: Message, descriptors: Sequence[int] = (), instead_of: Hashable = None
    ) -> None:
        """Send a message to every web process that is there; others read later what they missed."""
        with self._sending:
            for link in self._links:
                link.send(message, descriptors, instead_of)

    def request_stop(self) -> None:
        """End every link; returns at once."""
        self.stopping.set()
        for link in self._links:
            link.close()

    def _run_beats(self, link: Link) -> None:
        while not self.stopping.wait(BEAT_S):
            with self._sending:
                if link not in self._links:
                    return
                beat = self.beat()
                link.send(beat, instead_of=beat.event)

    def _handle(self, link: Link, message: Message, descriptors: list[int]) -> None:
        self.take(link, message, descriptors)
        if isinstance(message, Stop):
            self.request_stop()
        elif isinstance(message, Call):
            self.answers.answer(link, message, descriptors)
