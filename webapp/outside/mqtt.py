"""Keeps an MQTT broker told of every camera, by the client of Eclipse Paho."""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from webapp.core.camera_status import CameraStatus
from webapp.core.messages import AlertMessage
from webapp.core.mqtt_topics import (
    OFFLINE,
    ONLINE,
    MqttAddress,
    Payload,
    camera_payload,
    discovery,
)
from webapp.core.ports import LiveRuntime

LOOK_EVERY_S = 1.0
# What does not change is said again so often, for those who count on it.
SAID_AGAIN_S = 60.0
KEPT_ALIVE_S = 30
MOST_WAITING = 1000
ENDED_WITHIN_S = 2.0
logger = logging.getLogger(__name__)


class MqttPublisher:
    """Says what changed of each camera, once a second at most; all of it after each connection.

    Everything is retained, so whoever comes later knows at once. A broker that is away holds up
    nothing: the client connects again by itself, and only the newest is said then.
    """

    def __init__(
        self,
        address: MqttAddress,
        runtime: LiveRuntime,
        live: Callable[[], Sequence[AlertMessage]],
    ) -> None:
        """Prepare; connects to nothing.

        Args:
            address: of the broker.
            runtime: the cameras.
            live: returns pending and open alerts of all cameras.
        """
        self._address, self._runtime, self._live = address, runtime, live
        self._client = client = Client(CallbackAPIVersion.VERSION2)
        client.max_queued_messages_set(MOST_WAITING)
        client.reconnect_delay_set(1, 30)
        if address.username:
            client.username_pw_set(address.username, address.password)
        if address.is_tls:
            client.tls_set()
        client.will_set(address.status_topic, OFFLINE, qos=1, retain=True)
        client.on_connect = self._connected
        client.on_connect_fail = lambda *_: self._say_away("it does not answer")
        client.on_disconnect = self._disconnected
        self._is_new, self._is_away = threading.Event(), False
        self._titles: dict[str, str] = {}
        self._said: dict[str, tuple[Payload, float]] = {}

    def run(self, stop: threading.Event) -> None:
        """Connect, and tell until stopped; then say that this server is offline."""
        self._client.connect_async(self._address.host, self._address.port, KEPT_ALIVE_S)
        self._client.loop_start()
        try:
            while not stop.wait(LOOK_EVERY_S):
                try:
                    self.step(time.monotonic())
                except Exception:
                    # What fails once must not end it.
                    logger.exception("the MQTT broker could not be told for a moment")
        finally:
            self._end()

    def step(self, now_s: float) -> None:
        """Tell what is new.

        Args:
            now_s: monotonic time.
        """
        if not self._client.is_connected():
            return
        if self._is_new.is_set():
            self._is_new.clear()
            self._titles, self._said = {}, {}
        statuses, live = self._runtime.cameras(), self._live()
        self._offer({status.name: status.label for status in statuses})
        for status in statuses:
            payload = self._payload(status, live)
            if payload is None:
                continue
            before, said_at_s = self._said.get(status.name, (None, 0.0))
            if payload != before or now_s - said_at_s >= SAID_AGAIN_S:
                self._publish(self._address.camera_topic(status.name), payload)
                self._said[status.name] = payload, now_s

    def _payload(self, status: CameraStatus, live: Sequence[AlertMessage]) -> Payload | None:
        try:
            counts = self._runtime.newest_counts(status.name)
        except KeyError:
            # Removed at this very moment.
            return None
        return camera_payload(status, counts, live)

    def _offer(self, titles: dict[str, str]) -> None:
        """Let cameras be found by what they are called now, and those that are gone no more."""
        for camera in self._titles.keys() - titles.keys():
            for topic in (
                *discovery(self._address, camera, ""),
                self._address.camera_topic(camera),
            ):
                self._publish(topic, None)
            self._said.pop(camera, None)
        for camera, title in titles.items():
            if self._titles.get(camera) != title:
                for topic, payload in discovery(self._address, camera, title).items():
                    self._publish(topic, payload)
        self._titles = titles

    def _publish(self, topic: str, payload: Payload | None) -> None:
        text = "" if payload is None else json.dumps(payload, ensure_ascii=False)
        self._client.publish(topic, text, qos=1, retain=True)

    def _connected(self, _client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._say_away(str(reason))
            return
        logger.info("told the MQTT broker %s:%d", self._address.host, self._address.port)
        self._is_away = False
        self._client.publish(self._address.status_topic, ONLINE, qos=1, retain=True)
        self._is_new.set()

    def _disconnected(self, _client: Client, _data: Any, _flags: Any, reason: Any, _m: Any) -> None:
        if reason.is_failure:
            self._say_away(str(reason))

    def _say_away(self, reason: str) -> None:
        if not self._is_away:
            logger.warning("the MQTT broker is not told: %s; it is tried again", reason)
        self._is_away = True

    def _end(self) -> None:
        if self._client.is_connected():
            last = self._client.publish(self._address.status_topic, OFFLINE, qos=1, retain=True)
            last.wait_for_publish(ENDED_WITHIN_S)
        self._client.disconnect()
        self._client.loop_stop()
