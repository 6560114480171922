"""Tests of /metrics."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeRuntime, counts_message
from tests.web.alert_rows import add_alert
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.alert_rules import RuleKind
from webapp.core.delays import DELAY_BOUNDS_S, Delays
from webapp.core.privacy import EVERYTHING
from webapp.core.process_report import (
    FiredAlerts,
    JobWork,
    Outcome,
    ProcessReport,
    ProcessStatus,
    ProcessUse,
    RecordWork,
)
from webapp.storage.database import Database
from webapp.storage.outbox import post
from webapp.web.services import services_of, utc_now

FIRED = (FiredAlerts("demo", RuleKind.EXPRESSION, 3), FiredAlerts("gone", RuleKind.NO_DATA, 1))
MORE = (FiredAlerts("demo", RuleKind.EXPRESSION, 1),)
RECORDS = RecordWork(1, 2, 4, FIRED, {Outcome.DELIVERED: 5, Outcome.FAILED: 6})
PROCESSES = (
    ProcessStatus("camera process 1", ProcessReport(ProcessUse(1000, 2.5), RECORDS), 1),
    ProcessStatus("camera process 3", ProcessReport(records=RecordWork(fired=MORE))),
    ProcessStatus("file process", ProcessReport(jobs=JobWork(2, 1))),
    ProcessStatus("camera process 2", None),
)
OF_THE_MACHINE = ("evenkeel_process_", "evenkeel_disk_")


def samples(client: FlaskClient) -> dict[str, float]:
    """Return what /metrics says, by name and labels."""
    answer = client.get("/metrics", headers={"Accept": "*/*"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    return {
        " ".join([sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))]): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_it_says_how_everything_is_doing(
    app: Flask, signed_in: FlaskClient, runtime: FakeRuntime, database: Database
) -> None:
    services_of(app).processes = lambda: PROCESSES
    counts = (1, *[0] * (len(DELAY_BOUNDS_S) - 1), 2)
    changes = {"capture_fps": 25.0, "skipped_frames": 7, "reconnects": 2}
    runtime.statuses[0] = replace(
        runtime.statuses[0], **changes, stream_delays=Delays(counts, 12.5, 0.1)
    )
    add_alert(database, "a1")
    with database.session() as work:
        post(work, "a1", "firing", ["mail"], "Anger lasts", "", utc_now())
    expected = {
        "evenkeel_ready part=database": 1,
        "evenkeel_process_up process=web process": 1,
        "evenkeel_process_up process=camera process 2": 0,
        "evenkeel_process_restarts_total process=camera process 1": 1,
        "evenkeel_process_memory_bytes process=camera process 1": 1000,
        "evenkeel_process_cpu_seconds_total process=camera process 1": 2.5,
        "evenkeel_analysis_jobs state=waiting": 2,
        "evenkeel_records_waiting kind=alert_changes process=camera process 1": 1,
        "evenkeel_records_waiting kind=history_rows process=camera process 1": 2,
        "evenkeel_records_waiting kind=audit_entries process=web process": 0,
        "evenkeel_records_dropped_total kind=history_rows process=camera process 1": 4,
        "evenkeel_records_dropped_total kind=fenced process=camera process 1": 0,
        "evenkeel_records_dropped_total kind=audit_entries process=web process": 0,
        "evenkeel_deliveries_total outcome=delivered process=camera process 1": 5,
        "evenkeel_deliveries_total outcome=given_up process=camera process 1": 0,
        "evenkeel_messages_waiting": 1,
        "evenkeel_open_connections": 0,
        "evenkeel_alerts_fired_total camera=demo kind=expression": 4,
        "evenkeel_alerts_fired_total camera=door kind=no_data": 0,
        "evenkeel_camera_state camera=demo state=demo": 1,
        "evenkeel_camera_state camera=demo state=offline": 0,
        "evenkeel_camera_state camera=door state=offline": 1,
        "evenkeel_camera_frames_per_second camera=demo stage=captured": 25,
        "evenkeel_camera_frames_per_second camera=demo stage=analysed": 24.5,
        "evenkeel_camera_frames_per_second camera=demo stage=encoded": 30,
        "evenkeel_camera_viewers camera=demo": 0,
        "evenkeel_camera_reduced camera=demo": 0,
        "evenkeel_camera_skipped_frames_total camera=demo": 7,
        "evenkeel_camera_reconnects_total camera=demo": 2,
        "evenkeel_camera_delay_seconds_bucket camera=demo le=5.0 stage=encoded": 1,
        "evenkeel_camera_delay_seconds_bucket camera=demo le=+Inf stage=encoded": 3,
        "evenkeel_camera_delay_seconds_count camera=demo stage=encoded": 3,
        "evenkeel_camera_delay_seconds_sum camera=demo stage=encoded": 12.5,
        "evenkeel_camera_delay_seconds_count camera=demo stage=analysed": 0,
    }
    said = samples(signed_in)
    assert {name: said.get(name) for name in expected} == expected
    assert not [name for name in said if "gone" in name], "a camera that is no more"
    assert "mail" not in " ".join(said), "no receiver"


def test_nothing_is_said_of_people(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    before = samples(signed_in)
    runtime.counts["demo"] = replace(counts_message("demo", 90.0), faces=9, rising=9, unread=3)
    after = samples(signed_in)
    assert [n for n in after if after[n] != before[n] and not n.startswith(OF_THE_MACHINE)] == []


@pytest.mark.parametrize("suppressed", [True, False])
def test_where_groups_speak_it_says_whether_one_does(
    suppressed: bool, signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    floor = replace(EVERYTHING, min_group=3)
    runtime.statuses[0] = replace(runtime.statuses[0], disclosure=floor)
    runtime.counts["demo"] = replace(counts_message("demo"), suppressed=suppressed)
    name = "evenkeel_camera_below_group_floor camera="
    said = {key: value for key, value in samples(signed_in).items() if key.startswith(name)}
    assert said == {f"{name}demo": suppressed}


def test_it_answers_in_openmetrics_where_that_is_asked_for(signed_in: FlaskClient) -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    answer = signed_in.get("/metrics", headers={"Accept": accept})
    assert answer.content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


def test_viewers_and_strangers_learn_nothing(client: FlaskClient, auth: AuthActions) -> None:
    assert client.get("/metrics", headers={"Accept": "*/*"}).status_code == 401
    auth.login(VIEWER)
    assert client.get("/metrics").status_code == 403


def test_open_metrics_name_the_cameras_and_answer_without_a_database(settings: Settings) -> None:
    settings = replace(settings, open_ops=True, database_url="sqlite:////nowhere/evenkeel.db")
    said = samples(create_app(settings, FakeRuntime()).test_client())
    assert said["evenkeel_ready part=database"] == 0
    assert "evenkeel_camera_state camera=door state=offline" in said
    assert "evenkeel_messages_waiting" not in said
    assert "silent" not in " ".join(said), "no reasons"


def test_before_the_cameras_run_it_answers_too(app: Flask, signed_in: FlaskClient) -> None:
    services_of(app).runtime = services_of(app).alerts = None
    assert samples(signed_in)["evenkeel_ready part=camera"] == 0
