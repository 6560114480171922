import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.alerting.fakes import analysed
from tests.patience import PATIENCE_S
from webapp.bus.json_codec import to_json
from webapp.bus.latest import Latest
from webapp.cameras.push import CountsFeed, PushLoop
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.bands import Band, Scale
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus
from webapp.core.crew import People
from webapp.core.figures import Figures
from webapp.core.messages import CameraMessage, CountsMessage, LimitsMessage, RecentPoint
from webapp.core.recent_line import RECENT_S

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WATCHED = ("angry",)
ANGER = AlertRule(1, "Anger lasts", RuleKind.EXPRESSION, Limits(50, 20, 15, 5), expressions=WATCHED)


class FakeCamera:
    def __init__(self, name="door") -> None:
        self.name, self.slot = name, Latest()
        self.feed = CountsFeed(self.slot)
        self.state, self.fps, self.updates = CameraState.LIVE, 24.5678, 0

    def update_state(self):
        self.updates += 1

    def status(self):
        return CameraStatus(
            self.name, self.state, NOON, SourceKind.CAMERA, "", self.fps, stream_fps=30.0
        )


def push_of(cameras, publish, stop=None, rules=()):
    return PushLoop(
        lambda: list(cameras),
        WATCHED,
        ("angry", "neutral"),
        lambda: rules,
        publish,
        stop or threading.Event(),
    )


@pytest.fixture
def camera():
    return FakeCamera()


@pytest.fixture
def published():
    return []


@pytest.fixture
def push(camera, published):
    return push_of([camera], published.append)


LIVE = CameraMessage("door", CameraState.LIVE, NOON)
NO_LIMITS = LimitsMessage("door")
COUNTS = CountsMessage(
    "door", NOON, 1, {"angry": 1, "neutral": 0, "uncertain": 0}, 91.2, 24.6, 30.0, rising=1
)


def test_a_state_is_published_once_and_counts_with_every_new_frame(push, camera, published):
    camera.slot.put(replace(analysed(0.9), indicator=91.23))
    push.step(0.0)
    push.step(0.5)
    assert published == [LIVE, NO_LIMITS, COUNTS]
    camera.slot.put(analysed(0.1))
    camera.state = CameraState.OFFLINE
    push.step(1.0)
    assert [message.event for message in published[3:]] == ["camera", "counts"]
    assert published[3].state == "offline"
    assert camera.updates == 3


def test_of_too_few_people_nothing_is_published_but_that(camera, published):
    nobody = Figures(None, 0.0, People.nobody(("angry", "neutral")), 2)
    camera.slot.put(replace(analysed(angry=0.9), released=nobody))
    push_of([camera], published.append, rules=[ANGER]).step(100.0)
    counts = to_json(published[-1])
    expected = {"faces": None, "counts": None, "suppressed": True, "indicator": 0.0, "rising": 0}
    assert {**counts, **expected, "band": "", "unread": 0} == counts


def test_a_rule_that_is_edited_counts_and_is_told_from_the_next_beat(camera, published):
    rules = []
    push = push_of([camera], published.append, rules=rules)
    for now_s, limits in enumerate((None, Limits(50, 20, 15, 5), Limits(90, 80, 15, 5))):
        rules[:] = [replace(ANGER, limits=limits)] if limits else []
        camera.slot.put(analysed(0.6))
        push.step(float(now_s))
    counts = [message for message in published if message.event == "counts"]
    assert [message.band for message in counts] == [Band.NONE, Band.ALERT, Band.CALM]
    assert [message.rising for message in counts] == [1, 1, 1]
    push.step(3.0)
    limits = [message.limits for message in published if message.event == "limits"]
    assert [[mark.at for mark in each.marks] for each in limits] == [[], [50, 20], [90, 80]]


def test_a_rate_that_changes_is_no_change_of_state(push, camera, published):
    push.step(0.0)
    camera.fps = 3.0
    push.step(0.5)
    assert published == [LIVE, NO_LIMITS]


def test_without_counts_only_changes_are_published(push, camera, published):
    camera.slot.put(analysed(0.9))
    push.step(0.0, with_counts=False)
    assert published == [LIVE, NO_LIMITS]
    push.step(0.5)
    assert [message.event for message in published] == ["camera", "limits", "counts"]


def test_five_minutes_are_kept_oldest_first(camera):
    feed = camera.feed
    assert (feed.newest, feed.recent()) == (None, [])
    for second in range(int(RECENT_S) + 3):
        camera.slot.put(replace(analysed(0.5), indicator=second / 10))
        assert feed.step(camera.status(), Scale(WATCHED), float(second))
    points = feed.recent()
    assert len(points) == RECENT_S + 1
    assert points[0] == RecentPoint(NOON, 1, 0.2)
    assert feed.newest.as_point() == points[-1]
    broken = feed.without_newest()
    assert (broken.newest, broken.recent()) == (None, points)


def test_one_camera_or_message_that_fails_ends_neither_the_others_nor_the_loop(caplog):
    published, door, hall = [], FakeCamera("door"), FakeCamera("hall")
    for camera in (door, hall):
        camera.slot.put(analysed(0.9))

    def publish(message):
        if message.camera == "door" and message.event == "camera":
            raise OSError("the subscriber left")
        published.append(message)

    push = push_of([door, hall], publish)
    push.step(0.0)
    assert [(m.event, m.camera) for m in published] == [
        ("counts", "door"),
        ("camera", "hall"),
        ("limits", "hall"),
        ("counts", "hall"),
    ]
    assert caplog.text.count("a push failed") == 1


def test_a_camera_that_comes_back_is_published_anew(camera, published):
    present = [camera]
    push = push_of(present, published.append)
    push.step(0.0)
    present.clear()
    push.step(0.5)
    present.append(camera)
    push.step(1.0)
    assert published == [LIVE, NO_LIMITS] * 2


def test_a_state_that_cannot_wait_is_published_before_the_beat_and_the_stop_ends_it(camera):
    came, stop = threading.Event(), threading.Event()
    push = push_of([camera], lambda message: came.set(), stop)
    thread = threading.Thread(target=push.run)
    push.hurry()
    thread.start()
    assert came.wait(PATIENCE_S)
    stop.set()
    push.hurry()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
