"""Tests of /api/cameras and /api/recent."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeRuntime
from webapp.web.services import services_of


def test_cameras(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/api/cameras", headers={"Accept": "*/*"})
    assert answer.status_code == 200
    demo, door = answer.get_json()["cameras"]
    assert demo == {
        "name": "demo",
        "title": "demo",
        "state": "demo",
        "since": "2026-11-20T14:00:00+00:00",
        "source_kind": "demo",
        "reason": "",
        "analysis_fps": 24.5,
        "stream_fps": 30.0,
        "viewers": 0,
        "skipped_frames": 0,
        "is_reduced": False,
        "band": "raised",
        "shows": "labels",
        "min_group": 1,
        "purpose": None,
    }
    assert (door["state"], door["reason"]) == ("offline", "The source is silent.")
    assert door["band"] == ""


@pytest.mark.parametrize("path", ["/api/cameras", "/api/recent"])
def test_without_a_runtime(app: Flask, signed_in: FlaskClient, path: str) -> None:
    services_of(app).runtime = None
    answer = signed_in.get(path, headers={"Accept": "*/*"})
    assert answer.status_code == 503
    assert answer.get_json()["code"] == 503


def test_unknown_path(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/api/nothing", headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert answer.get_json()["code"] == 404


@pytest.mark.parametrize(("query", "count"), [("", 301), ("camera=demo", 301), ("camera=door", 0)])
def test_recent(signed_in: FlaskClient, query: str, count: int) -> None:
    answer = signed_in.get(f"/api/recent?{query}")
    assert answer.status_code == 200
    points = answer.get_json()["points"]
    assert len(points) == count
    assert all(set(point) == {"at", "faces", "indicator"} for point in points)


def test_recent_refuses_an_unknown_camera(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/api/recent?camera=cellar", headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert "no camera" in answer.get_json()["message"]


def test_a_new_camera_has_nothing_recent(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    runtime.points = {}
    assert signed_in.get("/api/recent").get_json() == {"points": []}
