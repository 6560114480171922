"""What the threads that work on the outbox have in common."""

import logging
import threading
from collections.abc import Callable

from webapp.core.errors import StorageError

logger = logging.getLogger(__name__)
POLL_S = 1.0


def repeat(step: Callable[[], bool], stop: threading.Event) -> None:
    """Do a step again and again until stopped; wait when it had nothing to do, or failed."""
    while not stop.is_set():
        if not _tried(step):
            stop.wait(POLL_S)


def _tried(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except StorageError:
        return False
    except Exception:
        # What fails once must not end the sending; the lease brings the message back.
        logger.exception("a message could not be handled; it is tried again")
        return False
