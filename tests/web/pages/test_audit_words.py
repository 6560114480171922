"""Tests of the audit log's words."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.alert_rows import ANGER, FEAR
from webapp.core.receivers import AlertReceiver
from webapp.storage.audit import ACTIONS, AuditKind, note
from webapp.storage.database import Database
from webapp.storage.receivers import save_receiver
from webapp.storage.rules import rule_values, seed_rules
from webapp.storage.sealing import Sealer
from webapp.web.pages.audit_words import ACTION_WORDS, action_words, details_text

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({}, ""),
        ({"camera": None, "rule": 1}, "all cameras"),
        ({"Desk": {"name": "Desk", "hours": "always"}}, "Desk: hours: always"),
        ({"camera": "door", "rule": None}, "all rules, camera door"),
        ({"Anger": {"enter": 50.0, "exit": 40.5}}, "Anger: begins from 50, ends below 40.5"),
        (
            {"expressions": '["angry", "fear"]', "is_enabled": False},
            "expressions angry or fear, switched off",
        ),
        ({"expressions": "[]"}, "expressions none"),
        (
            {
                "camera": "door",
                "title": "Gate",
                "source": "rtsp://h/…",
                "turned by": 90,
                "mirrored": 0,
            },
            "camera door, called “Gate”, reads rtsp://h/…, turned by 90°",
        ),
        (
            {"kind": "no_data", "schedule": "", "enter": 50.0, "min_faces": 1},
            "watches for: No data from a camera, on duty always",
        ),
        ({"cameras": ["door", "hall"], "kind": "figures"}, "figures, cameras: door, hall"),
        ({"kind": "picture", "bytes": 1_500_000}, "a picture, 1.5 MB"),
        ({"alert": "4711", "rule": "Anger", "camera": "door"}, "rule Anger, camera door"),
        ({"user": "mira", "sign-ins ended": 2}, "mira, 2 sign-ins ended"),
        ({"until": "2020-03-02T08:00:00+00:00"}, "until 2 Mar 2020, 08:00"),
        ({"comment": "[sic] THE Time"}, "comment [sic] THE Time"),
        ({"comment": "9999-12-31T23:59-12:00"}, "comment 9999-12-31T23:59-12:00"),
        ({"comment": "[" * 1000}, "comment " + "[" * 1000),
        # A rule may have the name of a value.
        ({"enter": {"hold_s": 15.0}}, "enter: must last 15 s"),
        ({"is_it": True}, "is it yes"),
    ],
)
def test_details_in_words(app: Flask, details: object, text: str) -> None:
    with app.app_context():
        assert details_text(details) == text


def test_every_export_is_of_that_kind() -> None:
    exports = {action for action in ACTION_WORDS if action.endswith("exported")}
    assert exports < ACTIONS[AuditKind.EXPORTS]


def test_what_nobody_has_words_for_is_shown_as_it_is() -> None:
    assert action_words("shoes polished") == "shoes polished"


def test_no_page_of_the_log_shows_names_of_columns(
    signed_in: FlaskClient, database: Database
) -> None:
    with database.session() as work:
        seed_rules(work, [ANGER], NOW)
        receiver = AlertReceiver(0, "Desk", "json://desk")
        save_receiver(work, receiver, "mira", NOW, Sealer("a key"), "json://desk/")
        note(work, "mira", "rule removed", {"Fear": rule_values(FEAR)}, NOW)
    for path in ("/admin/audit", "/admin"):
        page = signed_in.get(path).text
        shown = page[page.index('class="records audit"') :]
        assert "Evenkeel</strong> took the first rules" in shown
        assert "at least" in shown and "receiver" in shown
        assert not re.search(r"\w_\w", re.sub("<[^>]*>", "", shown.split("</ul>")[0]))
