"""Events of pages between two web instances, over a real Redis."""

import logging
import queue
import threading

from redis import Redis

from tests.cluster.test_hub import KEY, redis
from tests.patience import PATIENCE_S, wait_until
from tests.redis_server import RedisServer
from webapp.cluster.page_events import PageEvents

__all__ = ["redis"]


def test_events_are_sealed_reach_the_others_and_wait_for_nothing(
    redis: RedisServer, caplog
) -> None:
    one, other = (PageEvents(redis.url, KEY, "all") for _ in range(2))
    heard: queue.Queue = queue.Queue()

    def listen() -> None:
        for data in other._listen():
            heard.put(data)

    threading.Thread(target=listen, daemon=True).start()
    with Redis.from_url(redis.url) as client, client.pubsub() as spy:
        wait_until(lambda: dict(client.pubsub_numsub(one.channel))[one.channel.encode()])
        spy.subscribe(one.channel)
        client.publish(one.channel, b'{"method": "enter_room", "sid": "a", "room": "camera-door"}')
        one._publish({"method": "emit", "event": "silences", "data": ["mira"]})
        assert (
            heard.get(timeout=PATIENCE_S)
            == b'{"method": "emit", "event": "silences", "data": ["mira"]}'
        )
        seen = [spy.get_message(timeout=PATIENCE_S)["data"] for _ in range(3)]
        assert b"mira" not in seen[2]
        # What came once is not taken a second time.
        client.publish(one.channel, seen[2])
        one._publish({"number": 2})
        assert heard.get(timeout=PATIENCE_S) == b'{"number": 2}'
        # Who was cut off has pages read again what they may have missed.
        client.client_kill_filter(_type="pubsub")
        missed = [heard.get(timeout=PATIENCE_S) for _ in range(2)]
        assert [each["event"] for each in missed] == ["silences", "cameras"]
        assert missed[0] == {"method": "emit", "event": "silences", "data": {}, "room": "all"}
    assert [r.levelno for r in caplog.records] == [logging.WARNING] * 2
