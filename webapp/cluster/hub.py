"""What joins the processes of several machines: links over one Redis, one hub in each process.

Each process listens on a channel of its own. A worker says every second on a common one that it is
there, and web processes open links to it. What is sent is sealed (`packet_sealer`). When Redis is
away every link ends, and new ones are opened when it is back.
"""

import json
import logging
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from webapp.bus.link import Link
from webapp.cluster.files import RedisFiles, Sent
from webapp.cluster.packet_sealer import PacketSealer
from webapp.cluster.redis_link import RedisLink
from webapp.core.backoff import Backoff
from webapp.core.errors import MessageError

HERE_EVERY_S = 1.0
# A beat comes twice a second, on machines that are busy, too.
SILENT_S = 5.0
# Of a connection that a firewall forgot, nobody says that it is gone.
DEAF_S = 10.0
ANSWER_WITHIN_S, CONNECT_WITHIN_S = 10.0, 3.0
LISTEN_S = 0.5
MOST_AT_ONCE = 100
MOST_WAITING = 10_000
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 2.0
# Also where nothing is sent, a machine that lost its power is missed.
KEEPALIVE = {
    socket.TCP_KEEPIDLE: 5,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 2,
    socket.TCP_USER_TIMEOUT: 15_000,
}
HEAD = struct.Struct("!I")
NOT_YET = "Redis was not reached yet."
AWAY = "Redis cannot be reached; it is tried again."
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Here:
    """What a worker says of itself.

    Attributes:
        process: its id, of this start.
        name: how people call it.
        kinds: what it serves.
        settings: those that all must have alike, by name.
    """

    process: str
    name: str
    kinds: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Envelope:
    """What a packet says beside its message.

    Attributes:
        link: its number.
        kind: of the link.
        opens: whether this is the first packet of its link.
        ends: whether the link is closed; there is no message.
        is_sign_of_life: whether there is no message, but somebody.
        files: see `files.Sent.head`.
    """

    link: str
    kind: str
    opens: bool = False
    ends: bool = False
    is_sign_of_life: bool = False
    files: Sequence[dict[str, Any]] = ()


ENVELOPE = tuple(each.name for each in fields(Envelope))


@dataclass
class Waiting:
    """A packet that is to be sent."""

    link: RedisLink
    envelope: Envelope
    data: bytes = b""
    files: Sequence[Sent] = field(default_factory=tuple)


class RedisHub:
    """Keeps the links of one process.

    Attributes:
        trouble: why Redis cannot be used now, "" while it can.
    """

    def __init__(
        self,
        url: str,
        secret_key: str,
        *,
        name: str = "",
        settings: Mapping[str, str] | None = None,
        accept: Mapping[str, Callable[[Link], None]] | None = None,
        heard: Callable[[Here], None] | None = None,
    ) -> None:
        """Prepare; connects to nothing.

        Args:
            url: of Redis, such as redis://127.0.0.1:6379/0.
            secret_key: what all processes have in common.
            name: of a worker.
            settings: of a worker, see `Here`.
            accept: of a worker, by the kind of link what serves it until it ends.
            heard: of a web process, takes what workers say of themselves; called every second.
        """
        self.sealer = PacketSealer(secret_key)
        self._redis = connect(url)
        self._files = RedisFiles(self._redis, self.sealer)
        self._name, self._accept, self._heard = name, dict(accept or {}), heard
        self._settings = dict(settings or {})
        self._links: dict[tuple[str, str], RedisLink] = {}
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, Waiting] = {}
        self._is_up = False
        self._heard_itself_at_s = 0.0
        self.trouble = NOT_YET

    def run(self, stop: threading.Event) -> None:
        """Listen and send until stopped, however often Redis goes away."""
        backoff = Backoff(FIRST_WAIT_S, LONGEST_WAIT_S)
        ended = threading.Event()
        writer = threading.Thread(
            target=self._write, args=(ended, stop), name="redis-out", daemon=True
        )
        writer.start()
        while not stop.is_set():
            try:
                self._listen(stop, backoff)
            except (RedisError, OSError) as error:
                self._lose(error)
            except Exception as error:
                # Without this thread nobody is heard any more.
                logger.exception("what came over Redis could not be taken")
                self._lose(error)
            if not stop.is_set():
                self._down()
                stop.wait(backoff.failed())
        # The others need not wait until they miss this process.
        self._end_links()
        ended.set()
        writer.join()
        self._down()
        self._redis.close()

    def open(self, process: str, kind: str) -> RedisLink:
        """Return a new link to a worker."""
        link = RedisLink(self, process, secrets.token_hex(8), kind)
        link.heard_at_s = time.monotonic()
        self._links[process, link.number] = link
        self._put(object(), Waiting(link, Envelope(link.number, kind, opens=True)))
        return link

    def send(
        self, link: RedisLink, data: bytes, descriptors: Sequence[int], instead_of: Hashable
    ) -> None:
        """Have a message sent soon; see `Link.send`."""
        files = self._files.read(descriptors)
        envelope = Envelope(link.number, link.kind, files=[file.head for file in files])
        key = object() if instead_of is None else (link, instead_of)
        self._put(key, Waiting(link, envelope, data, files))

    def forget(self, link: RedisLink) -> None:
        """Let a link end, also at the other side."""
        if self._links.pop((link.process, link.number), None):
            self._put(object(), Waiting(link, Envelope(link.number, link.kind, ends=True)))

    def end_silent(self, now_s: float) -> None:
        """Close the links over which nothing came for long."""
        for link in list(self._links.values()):
            if now_s - link.heard_at_s > SILENT_S:
                link.close()

    def _put(self, key: Hashable, packet: Waiting) -> None:
        with self._changed:
            if not self._is_up:
                return
            if len(self._waiting) >= MOST_WAITING:
                logger.warning("Redis does not take what is sent; every link is closed")
                self._waiting.clear()
                self._is_up = False
            # A new key stands last: a message never overtakes those before it.
            self._waiting.pop(key, None)
            self._waiting[key] = packet
            self._changed.notify_all()

    def _listen(self, stop: threading.Event, backoff: Backoff) -> None:
        own, workers = self._channel(self.sealer.process), self._channel("workers")
        channels = [own, workers] if self._heard else [own]
        # Untyped in the library.
        redis: Any = self._redis
        with closing(redis.pubsub(ignore_subscribe_messages=True)) as heard:
            heard.subscribe(*channels)
            # Until the broker says so, what is sent here would be lost.
            for _ in channels:
                heard.get_message(timeout=ANSWER_WITHIN_S)
            self._find()
            backoff.succeeded()
            self._heard_itself_at_s = time.monotonic()
            while not stop.is_set() and self._is_up:
                message = heard.get_message(timeout=LISTEN_S)
                if message:
                    self._take(message["channel"].decode(), message["data"])
                self.end_silent(time.monotonic())
                if time.monotonic() - self._heard_itself_at_s > DEAF_S:
                    raise TimeoutError("what is sent does not arrive")

    def _take(self, channel: str, sealed: bytes) -> None:
        try:
            process, packet = self.sealer.open(sealed, channel)
            if channel == self._channel("workers"):
                said = json.loads(packet)
                assert self._heard
                settings = dict(said.get("settings", {}))
                here = Here(process, str(said["name"]), tuple(said["kinds"]), settings)
                return self._heard(here)
            if process == self.sealer.process:
                self._heard_itself_at_s = time.monotonic()
                return
            size = HEAD.unpack_from(packet)[0]
            head = json.loads(packet[HEAD.size : HEAD.size + size])
            # What only a later release says is passed over.
            envelope = Envelope(**{name: head[name] for name in ENVELOPE if name in head})
            self._take_packet(process, envelope, packet[HEAD.size + size :])
        except (MessageError, ValueError, TypeError, KeyError, struct.error) as error:
            logger.warning("something came over Redis that cannot be read: %s", error)

    def _take_packet(self, process: str, envelope: Envelope, rest: bytes) -> None:
        link = self._links.get((process, envelope.link))
        if envelope.ends:
            if link:
                link.close()
            return
        if link is None:
            if not envelope.opens or envelope.kind not in self._accept:
                # Of before this process or its connection ended: the other side opens a new one.
                gone = RedisLink(self, process, envelope.link, envelope.kind)
                ends = Envelope(envelope.link, envelope.kind, ends=True)
                return self._put(object(), Waiting(gone, ends))
            return self._begin(process, envelope)
        link.heard_at_s = time.monotonic()
        if envelope.is_sign_of_life:
            return
        inline = sum(int(file["bytes"]) for file in envelope.files)
        end = len(rest) - inline
        link.take(rest[:end], self._files.take(envelope.files, rest[end:]))

    def _begin(self, process: str, envelope: Envelope) -> None:
        link = RedisLink(self, process, envelope.link, envelope.kind)
        link.heard_at_s = time.monotonic()
        self._links[process, link.number] = link
        serve = self._accept[envelope.kind]
        threading.Thread(
            target=serve, args=(link,), name=f"link-{process[:8]}", daemon=True
        ).start()

    def _write(self, ended: threading.Event, stop: threading.Event) -> None:
        here_at_s, is_last = 0.0, False
        while not is_last:
            is_last = ended.is_set()
            packets = self._next()
            try:
                # Who is about to end is not there any more, for those who would open links.
                if self._is_up and not stop.is_set() and time.monotonic() >= here_at_s:
                    self._say_here()
                    here_at_s = time.monotonic() + HERE_EVERY_S
                self._publish(packets)
            except (RedisError, OSError) as error:
                self._lose(error)
            except Exception as error:
                logger.exception("something could not be sent over Redis")
                self._lose(error)

    def _next(self) -> list[Waiting]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, HERE_EVERY_S / 2)
            keys = list(self._waiting)[:MOST_AT_ONCE]
            return [self._waiting.pop(key) for key in keys]

    def _publish(self, packets: Sequence[Waiting]) -> None:
        kept = [each for each in packets if self._keep(each)]
        if not kept:
            return
        pipe = self._redis.pipeline(transaction=False)
        for each in kept:
            channel = self._channel(each.link.process)
            pipe.publish(channel, self.sealer.seal(_packed(each), channel))
        for each, listeners in zip(kept, pipe.execute(), strict=True):
            if not listeners:
                # Its process is gone.
                each.link.close()

    def _keep(self, packet: Waiting) -> bool:
        """Lay out what comes with a packet; False where it is lost."""
        try:
            self._files.keep(packet.files)
        except ResponseError as error:
            # A Redis that is full still passes on all that it need not keep.
            logger.warning("a message is lost: Redis keeps nothing for it (%s)", error)
            return False
        return True

    def _say_here(self) -> None:
        for link in list(self._links.values()):
            # Where nobody listens any more, the link ends.
            sign = Envelope(link.number, link.kind, is_sign_of_life=True)
            self._put((link, "life"), Waiting(link, sign))
        own = self._channel(self.sealer.process)
        self._redis.publish(own, self.sealer.seal(b"", own))
        if not self._accept:
            return
        channel = self._channel("workers")
        here = Here(self.sealer.process, self._name, tuple(self._accept), self._settings)
        self._redis.publish(channel, self.sealer.seal(json.dumps(asdict(here)).encode(), channel))

    def _down(self) -> None:
        with self._changed:
            self._is_up = False
            self._waiting.clear()
        self._end_links()

    def _end_links(self) -> None:
        for link in list(self._links.values()):
            link.close()

    def _lose(self, error: Exception) -> None:
        self._is_up = False
        if self.trouble != AWAY:
            self.trouble = AWAY
            logger.warning("Redis cannot be used (%s: %s)", type(error).__name__, error)

    def _find(self) -> None:
        self._is_up = True
        self.trouble = ""
        logger.info("Redis is there")

    def _channel(self, name: str) -> str:
        return f"{self.sealer.prefix}:{name}"


def connect(url: str) -> Redis:
    """Return a client that gives up soon; connects to nothing."""
    return Redis.from_url(
        url,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=CONNECT_WITHIN_S,
        socket_keepalive=True,
        socket_keepalive_options=KEEPALIVE,
        health_check_interval=int(SILENT_S),
        retry=Retry(NoBackoff(), 0),
    )


def _packed(packet: Waiting) -> bytes:
    head = json.dumps(asdict(packet.envelope)).encode()
    inline = b"".join(file.data for file in packet.files if not file.key)
    return b"".join((HEAD.pack(len(head)), head, packet.data, inline))
