"""Messages as JSON: for browsers, and between processes that may be of different releases.

Between processes, a field that only the newer release knows is ignored by the older one, and filled
with its default where the newer one misses it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from webapp.bus.job_messages import JOB_MESSAGES
from webapp.bus.process_messages import PROCESS_MESSAGES
from webapp.core.analysis_results import PictureAnalysis, VideoAnalysis
from webapp.core.errors import MessageError
from webapp.core.jobs import JobStatus
from webapp.core.messages import (
    AlertMessage,
    AlertNote,
    AlertRecord,
    CameraMessage,
    CamerasChanged,
    CountsMessage,
    LimitsMessage,
    Message,
    Receiver,
    RecentPoint,
    RoomReadings,
    RulesChanged,
    SilencesChanged,
)
from webapp.core.utc import iso_utc

MESSAGES: tuple[type[Message], ...] = (
    AlertMessage,
    AlertNote,
    AlertRecord,
    CameraMessage,
    CamerasChanged,
    CountsMessage,
    JobStatus,
    LimitsMessage,
    PictureAnalysis,
    RecentPoint,
    Receiver,
    RoomReadings,
    RulesChanged,
    SilencesChanged,
    VideoAnalysis,
    *PROCESS_MESSAGES,
    *JOB_MESSAGES,
)
BY_EVENT = {message.event: message for message in MESSAGES}
MOST_SHOWN_CHARACTERS = 40
# Whole numbers beyond it do not fit a float.
MOST_NUMBER = 1e308


def to_json(message: Message) -> dict[str, Any]:
    """Return the payload for browsers: keys as the fields, times in ISO 8601 UTC."""
    payload: dict[str, Any] = _plain(message)
    if isinstance(message, CountsMessage) and not message.suppressed:
        del payload["suppressed"]
    if isinstance(message, AlertMessage):
        payload |= payload.pop("evidence")
    if isinstance(message, JobStatus):
        payload |= payload.pop("progress")
    return payload


def encode(message: Message) -> bytes:
    """Return a message for another process, as `decode` reads it."""
    envelope = {"event": message.event, "version": message.version, "body": _plain(message)}
    return json.dumps(envelope, separators=(",", ":"), allow_nan=False).encode()


def decode(data: bytes) -> Message:
    """Return the message of another process.

    Raises:
        MessageError: it is none, or a later release changed its meaning.
    """
    try:
        envelope = json.loads(data, parse_constant=_reject_constant)
        event, version, body = (envelope[name] for name in ("event", "version", "body"))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise MessageError("expected JSON with event, version and body, got other data") from None
    expected = BY_EVENT.get(event) if isinstance(event, str) else None
    if expected is None:
        raise MessageError(
            f"expected a message among {', '.join(sorted(BY_EVENT))}, got {_shown(event)}. "
            "Let every process run the same release."
        )
    if type(version) is not int or version > expected.version:
        raise MessageError(
            f"{event}: expected a version up to {expected.version}, got {_shown(version)}. "
            "Update this process to the release of its peer."
        )
    message: Message = _read(expected, body, event)
    return message


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return iso_utc(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _read(expected: Any, value: Any, path: str) -> Any:
    """Return a value of the expected type, made of what JSON holds.

    Args:
        path: where it stands, for the error.

    Raises:
        MessageError: it cannot be made of this.
    """
    origin, of = get_origin(expected), get_args(expected)
    if NoneType in of:
        return None if value is None else _read(of[0], value, path)
    if origin is tuple and isinstance(value, list):
        return tuple(_read(of[0], each, path) for each in value)
    if origin is Mapping and isinstance(value, dict):
        return {name: _read(of[1], each, path) for name, each in value.items()}
    if is_dataclass(expected) and isinstance(value, dict):
        return _read_fields(expected, value, path)
    if expected is float and type(value) in (int, float):
        number = float(value) if abs(value) < MOST_NUMBER else math.inf
        if math.isinf(number):
            raise MessageError(f"{path}: expected a finite number, got {_shown(value)}")
        return number
    if expected is datetime or issubclass(origin or expected, StrEnum):
        return _read_text(expected, value, path)
    if type(value) is not expected:
        raise MessageError(f"{path}: expected {_name(expected)}, got {_shown(value)}")
    return value


def _read_text(expected: Any, value: Any, path: str) -> Any:
    try:
        if expected is not datetime:
            return expected(value)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        pass
    raise MessageError(f"{path}: expected {_name(expected)}, got {_shown(value)}")


def _read_fields(expected: Any, values: dict[str, Any], path: str) -> Any:
    given = {}
    for each in fields(expected):
        if each.name in values:
            hint = _type_hints(expected)[each.name]
            given[each.name] = _read(hint, values[each.name], f"{path}.{each.name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise MessageError(f"{path}.{each.name}: expected a value, got none")
    return expected(**given)


@cache
def _type_hints(expected: Any) -> dict[str, Any]:
    return get_type_hints(expected)


def _name(expected: Any) -> str:
    if expected is datetime:
        return "an ISO 8601 time with an offset"
    if isinstance(expected, type) and issubclass(expected, StrEnum):
        return f"one of {', '.join(expected)}"
    return getattr(expected, "__name__", str(expected))


def _shown(value: object) -> str:
    return repr(value)[:MOST_SHOWN_CHARACTERS]
