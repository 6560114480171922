"""Questions between processes: asked on one side, answered on the other."""

import itertools
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from webapp.bus.link import Link
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import Ask, Call, Done, Failed
from webapp.core import errors
from webapp.core.errors import BusyError, EvenkeelError

ANSWER_WITHIN_S = 5.0
LOOK_EVERY_S = 0.5
AWAY = "The part of the server that does this is being started; try again in a few seconds."
SILENT = "The part of the server that does this does not answer; try again in a few seconds."
FAULT = "The server failed at this; its log says why."
MOST_AT_ONCE = 16
# Whole numbers of JSON are exact for long after.
MOST_ID_BITS = 48
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """An answer, and the file that comes with it."""

    message: Call
    file: MemoryFile | None = None


class Question:
    """A call on its way."""

    def __init__(self, call_id: int) -> None:
        self.call_id = call_id
        self._answered = threading.Event()
        self._reply: Reply | None = None

    def answer(self, reply: Reply | None) -> None:
        """Let who waits have an answer; None when none will come."""
        self._reply = reply
        self._answered.set()

    def wait(self, within_s: float, meanwhile: Callable[[], None] = lambda: None) -> Reply:
        """Wait for the answer.

        Args:
            within_s: how long at most.
            meanwhile: called now and again.

        Raises:
            BusyError: the process is away or does not answer.
            EvenkeelError, KeyError: what the other side raised.
        """
        deadline_s = time.monotonic() + within_s
        while not self._answered.wait(min(LOOK_EVERY_S, within_s)):
            if time.monotonic() >= deadline_s:
                raise BusyError(SILENT)
            meanwhile()
        if self._reply is None:
            raise BusyError(AWAY)
        if isinstance(self._reply.message, Failed):
            raise _error(self._reply.message)
        return self._reply


class Calls:
    """Asks the process at the other side of a link, and waits for its answers."""

    def __init__(self) -> None:
        # Unlike those of a web process before, whose calls may be going on.
        self._ids = itertools.count(secrets.randbits(MOST_ID_BITS))
        self._open: dict[int, Question] = {}
        self._link: Link | None = None

    def use(self, link: Link | None) -> None:
        """Ask over another link from now on; None while there is none. Open questions fail."""
        self._link = link
        for question in list(self._open.values()):
            question.answer(None)

    def ask(
        self, ask: Ask, descriptors: Sequence[int] = (), within_s: float = ANSWER_WITHIN_S
    ) -> Reply:
        """Ask, and wait for the answer; see `asked` and `Question.wait`."""
        with self.asked(ask, descriptors) as question:
            return question.wait(within_s)

    @contextmanager
    def asked(self, ask: Ask, descriptors: Sequence[int] = ()) -> Iterator[Question]:
        """Ask; the question is open until the end of the block.

        Args:
            ask: makes the call of its `call_id`.
            descriptors: sent with it.

        Raises:
            BusyError: the process is away.
        """
        link, question = self._link, Question(next(self._ids))
        if link is None:
            raise BusyError(AWAY)
        self._open[question.call_id] = question
        try:
            link.send(ask(question.call_id), descriptors)
            yield question
        finally:
            del self._open[question.call_id]

    def take(self, answer: Call, descriptors: list[int]) -> None:
        """Give an answer to who waits for it; another one, which came too late, is dropped."""
        question = self._open.get(answer.call_id)
        if question is None:
            for descriptor in descriptors:
                os.close(descriptor)
            return
        question.answer(Reply(answer, MemoryFile(descriptors[0]) if descriptors else None))


Answer = Callable[[Any, list[int]], Reply | None]


class Answers:
    """Answers the calls of the process at the other side, several at once."""

    def __init__(self, answers: Mapping[type[Call], Answer]) -> None:
        """Prepare.

        Args:
            answers: by the kind of call, what returns its reply; None for `Done`.
        """
        self._answers = dict(answers)
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="answers")

    def add(self, kind: type[Call], answer: Answer) -> None:
        """Answer calls of one more kind; before the first link."""
        self._answers[kind] = answer

    def answer(self, link: Link, call: Call, descriptors: list[int]) -> None:
        """Answer over a link soon; returns at once."""
        self._pool.submit(self._answer, link, call, descriptors)

    def close(self) -> None:
        """Answer no further call."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, link: Link, call: Call, descriptors: list[int]) -> None:
        try:
            reply = self._answers[type(call)](call, descriptors) or Reply(Done(call.call_id))
        except (EvenkeelError, KeyError) as error:
            text = str(error) if isinstance(error, EvenkeelError) else str(error.args[0])
            reply = Reply(Failed(call.call_id, type(error).__name__, text))
        except Exception:
            logger.exception("%s could not be answered", call.event)
            reply = Reply(Failed(call.call_id, EvenkeelError.__name__, FAULT))
        link.send(reply.message, [reply.file.fileno()] if reply.file else [])
        if reply.file:
            reply.file.close()


def _error(failed: Failed) -> Exception:
    if failed.error == KeyError.__name__:
        return KeyError(failed.text)
    kind = getattr(errors, failed.error, None)
    if isinstance(kind, type) and issubclass(kind, EvenkeelError):
        return kind(failed.text)
    return EvenkeelError(failed.text)
