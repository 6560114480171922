"""How long tests wait for what must come about.

A wait ends as soon as it has come, so patience costs nothing until something is broken, and a
machine that is busy with something else may need a lot of it. How fast things are is for the
benchmarks to say.
"""

import threading
from collections.abc import Callable

PATIENCE_S = 60.0
LOOKS_EVERY_S = 0.02


def wait_until(holds: Callable[[], object], what: str = "it did not come about") -> None:
    """Wait until something holds.

    Looks are counted instead of seconds: a test that was not let run has not waited.

    Raises:
        AssertionError: it never did; says `what`.
    """
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / LOOKS_EVERY_S)):
        if holds():
            return
        pause.wait(LOOKS_EVERY_S)
    raise AssertionError(what)
