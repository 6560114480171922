"""A process behind the web process, as that knows it."""

import time
from collections.abc import Hashable, Sequence

from webapp.bus.calls import Calls
from webapp.bus.link import Link
from webapp.bus.process_messages import Alive, Beat, Call, Stop
from webapp.core.messages import Message
from webapp.core.process_report import ProcessReport


class ProcessPeer:
    """Hears one process, over one link after the other; a subclass says what it takes.

    Attributes:
        calls: asks it.
        heard_at_s: when it last said something, monotonic.
        report: how it is doing, as last said; None while it is away.
    """

    def __init__(self) -> None:
        """Prepare; the process is away."""
        self.calls = Calls()
        self.heard_at_s = time.monotonic()
        self.report: ProcessReport | None = None
        self._link: Link | None = None

    def linked(self) -> None:
        """Do what is due when the process is there."""

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take what the process says, but answers."""

    def lost(self) -> None:
        """Do what is due when the process is gone."""

    def serve(self, link: Link) -> None:
        """Take what the process says until it is gone."""
        self.heard_at_s = time.monotonic()
        self._link = link
        self.calls.use(link)
        self.linked()
        try:
            link.serve(self._handle)
        finally:
            self._link = self.report = None
            self.calls.use(None)
            self.lost()

    def send(
        self, message: Message, descriptors: Sequence[int] = (), instead_of: Hashable = None
    ) -> None:
        """Send a message, if the process is there; see `Link.send`."""
        link = self._link
        if link:
            link.send(message, descriptors, instead_of)

    def request_stop(self) -> None:
        """Ask the process to end; returns at once."""
        self.send(Stop())

    def _handle(self, message: Message, descriptors: list[int]) -> None:
        self.heard_at_s = time.monotonic()
        if isinstance(message, Alive | Beat):
            self.report = message.report
        if isinstance(message, Call):
            self.calls.take(message, descriptors)
        else:
            self.take(message, descriptors)
