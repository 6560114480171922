"""Memory that processes share."""

import fcntl
import os


def sealed_memory(name: str, size_bytes: int) -> int:
    """Return the descriptor of anonymous memory, gone with the last process that has it.

    It is sealed: who cut it short would crash whoever reads it. What was never written takes none.

    Args:
        name: what /proc shows.
    """
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size_bytes)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return descriptor
