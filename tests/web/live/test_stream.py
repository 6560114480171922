"""Tests of /stream and /snapshot."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.conftest import MANAGER, VIEWER, AuthActions
from tests.fakes import FakeRuntime, picture
from webapp.core.access import Role
from webapp.core.fair_shares import FairShares
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.storage.accounts import limit_cameras
from webapp.storage.database import Database
from webapp.storage.sign_ins import SignIn
from webapp.storage.tables import SignInRow
from webapp.storage.users import User, find_user
from webapp.web.live.places import Places
from webapp.web.live.stream import MjpegBody
from webapp.web.services import services_of

PART = re.compile(
    rb"Content-Type: image/jpeg\r\nContent-Length: (\d+)\r\n\r\n(.*?)\r\n--frame\r\n", re.DOTALL
)


def parts(chunks: Iterator[bytes], count: int) -> list[bytes]:
    """Return the pictures of the first `count` chunks, lengths checked."""
    body = b"".join(next(chunks) for _ in range(count))
    assert body.startswith(b"--frame\r\nContent-Type")
    found = PART.findall(body)
    assert all(int(length) == len(jpeg) for length, jpeg in found)
    return [jpeg for _, jpeg in found]


def test_it_works(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/stream/demo.mjpg")
    assert answer.status_code == 200
    assert answer.content_type == "multipart/x-mixed-replace; boundary=frame"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in answer.headers
    assert parts(answer.iter_encoded(), 3) == [picture(1), picture(2), picture(3)]
    answer.close()


def test_a_viewer_chooses_among_few_qualities(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    signed_in.get("/stream/demo.mjpg?w=640&q=70").close()
    assert runtime.qualities == [PictureQuality(640, 70)]
    answer = signed_in.get("/stream/demo.mjpg?w=641")
    assert answer.status_code == 400 and "w: expected 960, 640, 320" in answer.text
    assert runtime.open_streams == []


def test_one_user_leaves_places_for_others(
    app: Flask, signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    services_of(app).places = Places(FairShares(1))
    runtime._max_viewers = 9
    first = signed_in.get("/stream/demo.mjpg")
    refused = signed_in.get("/stream/demo.mjpg")
    assert refused.status_code == 503 and "1 of them yours" in refused.text
    first.close()
    signed_in.get("/stream/demo.mjpg").close()
    runtime._max_viewers = 0
    assert signed_in.get("/stream/demo.mjpg").status_code == 503
    runtime._max_viewers = 1
    assert signed_in.get("/stream/demo.mjpg").status_code == 200


def test_gives_the_place_back_when_the_viewer_leaves(
    signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    answer = signed_in.get("/stream/demo.mjpg")
    assert len(runtime.open_streams) == 1
    answer.close()
    assert runtime.open_streams == []


def test_gives_the_place_back_before_the_first_picture(app: Flask, runtime: FakeRuntime) -> None:
    user = User(1, "mira", Role.VIEWER, False, "")
    services_of(app).places.enter(user)
    body = MjpegBody(("demo", FULL), runtime.stream("demo"), services_of(app), SignIn(1, user))
    body.close()
    assert runtime.open_streams == []


def test_head_takes_no_place(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    answer = signed_in.head("/stream/demo.mjpg")
    assert answer.status_code == 200
    assert runtime.open_streams == []


def test_refuses_one_viewer_too_many(signed_in: FlaskClient) -> None:
    first, second = signed_in.get("/stream/demo.mjpg"), signed_in.get("/stream/demo.mjpg")
    refused = signed_in.get("/stream/demo.mjpg", headers={"Accept": "image/*"})
    assert refused.status_code == 503
    assert "places are taken" in refused.get_json()["message"]
    assert int(refused.headers["Retry-After"]) > 0
    first.close()
    third = signed_in.get("/stream/demo.mjpg")
    assert third.status_code == 200
    second.close()
    third.close()


@pytest.mark.parametrize("path", ["/stream/cellar.mjpg", "/snapshot/cellar.jpg"])
def test_refuses_an_unknown_camera(signed_in: FlaskClient, path: str) -> None:
    assert signed_in.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/stream/demo.mjpg", "/snapshot/demo.jpg"])
def test_without_a_runtime(app: Flask, signed_in: FlaskClient, path: str) -> None:
    services_of(app).runtime = None
    assert signed_in.get(path).status_code == 503


def test_ends_when_the_runtime_stops(signed_in: FlaskClient, runtime: FakeRuntime) -> None:
    answer = signed_in.get("/stream/demo.mjpg")
    runtime.request_stop()
    assert len(list(islice(answer.iter_encoded(), 5))) == 1
    answer.close()


def test_ends_at_the_first_picture_after_its_sign_in_was_revoked(
    app: Flask, signed_in: FlaskClient, database: Database
) -> None:
    answer = signed_in.get("/stream/demo.mjpg")
    chunks, connections = answer.iter_encoded(), services_of(app).connections
    next(chunks)
    connections.check(0.0)
    assert next(chunks), "a sign-in that holds"
    with database.session() as work:
        work.execute(update(SignInRow).values(revoked_at=datetime.now(UTC)))
    connections.check(5.0)
    assert list(chunks) == []


def test_ends_at_the_first_picture_after_the_camera_was_taken_away(
    app: Flask, client: FlaskClient, auth: AuthActions, database: Database
) -> None:
    auth.login(VIEWER)
    answer = client.get("/stream/demo.mjpg")
    chunks, connections = answer.iter_encoded(), services_of(app).connections
    next(chunks)
    with database.session() as work:
        viewer = find_user(work, VIEWER)
        limit_cameras(work, viewer, {"door"}, "boss", datetime.now(UTC))
    connections.check(5.0)
    assert list(chunks) == []
    answer.close()
    assert client.get("/stream/demo.mjpg").status_code == 404
    answer.close()


def test_signing_out_ends_the_stream_at_once(signed_in: FlaskClient, auth: AuthActions) -> None:
    answer = signed_in.get("/stream/demo.mjpg")
    chunks = answer.iter_encoded()
    next(chunks)
    auth.logout()
    assert list(chunks) == []
    answer.close()


def test_snapshot(signed_in: FlaskClient) -> None:
    answer = signed_in.get("/snapshot/demo.jpg")
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert answer.data == picture(0)
    assert answer.headers["Cache-Control"] == "no-store"


def test_viewers_get_pictures_made_for_them_alone(
    auth: AuthActions, client: FlaskClient, runtime: FakeRuntime
) -> None:
    for user, is_for_viewers in ((MANAGER, False), (VIEWER, True)):
        auth.login(user)
        for path in ("/stream/demo.mjpg?w=640", "/snapshot/demo.jpg"):
            with client.get(path) as answer:
                assert answer.status_code == 200
        wanted = [PictureQuality(640), FULL]
        assert runtime.qualities[-2:] == [
            replace(quality, is_for_viewers=is_for_viewers) for quality in wanted
        ]
        auth.logout()
