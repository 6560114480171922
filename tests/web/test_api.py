"""Tests of /api/cameras and /api/history."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeRuntime


def test_cameras(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/api/cameras", headers={"Accept": "*/*"})
    assert answer.status_code == 200
    demo, door = answer.get_json()["cameras"]
    assert demo == {
        "name": "demo",
        "state": "demo",
        "since": "2026-11-20T14:00:00+00:00",
        "source_kind": "demo",
        "reason": "",
        "analysis_fps": 24.5,
        "stream_fps": 30.0,
        "viewers": 0,
    }
    assert (door["state"], door["reason"]) == ("offline", "The source is silent.")


@pytest.mark.parametrize("path", ["/api/cameras", "/api/history"])
def test_without_a_runtime(app: Flask, signed_in: FlaskClient, path: str) -> None:
    app.extensions["evenkeel_runtime"] = None
    answer = signed_in.get(path, headers={"Accept": "*/*"})
    assert answer.status_code == 503
    assert answer.get_json()["code"] == 503


def test_unknown_path(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/api/nothing", headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert answer.get_json()["code"] == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 301),
        ("camera=demo", 301),
        ("camera=door", 0),
        ("from=2026-11-20T14:04:00Z", 61),
        ("from=2026-11-20T15:04:00%2B01:00", 61),
        ("from=2026-11-20T15:04:00+01:00", 61),
        ("from=2026-11-20T14:04:00", 61),
        ("to=2026-11-20T14:00:09Z", 10),
        ("from=2026-11-20T14:01:00Z&to=2026-11-20T14:01:00Z", 1),
        ("from=2026-11-21", 0),
        ("from=2026-11-20 14:04:00", 61),
        ("from=&to=", 301),
    ],
)
def test_history(signed_in: FlaskClient, query: str, count: int) -> None:
    answer = signed_in.get(f"/api/history?{query}")
    assert answer.status_code == 200
    points = answer.get_json()["points"]
    assert len(points) == count
    assert all(set(point) == {"at", "faces", "indicator"} for point in points)


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("camera=cellar", 404, "no camera"),
        ("from=yesterday", 400, "from: expected an ISO 8601 time"),
        ("to=1763640000", 400, "to: expected an ISO 8601 time"),
        ("from=2026-11-20T14:01:00Z&to=2026-11-20T14:00:00Z", 400, "before"),
    ],
)
def test_history_refuses(signed_in: FlaskClient, query: str, code: int, told: str) -> None:
    answer = signed_in.get(f"/api/history?{query}", headers={"Accept": "*/*"})
    assert answer.status_code == code
    assert told in answer.get_json()["message"]


def test_history_of_a_new_camera_is_empty(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    runtime.points = {}
    assert signed_in.get("/api/history").get_json() == {"points": []}
