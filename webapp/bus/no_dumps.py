"""Keeps what a process holds in memory, such as pictures, out of core dumps."""

import ctypes
import resource

PR_SET_DUMPABLE = 4


def allow_no_dumps() -> None:
    """Write no core dump of this process, and let none but root look into its memory.

    Children inherit it until they run another program; those keep the limit alone, which a system
    whose dumps go to a program (`core_pattern`) may not honour.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
