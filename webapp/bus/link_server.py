"""What every process behind the web process says and hears, whatever it does."""

import threading
from collections.abc import Hashable, Sequence

from webapp.bus.calls import Answers
from webapp.bus.link import Link
from webapp.bus.process_messages import Call, Stop
from webapp.core.messages import Message

BEAT_S = 0.5


class LinkServer:
    """Serves one web process after the other, and says on a steady beat that it lives.

    A subclass sets `answers` and says what `beat` and `take` do, and perhaps the others.

    Attributes:
        stopping: set when it was told to end.
    """

    answers: Answers

    def __init__(self) -> None:
        """Prepare; nobody is connected."""
        self.stopping = threading.Event()
        self._link: Link | None = None
        # What is composed first is sent first: no beat is older than the message before it.
        self._sending = threading.Lock()

    def beat(self) -> Message:
        """Return what is said on the beat."""
        raise NotImplementedError

    def greet(self, link: Link) -> None:
        """Say what comes first, before anything else is sent."""

    def linked(self) -> None:
        """Do what is due once messages are sent over a new link."""

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Do what a message that needs no answer asks for; what comes with it is then its own."""

    def unlinked(self) -> None:
        """Do what is due when the web process is gone."""

    def serve(self, link: Link) -> None:
        """Serve one web process until it is gone."""
        self.greet(link)
        with self._sending:
            self._link = link
            link.send(self.beat())
        self.linked()
        threading.Thread(target=self._run_beats, args=(link,), name="beat", daemon=True).start()
        try:
            link.serve(lambda message, descriptors: self._handle(link, message, descriptors))
        finally:
            with self._sending:
                self._link = None
            self.unlinked()

    def publish(
        self, message: Message, descriptors: Sequence[int] = (), instead_of: Hashable = None
    ) -> None:
        """Send a message to the web process, if there is one; it reads later what it missed."""
        with self._sending:
            if self._link:
                self._link.send(message, descriptors, instead_of)

    def request_stop(self) -> None:
        """End the link; returns at once."""
        self.stopping.set()
        link = self._link
        if link:
            link.close()

    def _run_beats(self, link: Link) -> None:
        while not self.stopping.wait(BEAT_S):
            with self._sending:
                if self._link is not link:
                    return
                beat = self.beat()
                link.send(beat, instead_of=beat.event)

    def _handle(self, link: Link, message: Message, descriptors: list[int]) -> None:
        self.take(message, descriptors)
        if isinstance(message, Stop):
            self.request_stop()
        elif isinstance(message, Call):
            self.answers.answer(link, message, descriptors)
