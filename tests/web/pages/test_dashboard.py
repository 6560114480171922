"""Tests of / and of the offer to use camera 0."""

from flask.testing import FlaskClient

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeRuntime

OFFER = "/api/cameras/demo/source"


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
