from dataclasses import replace
from datetime import UTC, datetime

import pytest

from webapp.core.alert_rules import RuleKind
from webapp.core.alerts import Phase
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus
from webapp.core.messages import AlertMessage, CountsMessage
from webapp.core.mqtt_topics import MqttAddress, camera_payload, discovery, parse_mqtt_url

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DOOR = CameraStatus("door", CameraState.LIVE, NOON, SourceKind.CAMERA)
COUNTS = CountsMessage("door", NOON, 3, {"angry": 1, "neutral": 2, "uncertain": 0}, 33.3, 10.0, 0.0)
ALERT = AlertMessage(
    "a1", "door", "Anger", 1, RuleKind.EXPRESSION, ("angry",), Phase.FIRING, NOON, 30.0, 40.0
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mqtt://broker", MqttAddress("broker", 1883, False, "evenkeel")),
        (
            "mqtts://me:a%40b@broker/site/1/",
            MqttAddress("broker", 8883, True, "site/1", "me", "a@b"),
        ),
        ("mqtt://[fd00::1]:99", MqttAddress("fd00::1", 99, False, "evenkeel")),
    ],
)
def test_an_address(text, address):
    assert parse_mqtt_url(text) == address


@pytest.mark.parametrize(
    "text", ["broker", "http://broker", "mqtt://", "mqtt://b:x", "mqtt://b/a#"]
)
def test_what_is_no_address_is_refused_and_not_repeated(text):
    with pytest.raises(ValueError, match="mqtt://user:password@host") as refused:
        parse_mqtt_url(text.replace("//", "//me:hunter2@"))
    assert "hunter2" not in str(refused.value)


def test_a_camera_in_figures_of_all_people_together():
    payload = camera_payload(DOOR, COUNTS, [replace(ALERT, camera="hall")])
    assert payload["state"] == "live" and (payload["people"], payload["indicator"]) == (3, 33.3)
    assert payload["alert"] is False and "counts" not in payload


def test_an_alert_is_on_from_firing_until_it_is_resolved():
    for phase, is_on in ((Phase.PENDING, False), (Phase.FIRING, True), (Phase.RECOVERING, True)):
        payload = camera_payload(DOOR, COUNTS, [replace(ALERT, state=phase)])
        assert payload["alert"] is is_on and payload["rule"] == ("Anger" if is_on else "")


@pytest.mark.parametrize(
    "counts", [None, replace(COUNTS, faces=None, counts=None, suppressed=True)]
)
def test_of_too_few_people_or_of_none_that_are_known_nothing_is_said(counts):
    payload = camera_payload(DOOR, counts, [])
    assert (payload["people"], payload["indicator"], payload["band"]) == (None, None, "")
    assert payload["suppressed"] is (counts is not None)


def test_home_assistant_finds_four_entities_of_one_device():
    found = discovery(parse_mqtt_url("mqtt://broker/plant/west"), "door", "Front door")
    assert len({payload["unique_id"] for payload in found.values()}) == len(found) == 4
    for topic, payload in found.items():
        assert topic.startswith(("homeassistant/sensor/", "homeassistant/binary_sensor/"))
        assert payload["state_topic"] == "plant/west/cameras/door"
        assert payload["device"]["name"] == "Evenkeel Front door"
