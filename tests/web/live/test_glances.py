"""Tests of the pictures of many cameras."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeRuntime, picture
from tests.patience import PATIENCE_S
from webapp.core.access import Role
from webapp.core.camera_state import CameraState
from webapp.core.errors import BusyError, ViewerLimitError
from webapp.core.fair_shares import FairShares
from webapp.core.picture_quality import GLANCES, PictureQuality
from webapp.storage.users import User
from webapp.web.live.glances import CamerasPage, Glances, Wanted, read_wanted, seen_of
from webapp.web.live.places import Places
from webapp.web.services import services_of

SMALL, LARGE = GLANCES[320], GLANCES[640]
ADA = User(1, "ada", Role.VIEWER, False, "")


class Pages:
    """Takes what pages are sent, and plays their lines."""

    def __init__(self) -> None:
        self.sent: queue.Queue[tuple[str, bytes, list[str]]] = queue.Queue()
        self.behind: set[str] = set()
        self.places = Places(FairShares(4))
        self.glances = Glances(
            self.places, lambda *sent: self.sent.put(sent), self.behind.__contains__, 0.02
        )

    def show(
        self, sid: str, runtime: FakeRuntime, *cameras: str, quality: PictureQuality = SMALL
    ) -> None:
        self.glances.show(sid, CamerasPage(ADA, frozenset(cameras), quality), runtime)

    def next(self) -> tuple[str, bytes, list[str]]:
        return self.sent.get(timeout=PATIENCE_S)


@pytest.fixture
def pages() -> Iterator[Pages]:
    """Pages that show nothing yet; none asks for pictures afterwards."""
    pages = Pages()
    yield pages
    for sid in ("one", "two", "three"):
        pages.glances.leave(sid)


def test_pages_of_the_same_quality_share_each_picture(pages: Pages) -> None:
    runtime = FakeRuntime()
    pages.show("one", runtime, "demo", "door")
    pages.show("two", runtime, "demo")
    while len((sent := pages.next())[2]) < 2:
        pass
    # The door is offline: nobody is sent a picture of it.
    assert (sent[0], sent[1], sorted(sent[2])) == ("demo", picture(0), ["one", "two"])
    pages.show("three", runtime, "demo", quality=LARGE)
    while pages.next()[2] != ["three"]:
        pass
    assert set(runtime.qualities) == {SMALL, LARGE}


def test_a_slow_page_is_passed_by(pages: Pages) -> None:
    runtime = FakeRuntime()
    pages.behind.add("one")
    pages.show("one", runtime, "demo")
    pages.show("two", runtime, "demo")
    assert [pages.next()[2] for _ in range(2)] == [["two"], ["two"]]


def test_a_camera_whose_process_hangs_or_is_gone_delays_no_other(pages: Pages) -> None:
    class Hanging(FakeRuntime):
        ends = threading.Event()
        asked = 0

        def glance_jpeg(self, camera: str, quality: PictureQuality) -> bytes | None:
            if camera == "demo":
                return super().glance_jpeg(camera, quality)
            self.asked += 1
            self.ends.wait(PATIENCE_S)
            raise BusyError("away")

    runtime = Hanging()
    pages.show("one", runtime, "demo", "door", "cellar")
    assert [pages.next()[0] for _ in range(3)] == ["demo"] * 3
    assert runtime.asked <= 2
    runtime.ends.set()


def test_a_page_takes_one_place_until_it_leaves(pages: Pages) -> None:
    runtime = FakeRuntime()
    pages.show("one", runtime, "demo")
    pages.show("one", runtime, "door")
    for _ in range(3):
        pages.places.enter(ADA)
    with pytest.raises(ViewerLimitError):
        pages.show("two", runtime, "demo")
    pages.glances.leave("one")
    pages.glances.leave("one")
    pages.show("two", runtime, "demo")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"cameras": None, "width": 320}, Wanted(None, SMALL)),
        ({"cameras": ["door"], "width": 640}, Wanted(frozenset({"door"}), LARGE)),
    ],
)
def test_reads_what_a_page_asks_for(message: Any, expected: Wanted) -> None:
    assert read_wanted(message) == expected


@pytest.mark.parametrize(
    "message",
    [None, 3, "all", [], {}, {"cameras": None}, {"cameras": [1], "width": 320}]
    + [{"cameras": None, "width": width} for width in (321, "320", [320], True)],
)
def test_says_what_was_expected(message: Any) -> None:
    with pytest.raises(ValueError, match=r"expected .* one of 320, 640"):
        read_wanted(message)


def test_nobody_gets_a_camera_that_is_hidden() -> None:
    assert seen_of(Wanted(None, SMALL), ["door"]) == {"door"}
    assert seen_of(Wanted(frozenset({"demo", "door"}), SMALL), ["door"]) == {"door"}


def test_a_socket_asks_and_is_told_what_is_wrong(
    app: Flask, signed_in: FlaskClient, runtime: FakeRuntime
) -> None:
    socketio = services_of(app).sockets.socketio
    connection = socketio.test_client(app, flask_test_client=signed_in)
    runtime.statuses = [replace(runtime.statuses[0], state=CameraState.PAUSED)]
    assert "expected" in connection.emit("pictures", "all", callback=True)
    asked = {"cameras": None, "width": 320}
    assert connection.emit("pictures", asked, callback=True) == ""
    others = [socketio.test_client(app, flask_test_client=signed_in) for _ in range(30)]
    answers = [other.emit("pictures", asked, callback=True) for other in others]
    assert "MAX_VIEWERS" in answers[-1]
    for each in [connection, *others]:
        each.disconnect()
    again = socketio.test_client(app, flask_test_client=signed_in)
    assert again.emit("pictures", asked, callback=True) == ""
    again.disconnect()
