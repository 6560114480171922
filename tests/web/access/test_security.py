"""Tests of the headers and of forms that are refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import AuthActions
from tests.fakes import FakeRuntime
from webapp.app import create_app
from webapp.config import Settings


@pytest.mark.parametrize(
    "path", ["/login", "/", "/healthz", "/nothing", "/static/favicon.svg", "/socket.io/?EIO=4"]
)
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in answer.headers


def test_tls_is_asked_for_only_over_tls(client: FlaskClient) -> None:
    answer = client.get("/login", base_url="https://localhost")
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["/", "/password", "/api/cameras", "/snapshot/demo.jpg"])
def test_signed_in_pages_stay_out_of_caches(signed_in: FlaskClient, path: str) -> None:
    assert signed_in.get(path).headers["Cache-Control"] == "no-store"


def test_static_files_may_be_kept(client: FlaskClient) -> None:
    with client.get("/static/favicon.svg") as answer:
        assert "no-store" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/alerts?camera=%00", "/login?next=/%00"])
def test_a_nul_in_the_address_is_refused(signed_in: FlaskClient, path: str) -> None:
    assert signed_in.get(path).status_code == 400


def test_a_nul_in_a_form_is_refused(auth: AuthActions) -> None:
    assert auth.login("mira\0").status_code == 400


def test_a_large_form_is_refused(signed_in: FlaskClient) -> None:
    answer = signed_in.post("/password", data={"new_password": "x" * 100_000})
    assert answer.status_code == 413


def test_two_instances_on_one_host_have_cookies_of_their_own(
    settings: Settings, tmp_path: Path
) -> None:
    def names(changed: Settings) -> set[str]:
        client = create_app(changed, FakeRuntime()).test_client()
        AuthActions(client).login()
        return {cookie.key for cookie in client._cookies.values()}

    here = names(settings)
    assert len(here) == 2
    assert names(settings) == here
    assert not names(replace(settings, instance_dir=tmp_path / "other")) & here
    assert not names(replace(settings, secret_key="another one of the tests")) & here
