"""How a process that lives long treats what it has loaded."""

import gc


def spare_collections() -> None:
    """Leave what lives as long as the process out of every garbage collection from now on.

    A full one went through all that was imported and loaded, for 80 ms on two slow cores, and an
    answer that reads thousands of rows of history causes one.
    """
    gc.collect()
    gc.freeze()
