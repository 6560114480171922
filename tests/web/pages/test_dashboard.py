"""Tests of /, /wall and the offer to use camera 0."""

from flask.testing import FlaskClient

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeLiveAlerts, FakeRuntime
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits

OFFER = "/api/cameras/demo/source"


def test_it_works(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    runtime.statuses = runtime.statuses[:1]
    page = signed_in.get("/")
    assert page.status_code == 200
    assert "/stream/demo.mjpg" in page.text
    assert OFFER in page.text


def test_several_cameras_stand_side_by_side(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    for path in ("/", "/wall"):
        page = signed_in.get(path).text
        assert page.index('data-card="demo"') < page.index('data-card="door"')
        assert 'data-because="The source is silent."' in page
    assert "<header" not in page
    runtime.statuses = []
    assert "No camera is set up." in signed_in.get("/wall").text


def test_shows_the_chosen_camera(signed_in: FlaskClient) -> None:
    page = signed_in.get("/?camera=door").text
    assert "/stream/door.mjpg" in page
    assert OFFER not in page


def test_the_limits_are_those_of_the_cameras_own_rule(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    both, limits = ("angry", "fear"), Limits(15, 10, 15, 5)
    live_alerts.watched_rules = [
        AlertRule(1, "Hall", RuleKind.EXPRESSION, limits, "demo", both, least_people=2),
        AlertRule(2, "All", RuleKind.EXPRESSION, limits, expressions=both),
    ]
    demo, door = (signed_in.get(f"/?camera={name}").text for name in ("demo", "door"))
    assert "Alerts when at least 2 people rise, for 15 s." in demo
    assert "data-limits hidden" in demo and "data-limits hidden" not in door
    assert 'data-limit="15">alerts from 15 for 15 s<' in door
    assert 'data-limit="10">ends below 10<' in door


def test_refuses_an_unknown_camera(signed_in: FlaskClient) -> None:
    assert signed_in.get("/?camera=cellar").status_code == 404


def test_without_cameras(signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime) -> None:
    runtime.statuses = []
    assert "Add a camera" in signed_in.get("/").text
    assert signed_in.get("/?camera=demo").status_code == 404
    auth.logout()
    auth.login(VIEWER)
    assert "An admin can add one." in signed_in.get("/").text


def test_a_viewer_is_not_offered_camera_0(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(VIEWER)
    assert OFFER not in client.get("/?camera=demo").text


def test_the_demo_says_what_it_will_show(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    words = "Once in each loop two of the four people look angry"
    assert f"{words}." in signed_in.get("/?camera=demo").text
    limits = Limits(15, 10, 15, 5)
    live_alerts.watched_rules = [
        AlertRule(1, "All", RuleKind.EXPRESSION, limits, expressions=("angry", "fear"))
    ]
    assert f"{words}; 15 s later the alert fires." in signed_in.get("/?camera=demo").text
    assert "Once in each loop" not in signed_in.get("/?camera=door").text
