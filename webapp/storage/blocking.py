"""Calls that would stop all greenlets of a process, each made in a native thread instead."""

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

# More than the database has connections (15) and passwords are hashed at once: whoever is to end
# a transaction finds a thread, however many wait for its end.
MOST_THREADS = 24
Result = TypeVar("Result")


def is_green() -> bool:
    """Return whether gevent has made a greenlet of each thread of this process."""
    monkey: Any = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def in_thread(call: Callable[..., Result], *args: Any) -> Result:
    """Return what a call returns; meanwhile other greenlets go on, where there are any."""
    if not is_green():
        return call(*args)
    from gevent import get_hub

    threads = get_hub().threadpool
    if threads.maxsize < MOST_THREADS:
        threads.maxsize = MOST_THREADS
    result, error = threads.apply(_outcome, (call, args))
    if error is not None:
        raise error
    return cast(Result, result)


def _outcome(
    call: Callable[..., Result], args: Sequence[Any]
) -> tuple[Result | None, Exception | None]:
    """Return the result or the error of a call; gevent would print the error as if it were lost."""
    try:
        return call(*args), None
    except Exception as error:
        return None, error


def let_psycopg_give_way() -> None:
    """Have PostgreSQL's driver wait as gevent does.

    It chooses how to wait when it is imported, which in a forked process was before gevent came.
    """
    waiting = sys.modules.get("psycopg.waiting")
    if waiting:
        importlib.reload(waiting)
