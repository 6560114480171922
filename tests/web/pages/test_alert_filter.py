"""Tests of what the alerts page is asked for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.fakes import alert_message
from webapp.core.messages import Acknowledgement, AlertRecord
from webapp.web.pages.alert_filter import AlertFilter, read_filter

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")


def read(**args: str) -> AlertFilter:
    return read_filter({name.rstrip("_"): text for name, text in args.items()}, ROME, NOW)


def test_nothing_asked_for_is_everything() -> None:
    wanted = read(state="", camera="", page="2")
    assert not wanted.is_set and not wanted.faults
    assert (wanted.camera, wanted.rule, wanted.start, wanted.end) == (None, None, None, None)
    assert wanted.shows_open and wanted.shows_past


def test_times_are_those_of_the_zone() -> None:
    assert read(range="hour").start == NOW - timedelta(hours=1)
    wanted = read(range="between", from_="2026-11-20T09:00", to="2026-11-20T10:00Z")
    assert wanted.start == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert wanted.end == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert read(to="2026-11-20T10:00").start is None


@pytest.mark.parametrize(
    ("args", "field", "words"),
    [
        ({"state": "angry"}, "state", "got “angry”"),
        ({"range": "ever"}, "range", "one of the times"),
        ({"from_": "soon"}, "from", "a day and a time such as"),
        ({"to": "9999-12-31T23:59:59-23:59"}, "to", "a day and a time such as"),
        ({"from_": "2026-11-20T10:00", "to": "2026-11-20T09:00"}, "to", "a time after"),
    ],
)
def test_what_is_wrong_is_said_kept_and_left_out(
    args: dict[str, str], field: str, words: str
) -> None:
    wanted = read(camera="door", **args)
    assert list(wanted.faults) == [field]
    assert words in wanted.faults[field]
    assert field in wanted.sent
    assert (wanted.camera, wanted.state, wanted.end) == ("door", "", None)


SEEN = {"acknowledged": Acknowledgement("mira", NOW)}


@pytest.mark.parametrize(
    ("args", "changes", "expected"),
    [
        ({}, {}, True),
        ({"state": "firing"}, {}, True),
        ({"state": "firing"}, {"state": "recovering"}, False),
        ({"state": "waiting"}, {}, True),
        ({"state": "waiting"}, {"state": "pending"}, False),
        ({"state": "waiting"}, SEEN, False),
        ({"camera": "hall"}, {}, False),
        ({"rule": "Anger lasts"}, {}, True),
        ({"rule": "Fear lasts"}, {}, False),
        ({"to": "2026-11-20T12:00"}, {}, False),
    ],
)
def test_which_open_alerts_are_among_them(
    args: dict[str, str], changes: dict[str, object], expected: bool
) -> None:
    state, acknowledged = changes.get("state", "firing"), changes.get("acknowledged")
    message = alert_message(state=str(state), since=NOW)
    record = AlertRecord(**vars(message), acknowledged=acknowledged)  # type: ignore[arg-type]
    assert read(**args).takes(record) is expected


def test_only_some_states_can_be_over() -> None:
    assert not read(state="resolved").shows_open
    assert read(state="waiting").shows_past
    assert not read(state="firing").shows_past
