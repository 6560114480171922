"""What a real broker is told, and what it is told when either side was away."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.core.test_mqtt_topics import ALERT, COUNTS
from tests.fakes import FakeRuntime
from tests.mosquitto import MOSQUITTO, Mosquitto
from tests.patience import wait_until
from tests.services import require_or_skip
from webapp.core.mqtt_topics import MqttAddress
from webapp.outside import mqtt
from webapp.outside.mqtt import MqttPublisher


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    require_or_skip("mosquitto", MOSQUITTO is not None)
    broker = Mosquitto(tmp_path).start()
    yield broker
    broker.stop()


class Listener:
    """Another program, which hears everything."""

    def __init__(self, port: int) -> None:
        self.heard: dict[str, str] = {}
        self._client = client = Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda *_: client.subscribe("#", qos=1)
        client.on_message = lambda _c, _d, message: self._hear(message.topic, message.payload)
        client.reconnect_delay_set(1, 1)
        client.connect("127.0.0.1", port)
        client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def camera(self, name: str) -> dict:
        return json.loads(self.heard.get(f"evenkeel/cameras/{name}") or "{}")

    def _hear(self, topic: str, payload: bytes) -> None:
        self.heard[topic] = payload.decode()


@contextmanager
def publishing(publisher: MqttPublisher) -> Iterator[None]:
    """Run a publisher while the block lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=publisher.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_broker_is_told_of_cameras_alerts_and_the_end(
    broker: Mosquitto, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "LOOK_EVERY_S", 0.05)
    live = []
    address = MqttAddress("127.0.0.1", broker.port, False, "evenkeel")
    runtime.counts["door"] = replace(COUNTS, camera="door")
    listener = Listener(broker.port)
    with publishing(MqttPublisher(address, runtime, lambda: live)):
        wait_until(lambda: listener.camera("door").get("people") == 3)
        assert listener.heard["evenkeel/status"] == "online"
        config = json.loads(
            listener.heard["homeassistant/binary_sensor/evenkeel_evenkeel_door/alert/config"]
        )
        assert config["state_topic"] == "evenkeel/cameras/door"
        live.append(ALERT)
        wait_until(lambda: listener.camera("door")["alert"])
        # A broker that forgot everything is told all of it again.
        listener.heard.clear()
        broker.stop()
        broker.start()
        wait_until(lambda: listener.camera("door").get("rule") == "Anger")
        wait_until(lambda: listener.heard.get("evenkeel/status") == "online")
        runtime.statuses = [each for each in runtime.statuses if each.name != "door"]
        wait_until(lambda: listener.heard.get("evenkeel/cameras/door") == "")
    wait_until(lambda: listener.heard["evenkeel/status"] == "offline")
    listener.close()


def test_a_broker_that_is_away_holds_nobody_up(
    runtime: FakeRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    away = MqttAddress("127.0.0.1", 9, False, "evenkeel")
    with publishing(MqttPublisher(away, runtime, tuple)):
        wait_until(lambda: "the MQTT broker is not told" in caplog.text)
    assert caplog.text.count("is not told") == 1
