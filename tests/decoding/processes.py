"""The process that tests fork decoders from, the same for all: it takes a second to load."""

import atexit
from functools import cache

from webapp.decoding.decoders import DecoderLimits, Decoders

MAX_PIXELS = 100_000


class SharedDecoders(Decoders):
    """Decoders that outlive whoever uses them."""

    def close(self) -> None:
        """Leave the process to the next test."""

    def close_at_exit(self) -> None:
        super().close()


@cache
def shared_decoders() -> Decoders:
    """Return decoders of small pictures; they last as long as the tests."""
    decoders = SharedDecoders(DecoderLimits(MAX_PIXELS))
    atexit.register(decoders.close_at_exit)
    return decoders


def decoders_within(limits: DecoderLimits) -> Decoders:
    """Return decoders of other limits, forked from the same process."""
    shared, decoders = shared_decoders(), SharedDecoders(limits)
    shared.prepare()
    decoders._template = shared._template
    return decoders
