"""Tests of the composition root."""

import threading
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeRuntime
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.errors import ConfigError
from webapp.web.services import services_of


def test_making_two_apps_starts_nothing(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    threads = threading.active_count()
    first, second = create_app(settings), create_app(settings, FakeRuntime())
    assert first.test_client().get("/healthz").status_code == 200
    assert second.test_client().get("/healthz").status_code == 200
    assert threading.active_count() == threads
    assert capsys.readouterr() == ("", "")


def test_two_apps_keep_their_connections_apart(settings: Settings) -> None:
    first, second = create_app(settings), create_app(settings)
    sockets = [services_of(app).sockets for app in (first, second)]
    assert sockets[0].socketio.server is not sockets[1].socketio.server


def test_the_signing_key_survives_a_restart(settings: Settings) -> None:
    unset = replace(settings, secret_key=None)
    assert create_app(unset).secret_key == create_app(unset).secret_key
    assert (settings.instance_dir / "secret-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("key", ["a", "x" * 15, "x" * 30 + "\x01", "\udcff" * 30])
def test_a_key_that_could_be_guessed_or_is_no_text_is_refused(settings: Settings, key: str) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY: expected at least 16 printable"):
        create_app(replace(settings, secret_key=key))


def test_a_kept_key_is_held_to_the_same(settings: Settings) -> None:
    (settings.instance_dir / "secret-key").write_text("a\n")
    with pytest.raises(ConfigError, match="one that is wrong there can be removed"):
        create_app(replace(settings, secret_key=None))


def test_a_runtime_may_be_attached_later(
    app: Flask, signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    services_of(app).runtime = None
    assert signed_in.get("/").status_code == 503
    services_of(app).runtime = runtime
    assert signed_in.get("/").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "camera.example"])
def test_refuses_to_expose_plain_http(settings: Settings, host: str) -> None:
    with pytest.raises(ConfigError, match="TRUSTED_PROXIES"):
        create_app(replace(settings, host=host))


def test_does_not_connect_to_the_database(settings: Settings) -> None:
    absent = settings.instance_dir / "absent" / "evenkeel.db"
    app = create_app(replace(settings, database_url=f"sqlite:///{absent}"))
    assert not absent.parent.exists()
    services_of(app).database.close()
