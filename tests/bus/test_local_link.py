"""Packets over a local socket, both ways."""

import os
import socket
import threading

import pytest

from tests.patience import PATIENCE_S, wait_until
from webapp.bus import local_link as link_module
from webapp.bus.local_link import IN_A_FILE, LocalLink
from webapp.bus.memory_file import MemoryFile
from webapp.core.messages import Receiver


class Reader:
    """Serves a link in a thread and keeps what comes."""

    def __init__(self, link: LocalLink) -> None:
        self.messages: list = []
        self.files: list[bytes] = []
        self.thread = threading.Thread(target=link.serve, args=(self._take,))
        self.thread.start()

    def _take(self, message, descriptors) -> None:
        self.messages.append(message)
        for descriptor in descriptors:
            with MemoryFile(descriptor) as file:
                self.files.append(file.read())


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.fixture
def pair(ends):
    links = LocalLink(ends[0], "there"), LocalLink(ends[1], "here")
    readers = [Reader(link) for link in links]
    yield links, readers
    links[0].close()
    for reader in readers:
        reader.thread.join(PATIENCE_S)
        assert not reader.thread.is_alive()


def test_messages_go_both_ways_in_their_order(pair):
    (ours, theirs), (here, there) = pair
    sent = [Receiver(str(number), "x") for number in range(50)]
    for message in sent:
        ours.send(message)
    theirs.send(sent[0])
    wait_until(lambda: len(there.messages) == 50 and here.messages)
    assert there.messages == sent and here.messages == sent[:1]


def test_a_long_message_and_its_file_come_whole(pair):
    (ours, _), (_, there) = pair
    long = Receiver("k", "x" * 3_000_000)
    before = len(os.listdir("/proc/self/fd"))
    with MemoryFile.of(b"picture") as file:
        ours.send(long, [file.fileno()])
    wait_until(lambda: there.files)
    assert (there.messages, there.files) == ([long], [b"picture"])
    wait_until(lambda: len(os.listdir("/proc/self/fd")) == before)


def test_a_reader_that_is_slow_gets_the_newest_and_one_that_stops_is_cut_off(ends, monkeypatch):
    monkeypatch.setattr(link_module, "MOST_WAITING", 20)
    link = LocalLink(ends[0], "there")
    blocked = Receiver("b", "x" * 60_000)
    for _ in range(10):
        link.send(blocked)
    for number in range(100):
        link.send(Receiver(str(number), "newest"), instead_of="newest")
    assert link_module.decode(_last(ends[1], b"newest")).key == "99"
    for number in range(200):
        link.send(Receiver(str(number), "x" * 60_000))
    reader = Reader(link)
    reader.thread.join(PATIENCE_S)
    assert not reader.thread.is_alive()


def _last(end: socket.socket, part: bytes) -> bytes:
    while part not in (data := end.recv(100_000)):
        assert data
    return data


def test_what_is_no_message_is_passed_over(ends, caplog):
    there = Reader(LocalLink(ends[1], "a stranger"))
    with MemoryFile.of(b"{}") as file:
        socket.send_fds(ends[0], [IN_A_FILE], [file.fileno()])
    ends[0].send(b"nonsense")
    ends[0].send(link_module.encode(Receiver("k", "after")))
    wait_until(lambda: there.messages)
    ends[0].shutdown(socket.SHUT_RDWR)
    there.thread.join(PATIENCE_S)
    assert there.messages == [Receiver("k", "after")]
    assert caplog.text.count("a stranger: expected JSON") == 2
