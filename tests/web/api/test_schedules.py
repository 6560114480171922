"""Tests of /api/schedule."""

from flask.testing import FlaskClient

from tests.conftest import VIEWER, AuthActions


def test_what_is_typed_is_understood_or_told(signed_in: FlaskClient) -> None:
    read = signed_in.get("/api/schedule", query_string={"text": "mo-fr 22-6"})
    assert read.get_json() == {
        "text": "mon-fri 22:00-06:00",
        "windows": [{"days": [0, 1, 2, 3, 4], "start": 1320, "end": 360}],
    }
    wrong = signed_in.get("/api/schedule", query_string={"text": "mox 6-14"})
    assert wrong.get_json()["fault"].endswith("“mox” is no day.")
    assert signed_in.get("/api/schedule", query_string={"text": "x" * 2001}).status_code == 400


def test_it_is_for_those_who_set_schedules(client: FlaskClient, auth: AuthActions) -> None:
    auth.login(VIEWER)
    assert client.get("/api/schedule").status_code == 403
