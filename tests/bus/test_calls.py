"""Questions between processes, and what can keep an answer away."""

import threading
from functools import partial

import pytest

from tests.bus.links import linked
from tests.patience import PATIENCE_S, wait_until
from webapp.bus.calls import FAULT, Answers, Calls, Reply
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import Done, ReadRules, SendTest
from webapp.core.errors import BusyError, EvenkeelError, SourceError, StorageError


class Server:
    """Answers as a test says."""

    def __init__(self, answer) -> None:
        self.answers = Answers({SendTest: answer, ReadRules: lambda call, _: None})

    def serve(self, link) -> None:
        link.serve(lambda message, files: self.answers.answer(link, message, files))


class Asker:
    """Takes answers."""

    def __init__(self) -> None:
        self.calls = Calls()

    def serve(self, link) -> None:
        self.calls.use(link)
        link.serve(self.calls.take)
        self.calls.use(None)


ask = partial(SendTest, key="k")


def asking(answer, within_s=10.0):
    asker = Asker()
    with linked(Server(answer), asker):
        wait_until(lambda: asker.calls._link)
        return asker.calls.ask(ask, within_s=within_s)


def test_an_answer_and_its_file_come_back():
    reply = asking(lambda call, _: Reply(Done(call.call_id), MemoryFile.of(call.key.encode())))
    with reply.file as file:
        assert isinstance(reply.message, Done) and file.read() == b"k"
    assert asking(lambda call, _: None).file is None


def raising(error):
    def answer(call, _):
        raise error

    return answer


@pytest.mark.parametrize(
    "error",
    [SourceError("it is silent"), StorageError("locked"), KeyError("k"), EvenkeelError("no")],
)
def test_what_the_other_side_raises_is_raised_here(error):
    with pytest.raises(type(error)) as raised:
        asking(raising(error))
    assert raised.value.args == error.args and type(raised.value) is type(error)


def test_a_fault_of_the_other_side_stays_in_its_log(caplog):
    with pytest.raises(EvenkeelError, match=FAULT):
        asking(raising(ValueError("secret")))
    assert "secret" in caplog.text


def test_who_is_away_or_silent_or_ends_meanwhile_is_busy():
    with pytest.raises(BusyError, match="is being started"):
        Calls().ask(ask)
    answered = threading.Event()
    with pytest.raises(BusyError, match="does not answer"):
        try:
            asking(lambda *_: answered.wait(PATIENCE_S) and None, within_s=0.05)
        finally:
            answered.set()
    asker, asked, ended = Asker(), threading.Event(), threading.Event()
    with linked(
        Server(lambda *_: asked.set() or (ended.wait(PATIENCE_S) and None)), asker
    ) as links:
        wait_until(lambda: asker.calls._link)
        threading.Thread(target=lambda: asked.wait(PATIENCE_S) and links[0].close()).start()
        with pytest.raises(BusyError, match="is being started"):
            asker.calls.ask(ask)
        ended.set()


def test_several_are_answered_at_once():
    both = threading.Barrier(2, timeout=PATIENCE_S)
    asker = Asker()
    with linked(Server(lambda *_: both.wait() and None), asker):
        wait_until(lambda: asker.calls._link)
        threads = [threading.Thread(target=asker.calls.ask, args=(ask,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
