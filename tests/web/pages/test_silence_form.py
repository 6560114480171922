"""Tests of the form that silences alerts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from werkzeug.datastructures import MultiDict

from webapp.web.pages.silence_form import NewSilence, SilenceForm

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENT = {"camera": "door", "rule": "1", "length": "60", "reason": "Drill"}


def silence_form(sent: dict[str, str]) -> SilenceForm:
    form = SilenceForm(MultiDict(sent), ZoneInfo("Europe/Berlin"), NOW)
    form.offer({"door": "Front door"}, [(1, "Anger lasts")])
    return form


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"camera": "", "rule": ""}, None),
        ({"camera": "cellar"}, "camera"),
        ({"rule": "x"}, "rule"),
        ({"length": "61"}, "length"),
        ({"reason": "x" * 501}, "reason"),
        ({"length": "until", "until": "2026-03-02T13:01"}, None),
        ({"length": "until", "until": "2026-03-02T13:00"}, "until"),
        ({"length": "until", "until": "2026-04-03T13:00"}, "until"),
        ({"length": "until", "until": "0001-01-01T00:00"}, "until"),
        ({"length": "until", "until": ""}, "until"),
    ],
)
def test_the_silence_form(change: dict[str, str], fault: str | None) -> None:
    form = silence_form(SENT | change)
    assert form.validate() == (not fault)
    assert list(form.errors) == ([fault] if fault else [])
    if not fault:
        assert form.silence().until > NOW


def test_a_silence_without_camera_and_rule_is_of_all() -> None:
    form = silence_form({"length": "until", "until": "2026-03-02T13:30", "reason": " A  drill "})
    assert form.validate(), form.errors
    until = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    assert form.silence() == NewSilence(None, None, until, "A drill")


def test_a_silence_that_says_nothing_says_what_was_expected() -> None:
    form = silence_form({"camera": "cellar"})
    assert not form.validate()
    assert form.errors == {
        "camera": ["Expected a camera from the list."],
        "length": ["Expected a length from the list."],
        "reason": ["Expected a reason, for those who wonder."],
    }
