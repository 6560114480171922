import threading
import time

import cv2
import numpy as np
import pytest

from tests.damaged_files import CASE_LIMIT_S
from tests.fuzz_rooms import fuzz
from tests.people import resting_at_zero
from webapp.cameras.rooms import RoomDesk, RoomPictures, RoomSource, readings
from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import SourceError
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.messages import RoomFace
from webapp.core.rooms import Room
from webapp.vision.participant_picture import decode_fitted

ROOM = Room(9)
CLASSES = ("angry", "happy")


def encoded(value: int, width: int = 640, height: int = 360, ending: str = ".jpg") -> bytes:
    return cv2.imencode(ending, np.full((height, width, 3), value, np.uint8))[1].tobytes()


@pytest.fixture
def pictures() -> RoomPictures:
    return RoomPictures(ROOM, decode_fitted)


@pytest.fixture
def clock(monkeypatch):
    """A time that stands still until a test moves it."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_everybody_has_a_tile_and_a_damaged_or_foreign_picture_leaves_it_empty(pictures):
    pictures.put("a", encoded(200), (640, 360))
    pictures.put("b", encoded(100, 480, 480, ".webp"), (480, 480))
    pictures.put("c", encoded(200)[:300], (640, 360))
    pictures.put("d", b"GIF89a", (640, 360))
    image = pictures.together()
    assert image.shape == (2 * 270, 3 * 480, 3)
    assert (image[:270, :480] == 200).all()
    # In the middle of its tile, as wide as it is high.
    assert (image[:270, 480 + 105 : 480 + 375] == 100).all()
    assert (image[:270, 480 : 480 + 105] != 100).all()
    assert (image[:, 3 * 480 - 1] == image[-1, -1]).all()


def test_who_leaves_or_says_nothing_is_not_shown_any_more(pictures, clock):
    for who in "ab":
        pictures.put(who, encoded(200), (640, 360))
    pictures.leave("a")
    assert (pictures.together()[:, :480] != 200).any()
    clock[0] += 3.5
    assert not (pictures.together() == 200).all(axis=2).any()
    assert pictures.participants() == {1: "b"}
    clock[0] += 30
    pictures.together()
    assert pictures.participants() == {}


def test_a_full_room_takes_nobody_more(pictures):
    assert all(pictures.put(str(n), encoded(1), (640, 360)) for n in range(9))
    assert not pictures.put("late", encoded(1), (640, 360))
    assert pictures.put("3", encoded(2), (640, 360))


def test_each_learns_of_the_own_faces_alone_in_shares_of_the_own_picture(pictures):
    pictures.put("a", encoded(1), (640, 360))
    pictures.put("b", encoded(1, 480, 480), (480, 480))
    boxes = np.array([[48, 27, 96, 54], [480 + 105, 0, 480 + 375, 270], [1000, 0, 1050, 40]])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], np.float32)
    analysed = AnalysedFrame(
        Frame(np.zeros((270, 1440, 3), np.uint8), 0.0, 0),
        Faces.from_boxes(boxes.astype(np.float32)),
        Predictions.of(probabilities, CLASSES, 0.3),
        np.arange(3),
        resting_at_zero(probabilities, CLASSES),
        0.0,
        Faces.from_boxes(np.array([[240, 0, 288, 27]], np.float32)),
    )
    assert readings(pictures, analysed) == {
        "a": (
            RoomFace((0.1, 0.1, 0.2, 0.2), "angry", 0.9),
            RoomFace((0.5, 0.0, 0.6, 0.1), "not read", 0.0),
        ),
        "b": (RoomFace((0.0, 0.0, 1.0, 1.0), "happy", 0.8),),
    }


def test_a_room_without_anybody_still_gives_pictures_and_one_that_closed_keeps_none(pictures):
    source = RoomSource(pictures, fps=1000)
    pictures.leave("nobody")
    assert source.read().shape == (270, 1440, 3)
    pictures.put("a", encoded(200), (640, 360))
    assert (source.read()[:, :480] == 200).all()
    source.close()
    assert not pictures.put("a", encoded(200), (640, 360))
    assert pictures.participants() == {0: "a"} and pictures.fit_of("a") is None


def test_a_desk_knows_the_rooms_that_are_open():
    desk = RoomDesk(decode_fitted)
    with pytest.raises(KeyError):
        desk.put_picture("class", "a", encoded(1), (640, 360))
    source = desk.opener(CameraSetup("class", "Class", "browser 4"))()
    desk.put_picture("class", "a", encoded(200), (640, 360))
    assert source.read().shape == (360, 1280, 3)
    desk.leave("class", "a")
    with pytest.raises(SourceError, match="1 to 50"):
        desk.opener(CameraSetup("class", "Class", "browser 99"))()
    desk.run(lambda: (), [].append, _set_event())


def test_damaged_messages_are_taken_or_dropped_and_harm_nobody():
    figures = fuzz(cases=150, seed=7)
    assert figures["read"] >= 10 and figures["refused"] >= 10
    assert figures["slowest_s"] < CASE_LIMIT_S and figures["left_open"] <= 0


def _set_event() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
