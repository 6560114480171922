"""Tests of /admin/health: what is wrong, in words, and how everything is doing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import MANAGER, AuthActions
from tests.fakes import FakeLiveAlerts, FakeRuntime
from tests.web.alert_rows import ANGER, add_alert
from tests.web.api.test_metrics import PROCESSES
from webapp.core.alert_rules import RuleKind
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.delays import Delays
from webapp.core.process_report import ProcessReport, ProcessStatus
from webapp.storage.database import Database
from webapp.storage.outbox import WaitingMessages, give_up, post
from webapp.web.pages.health_words import findings, size_text
from webapp.web.server_state import DiskSpace, ServerState
from webapp.web.services import services_of, utc_now

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FINE = FakeRuntime().statuses[0]
WELL = ServerState(
    readiness=Readiness({"camera": True, "model": True, "database": True}),
    cameras=[FINE],
    too_few=frozenset(),
    processes=[ProcessStatus("web process", ProcessReport())],
    messages=WaitingMessages(1, NOON - timedelta(seconds=30)),
    dropped_rows=0,
    waiting_entries=0,
    dropped_entries=0,
    connections=3,
    disk=DiskSpace(100_000_000_000, 50_000_000_000),
)


def with_camera(**changes) -> dict[str, list[CameraStatus]]:
    return {"cameras": [replace(FINE, **changes)]}


def with_disk(free_bytes: int) -> dict[str, DiskSpace]:
    return {"disk": DiskSpace(100_000_000_000, free_bytes)}


def test_when_all_is_well_nothing_is_found():
    assert findings(WELL, NOON) == []


@pytest.mark.parametrize(
    ("changes", "tone", "part"),
    [
        (
            with_camera(state=CameraState.OFFLINE, reason="It is silent."),
            "trouble",
            "“demo” gives no picture: It is silent.",
        ),
        (with_camera(reason="analysis failed: error"), "trouble", "is not read: analysis failed"),
        (with_camera(analysis_delays=Delays((1,), 2.0, 1.44)), "warning", "is read 1.4 s late"),
        (with_camera(is_reduced=True), "warning", "see smaller and fewer pictures"),
        (
            {"readiness": Readiness({"database": False}, {"database": "The disk is full."})},
            "trouble",
            "The database does not work. The disk is full.",
        ),
        (
            {"cameras": [], "readiness": Readiness({"camera": False}, {"camera": "Not yet."})},
            "trouble",
            "Watching does not work. Not yet.",
        ),
        (
            {"processes": [ProcessStatus("file process", None)]},
            "trouble",
            "The file process does not answer.",
        ),
        (
            {"processes": [ProcessStatus("file process", ProcessReport(), 2)]},
            "warning",
            "was started again 2 times",
        ),
        (with_disk(100_000_000), "trouble", "The disk has 100 MB left, 0% of it."),
        (with_disk(4_000_000_000), "warning", "The disk has 4.0 GB left, 4% of it."),
        (
            {"messages": WaitingMessages(2, NOON - timedelta(minutes=3))},
            "trouble",
            "2 messages wait",
        ),
        ({"dropped_rows": 1}, "warning", "1 row of history could not be written"),
        ({"dropped_entries": 3}, "warning", "3 rows of the audit log could not be written"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(changes, tone, part):
    (finding,) = findings(replace(WELL, **changes), NOON)
    assert finding.tone == tone
    assert part in finding.text
    assert finding.to_do


def test_a_camera_that_is_offline_is_named_once_and_a_paused_one_not_at_all():
    offline = replace(FINE, state=CameraState.OFFLINE)
    state = replace(WELL, readiness=Readiness({"camera": False}, {"camera": "demo: silent"}))
    assert len(findings(replace(state, cameras=[offline]), NOON)) == 1
    assert findings(replace(state, cameras=[replace(FINE, state=CameraState.PAUSED)]), NOON) == []


def test_the_worst_comes_first():
    state = replace(WELL, dropped_rows=1, **with_disk(100_000_000))
    assert [finding.tone for finding in findings(state, NOON)] == ["trouble", "warning"]


def test_sizes_are_shown_as_file_managers_do():
    assert (size_text(1_499_000), size_text(1_500_000_000)) == ("1 MB", "1.5 GB")


def test_the_page_shows_all_and_the_worst_camera_first(
    app: Flask, signed_in: FlaskClient, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    services_of(app).processes = lambda: PROCESSES
    live_alerts.dropped = 12
    add_alert(database, "a1", rule=replace(ANGER, kind=RuleKind.NO_DATA))
    with database.session() as work:
        post(work, "a1", "firing", ["mail"], "No data", "", utc_now())
        give_up(work, "mail", "The address is no more.", utc_now())
        post(work, "a1", "resolved", ["pager"], "Data", "", utc_now() - timedelta(hours=1))
    page = signed_in.get("/admin/health").text
    for expected in (
        "The camera “door” gives no picture: The source is silent.",
        "The camera process 2 does not answer.",
        "12 rows of history",
        "1 message waits to be delivered",
        "24.5 a second",
        "1 change of alerts, 2 rows of history",
        "1 being read, 2 waiting",
        "The camera “door” gave nothing to read.",
        "A message to “a receiver that is gone” was given up. The address is no more.",
        '<a href="/admin/health" aria-current="page">Health</a>',
    ):
        assert expected in page
    cameras = page[page.index("cameras-title") :]
    assert cameras.index(">door<") < cameras.index(">demo<")


def test_before_the_cameras_run_it_says_so(app: Flask, signed_in: FlaskClient) -> None:
    services_of(app).runtime = services_of(app).alerts = None
    assert "The cameras are not running yet." in signed_in.get("/admin/health").text


def test_it_is_for_admins(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(MANAGER)
    assert client.get("/admin/health").status_code == 403
