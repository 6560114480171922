"""Tests of / and of the offer to use camera 0."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeRuntime

OFFER = "/cameras/demo/use-first-camera"


def test_it_works(signed_in: FlaskClient) -> None:
    page = signed_in.get("/")
    assert page.status_code == 200
    assert "/stream/demo.mjpg" in page.text
    assert OFFER in page.text


def test_shows_the_chosen_camera(signed_in: FlaskClient) -> None:
    page = signed_in.get("/?camera=door").text
    assert "/stream/door.mjpg" in page
    assert OFFER not in page


def test_refuses_an_unknown_camera(signed_in: FlaskClient) -> None:
    assert signed_in.get("/?camera=cellar").status_code == 404


def test_without_cameras(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    runtime.statuses = []
    assert signed_in.get("/").status_code == 404


def test_a_viewer_is_not_offered_camera_0(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(VIEWER)
    assert OFFER not in client.get("/").text


def test_no_offer_when_camera_0_is_silent(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    runtime.has_first_camera = False
    assert OFFER not in signed_in.get("/").text


def test_use_first_camera(signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime) -> None:
    answer = auth.post(OFFER, "/password")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?camera=demo")
    assert runtime.switched == ["demo"]


@pytest.mark.parametrize(
    ("path", "code"),
    [("/cameras/cellar/use-first-camera", 404), ("/cameras/door/use-first-camera", 409)],
)
def test_use_first_camera_refuses(
    signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime, path: str, code: int
) -> None:
    assert auth.post(path, "/password").status_code == code
    assert runtime.switched == []


def test_use_first_camera_refuses_viewers(
    client: FlaskClient, auth: AuthActions, runtime: FakeRuntime
) -> None:
    auth.login(VIEWER)
    assert auth.post(OFFER, "/password").status_code == 403
    assert runtime.switched == []


def test_use_first_camera_refuses_without_csrf_field(
    signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    assert signed_in.post(OFFER).status_code == 400
    assert runtime.switched == []
