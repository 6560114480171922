"""What stands on which topic of an MQTT broker, for any program and for Home Assistant.

Home Assistant finds devices by itself from what lies below `homeassistant/`, see "MQTT discovery"
in its documentation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from webapp.core.camera_status import CameraStatus
from webapp.core.messages import AlertMessage, CountsMessage
from webapp.core.utc import iso_utc

DISCOVERY = "homeassistant"
DEFAULT_BASE = "evenkeel"
PORTS = {"mqtt": 1883, "mqtts": 8883}
ONLINE, OFFLINE = "online", "offline"
Payload = dict[str, Any]


@dataclass(frozen=True)
class MqttAddress:
    """A broker, and the topic below which everything stands."""

    host: str
    port: int
    is_tls: bool
    base: str
    username: str | None = None
    password: str | None = None

    @property
    def status_topic(self) -> str:
        """Where `online` or `offline` stands."""
        return f"{self.base}/status"

    def camera_topic(self, camera: str) -> str:
        """Where a camera's state stands."""
        return f"{self.base}/cameras/{camera}"


def parse_mqtt_url(text: str) -> MqttAddress:
    """Read an address such as `mqtt://user:password@broker:1883/evenkeel`.

    Raises:
        ValueError: says what was expected; what came may hold a password and is not repeated.
    """
    expected = (
        "mqtt://user:password@host:port/topic or mqtts://…; user, port and topic may be left out"
    )
    try:
        parts = urlsplit(text)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise ValueError(expected) from None
    base = unquote(parts.path).strip("/") or DEFAULT_BASE
    if not parts.hostname or parts.query or "#" in text or re.search(r"[+\s]", base):
        raise ValueError(expected)
    name, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return MqttAddress(parts.hostname, port, parts.scheme == "mqtts", base, name, password)


def camera_payload(
    status: CameraStatus, counts: CountsMessage | None, live: Sequence[AlertMessage]
) -> Payload:
    """Return what is said of a camera now.

    Args:
        status: of the camera.
        counts: its newest figures, None where there are none.
        live: pending and open alerts of all cameras.
    """
    firing = [a for a in live if a.camera == status.name and a.state.is_open]
    is_told = counts is not None and not counts.suppressed
    return {
        "state": status.state,
        "people": counts.faces if counts else None,
        "indicator": counts.indicator if counts and is_told else None,
        "band": counts.band if counts and is_told else "",
        "suppressed": counts is not None and counts.suppressed,
        "alert": bool(firing),
        "rule": firing[0].rule if firing else "",
        "since": iso_utc(firing[0].since if firing else status.since),
    }


def discovery(address: MqttAddress, camera: str, title: str) -> dict[str, Payload]:
    """Return what lets Home Assistant find a camera: a payload for each topic."""
    topic, unique = address.camera_topic(camera), f"evenkeel_{_plain(address.base)}_{camera}"
    shared = {
        "state_topic": topic,
        "availability_topic": address.status_topic,
        "device": {
            "identifiers": [unique],
            "name": f"Evenkeel {title}",
            "manufacturer": "Evenkeel",
        },
    }
    entities: dict[str, tuple[str, Payload]] = {
        "state": ("sensor", {"name": "State", "icon": "mdi:cctv"}),
        "indicator": (
            "sensor",
            {"name": "Indicator", "unit_of_measurement": "%", "state_class": "measurement"},
        ),
        "people": ("sensor", {"name": "People", "state_class": "measurement"}),
        "alert": ("binary_sensor", {"name": "Alert", "device_class": "problem"}),
    }
    return {
        f"{DISCOVERY}/{kind}/{unique}/{name}/config": {
            **shared,
            **entity,
            "unique_id": f"{unique}_{name}",
            "value_template": _template(name),
        }
        for name, (kind, entity) in entities.items()
    }


def _template(name: str) -> str:
    if name == "alert":
        return "{{ 'ON' if value_json.alert else 'OFF' }}"
    # Where nothing is said, Home Assistant shows “unknown” for None.
    return f"{{{{ value_json.{name} }}}}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)
