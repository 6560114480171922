"""Tests of /healthz and /readyz."""

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeLiveAlerts, FakeRuntime
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.camera_status import Readiness
from webapp.web.services import services_of


def test_healthz_needs_nothing(app: Flask) -> None:
    services_of(app).runtime = None
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_readyz(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ready",
        "parts": {"camera": True, "model": True, "database": True},
        "reasons": {},
    }


def test_readyz_names_what_is_missing(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    runtime.ready = Readiness({"camera": True, "model": False}, {"model": "It is loading."})
    answer = signed_in.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == {"model": "It is loading."}


def test_readyz_shows_that_nothing_can_be_written(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.cause = "The disk is full; make room for the database."
    answer = signed_in.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reasons"] == {"database": live_alerts.cause}


def test_readyz_counts_lost_rows_and_stays_ready(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.dropped = 12
    answer = signed_in.get("/readyz")
    assert answer.status_code == 200
    reasons = answer.get_json()["reasons"]
    assert reasons == {"history": "Rows of history given up since the start: 12."}


def test_readyz_before_the_runtime_is_attached(app: Flask, signed_in: FlaskClient) -> None:
    services_of(app).runtime = None
    answer = signed_in.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["parts"] == {"camera": False, "model": False, "database": True}


def test_open_readyz_without_database(settings: Settings) -> None:
    settings = replace(settings, open_ops=True, database_url="sqlite:////nowhere/evenkeel.db")
    answer = create_app(settings, FakeRuntime()).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["parts"]["database"] is False
    assert "folder must be writable" in answer.get_json()["reasons"]["database"]
