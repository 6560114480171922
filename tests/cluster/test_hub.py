"""Links between processes of several machines, over a real Redis."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from redis import Redis

from tests.patience import PATIENCE_S, wait_until
from tests.redis_server import REDIS, RedisServer
from tests.services import require_or_skip
from webapp.bus.calls import Answers, Reply
from webapp.bus.chunks import received_chunks, send_chunks
from webapp.bus.link_server import LinkServer
from webapp.bus.memory_file import MemoryFile
from webapp.bus.process_messages import Done, ReadRules, SendTest, Watch
from webapp.bus.process_peer import ProcessPeer
from webapp.cluster import hub as hub_module
from webapp.cluster.files import MOST_INLINE_BYTES
from webapp.cluster.hub import Here, RedisHub
from webapp.core.errors import BusyError, StorageError

KEY = "a key that all have in common"


class Server(LinkServer):
    """Answers calls, and keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.files: list[bytes] = []
        self.left = threading.Event()
        self.answers = Answers({SendTest: self._echo, ReadRules: self._read_file})

    def take(self, link, message, descriptors) -> None:
        if isinstance(message, Watch):
            self.told.append(message.camera)

    def unlinked(self, link) -> None:
        self.left.set()

    def _echo(self, call, descriptors) -> Reply:
        if not descriptors:
            raise StorageError("nothing came")
        with MemoryFile(descriptors[0]) as file:
            return Reply(Done(call.call_id), MemoryFile.of(file.read()))

    def _read_file(self, call, descriptors) -> None:
        with socket.socket(fileno=descriptors[0]) as end:
            self.files.append(b"".join(received_chunks(end)))


class Peer(ProcessPeer):
    """A web process' side."""

    def __init__(self) -> None:
        super().__init__()
        self.is_there = False

    def linked(self) -> None:
        self.is_there = True

    def lost(self) -> None:
        self.is_there = False


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[RedisServer]:
    require_or_skip("Redis", REDIS is not None)
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()


@contextmanager
def running(*hubs: RedisHub) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=hub.run, args=(stop,)) for hub in hubs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


class Web:
    """A web process: one peer for each worker that it hears of."""

    def __init__(self, url: str, key: str = KEY) -> None:
        self.peers: dict[str, Peer] = {}
        self.hub = RedisHub(url, key, heard=self._heard)

    def _heard(self, here: Here) -> None:
        peer = self.peers.setdefault(here.process, Peer())
        if not peer.is_there:
            peer.is_there = True
            link = self.hub.open(here.process, here.kinds[0])
            threading.Thread(target=peer.serve, args=(link,), daemon=True).start()

    @property
    def peer(self) -> Peer:
        return next(iter(self.peers.values()))

    def finds_worker(self) -> bool:
        return any(peer.report for peer in self.peers.values())


def worker(url: str, server: Server, key: str = KEY) -> RedisHub:
    return RedisHub(url, key, name="yard", accept={"cameras": server.serve})


def test_every_web_process_hears_and_asks_every_worker(redis: RedisServer) -> None:
    server, webs = Server(), [Web(redis.url), Web(redis.url)]
    with running(worker(redis.url, server), *(web.hub for web in webs)):
        wait_until(lambda: all(web.finds_worker() for web in webs))
        # Within the packet, and beside it.
        for size in (3, MOST_INLINE_BYTES + 1):
            with MemoryFile.of(os.urandom(size)) as file:
                reply = webs[0].peer.calls.ask(partial(SendTest, key="k"), [file.fileno()])
                with reply.file as answer:
                    assert answer.read() == file.read()
        with pytest.raises(StorageError, match="nothing came"):
            webs[1].peer.calls.ask(partial(SendTest, key="k"))
        # Of what waits under one key the newest alone is sent, in its order.
        for number in range(50):
            webs[1].peer.send(Watch(str(number), True), instead_of="newest")
        webs[1].peer.send(Watch("last", True))
        wait_until(lambda: server.told[-1:] == ["last"])
        assert server.told[-2] == "49" and len(server.told) < 50
        # A full Redis loses what it would have to keep, and carries on with the rest.
        with (
            Redis.from_url(redis.url) as client,
            MemoryFile.of(bytes(MOST_INLINE_BYTES + 1)) as file,
        ):
            client.config_set("maxmemory", 1)
            with pytest.raises(BusyError, match="does not answer"):
                webs[0].peer.calls.ask(partial(SendTest, key="k"), [file.fileno()], 0.3)
            with pytest.raises(StorageError, match="nothing came"):
                webs[0].peer.calls.ask(partial(SendTest, key="k"))
            client.config_set("maxmemory", 0)
        ours, theirs = socket.socketpair()
        content = os.urandom(5_000_000)
        with ours, theirs, ExitStack() as stack:
            question = stack.enter_context(webs[0].peer.calls.asked(ReadRules, [theirs.fileno()]))
            theirs.close()
            send_chunks(ours, [content[:1], content[1:]])
            ours.close()
            question.wait(PATIENCE_S)
        assert server.files == [content]
        with Redis.from_url(redis.url) as client:
            # Nothing stays there but marks that end by themselves, and nobody without the key reads
            # or says anything.
            assert all(key.endswith(b":end") for key in client.scan_iter())
            channels = client.pubsub_channels()
            assert len(channels) == 4
            for channel in channels:
                client.publish(channel, b"forged")
    wait_until(server.left.is_set)


def test_others_with_another_key_are_not_heard(redis: RedisServer) -> None:
    web, other = Web(redis.url), Web(redis.url, "another key")
    with running(worker(redis.url, Server()), web.hub, other.hub):
        wait_until(web.finds_worker)
        assert not other.peers


def test_a_process_that_hears_nothing_or_fails_connects_anew(
    redis: RedisServer, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(hub_module, "DEAF_S", -1.0)
    web = Web(redis.url)
    faults = ["no thread can be started"]

    def heard(here: Here) -> None:
        if faults:
            raise RuntimeError(faults.pop())
        web._heard(here)

    web.hub._heard = heard
    with running(worker(redis.url, Server()), web.hub):
        wait_until(lambda: web.hub.trouble == hub_module.AWAY)
        monkeypatch.setattr(hub_module, "DEAF_S", 10.0)
        wait_until(web.finds_worker)
    assert not faults and "what came over Redis could not be taken" in caplog.text


def test_links_end_and_come_back_with_redis_and_with_the_worker(tmp_path: Path) -> None:
    require_or_skip("Redis", REDIS is not None)
    redis = RedisServer(tmp_path)
    server, web = Server(), Web(redis.url)
    stop = threading.Event()
    thread = threading.Thread(target=worker(redis.url, server).run, args=(stop,))
    thread.start()
    with running(web.hub):
        # Whoever starts first waits for the other.
        redis.start()
        wait_until(web.finds_worker)
        redis.stop()
        wait_until(lambda: not web.peer.is_there and web.hub.trouble)
        with pytest.raises(BusyError):
            web.peer.calls.ask(ReadRules)
        redis.start()
        wait_until(web.finds_worker)
        assert not web.hub.trouble
        # A worker that ends is missed at once: nobody listens there any more.
        stop.set()
        thread.join(PATIENCE_S)
        wait_until(lambda: web.peer.send(Watch("door", True)) or not web.peer.is_there)
    redis.stop()
