"""What pages of one web instance do, told to the browsers of the others: Socket.IO's queue."""

import json
import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from redis.exceptions import RedisError
from socketio.pubsub_manager import PubSubManager

from webapp.bus.json_codec import to_json
from webapp.cluster.hub import connect
from webapp.cluster.packet_sealer import PacketSealer
from webapp.core.errors import MessageError
from webapp.core.messages import CamerasChanged, Message, SilencesChanged

MOST_WAITING = 1000
# Pages read alerts, rules and cameras again when they hear one of these.
MISSED: Sequence[Message] = (SilencesChanged(), CamerasChanged())
LISTEN_S, AGAIN_AFTER_S = 1.0, 1.0
logger = logging.getLogger(__name__)


class PageEvents(PubSubManager):
    """Passes events on over Redis, sealed: whoever can write there pushes nothing to a browser.

    No request waits for Redis. What cannot be passed on is lost, so when Redis is back the pages
    are told to read again what they show.
    """

    name = "redis"

    def __init__(self, url: str, secret_key: str, room: str) -> None:
        """Prepare; connects to nothing.

        Args:
            url: of Redis.
            secret_key: what all web instances have in common.
            room: of all browsers.
        """
        self._room = room
        self._sealer, self._redis = PacketSealer(secret_key), connect(url)
        super().__init__(channel=f"{self._sealer.prefix}:pages")
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue(MOST_WAITING)
        self._starting, self._is_writing = threading.Lock(), False

    def _publish(self, data: dict[str, Any]) -> None:
        with self._starting:
            if not self._is_writing:
                self._is_writing = True
                threading.Thread(target=self._write, name="page-events", daemon=True).start()
        try:
            self._waiting.put_nowait(data)
        except queue.Full:
            logger.warning("an event of a page does not reach other web instances: Redis is slow")

    def _write(self) -> None:
        while True:
            packet = json.dumps(self._waiting.get()).encode()
            try:
                self._redis.publish(self.channel, self._sealer.seal(packet, self.channel))
            except (RedisError, OSError) as error:
                # That it is away is said by the hub.
                logger.info("an event of a page does not reach other web instances: %s", error)

    def _listen(self) -> Iterator[bytes | dict[str, Any]]:
        """Yield what others pass on, however often Redis goes away."""
        missed: Sequence[Message] = ()
        while True:
            try:
                yield from self._heard(missed)
            except (RedisError, OSError):
                missed = MISSED
                time.sleep(AGAIN_AFTER_S)

    def _heard(self, missed: Sequence[Message]) -> Iterator[bytes | dict[str, Any]]:
        # Untyped in the library.
        redis: Any = self._redis
        with closing(redis.pubsub(ignore_subscribe_messages=True)) as heard:
            heard.subscribe(self.channel)
            for message in missed:
                said = {"event": message.event, "data": to_json(message), "room": self._room}
                yield {"method": "emit", **said}
            while True:
                packet = heard.get_message(timeout=LISTEN_S)
                if not packet:
                    continue
                try:
                    yield self._sealer.open(packet["data"], self.channel)[1]
                except MessageError as error:
                    logger.warning("an event over Redis is not passed on: %s", error)
