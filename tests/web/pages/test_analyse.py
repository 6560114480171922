"""Tests of /analyse, the page."""

from flask.testing import FlaskClient


def test_it_works(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/analyse")
    assert answer.headers["Permissions-Policy"].startswith("camera=(self)")
    page = answer.text
    assert "Drop a picture or a video here" in page
    assert "At most 200 MB, videos 10 minutes" in page
    assert "deleted 10 minutes after it was read" in page
    assert 'href="/analyse" aria-current="page"' in page


def test_a_stranger_signs_in_first(client: FlaskClient) -> None:
    answer = client.get("/analyse")
    assert answer.status_code == 303
    assert answer.location.endswith("next=/analyse")
