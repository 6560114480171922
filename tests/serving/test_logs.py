"""Logs as JSON: one object a line, whatever is logged."""

import json
import logging
import sys

import pytest
from gunicorn.config import Config

from webapp.gunicorn_conf import JsonLogger
from webapp.serving.logs import JsonFormatter


def logged(message: object, *arguments: object, exc_info: object = None) -> dict[str, str]:
    """Return what becomes of a record."""
    record = logging.LogRecord("a.b", 30, "b.py", 1, message, arguments, exc_info)
    record.created = 0.5
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return json.loads(line)


def test_a_line_says_when_how_bad_who_and_what():
    assert logged("the disk is full: %d %%", 99) == {
        "time": "1970-01-01T00:00:00.500000+00:00",
        "level": "WARNING",
        "logger": "a.b",
        "message": "the disk is full: 99 %",
    }


@pytest.mark.parametrize(
    ("message", "arguments", "camera"),
    [
        ("camera %s: %s", ("door", "no cable"), "door"),
        ("camera %s stays off because %s", ("door", "no purpose is stated"), "door"),
        ("cameras could not be changed", (), None),
        ("rule %s: camera %s", ("Anger", "door"), None),
        (ValueError("camera %s"), (), None),
    ],
)
def test_a_message_about_a_camera_names_it(message, arguments, camera):
    assert logged(message, *arguments).get("camera") == camera


def test_a_trace_and_line_ends_stay_on_the_line():
    try:
        raise LookupError("it\nis gone")
    except LookupError:
        line = logged("it\nfailed", exc_info=sys.exc_info())
    assert line["message"] == "it\nfailed"
    assert line["trace"].endswith("LookupError: it\nis gone")


def test_gunicorn_logs_in_the_same_way_and_no_requests():
    logger = JsonLogger(Config())
    assert {type(each.formatter) for each in logger.error_log.handlers} == {JsonFormatter}
    assert not logger.access_log_enabled
