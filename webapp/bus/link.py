"""A connection between a web process and one behind it, over which messages go both ways.

`LocalLink` joins processes of one machine, `RedisLink` those of several.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

from webapp.core.messages import Message

Handle = Callable[[Message, list[int]], None]


class Link(Protocol):
    """One end; it sends from any thread, and receives in the one that calls `serve`."""

    def send(
        self, message: Message, descriptors: Sequence[int] = (), instead_of: Hashable = None
    ) -> None:
        """Have a message sent soon; it is lost when the other side is gone.

        Args:
            descriptors: sent with it; they stay the caller's.
            instead_of: an earlier message with the same key that waits still is not sent.
        """
        ...

    def serve(self, handle: Handle) -> None:
        """Hand over what comes until the connection ends, and close it.

        Args:
            handle: gets each message and its descriptors, which are then its own.
        """
        ...

    def close(self) -> None:
        """End the connection, for both sides; again changes nothing."""
        ...
