"""What a decoder gives up before it sees a file, by means that need no privilege."""

import ctypes
import os
import resource
import signal
from collections.abc import Iterable
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def leave_the_network() -> None:
    """Go where there is no network and where root is nobody, if the system lets us.

    Only a process without threads can.
    """
    _libc().unshare(CLONE_NEWUSER | CLONE_NEWNET)


def confine(most_bytes: int, kept: Iterable[int]) -> None:
    """Give up what decoding does not need, for the rest of this process's life.

    One more descriptor can be held than now: the file that is decoded. While it is, nothing can be
    opened or connected to, whatever a playlist names.

    Args:
        most_bytes: of memory, without what is shared.
        kept: the descriptors that stay open.
    """
    # With its parent, so that no decoder outlives the program that asked for it.
    _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _limit(resource.RLIMIT_DATA, most_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _close_all_but(set(kept)) + 1)


def _limit(what: int, most: int) -> None:
    # Where less is allowed already, less it is.
    with suppress(ValueError):
        resource.setrlimit(what, (most, most))


def _close_all_but(kept: set[int]) -> int:
    """Close all other descriptors, fill the gaps with nothing, and return the first free one."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    held = {int(name) for name in os.listdir("/proc/self/fd")}
    for descriptor in held - kept:
        os.dup2(nowhere, descriptor)
    while (free := os.dup(nowhere)) <= max(kept):
        pass
    os.closerange(free, max(held | {free}) + 1)
    return free


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
