"""Cameras behind a link are what they are in one process; and what is seen while they are away."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.bus.links import linked
from tests.fakes import (
    CLASSES,
    FakeLiveAlerts,
    FakeRooms,
    FakeRuntime,
    alert_message,
    counts_message,
    picture,
)
from tests.patience import PATIENCE_S, wait_until
from webapp.bus import camera_server
from webapp.bus.camera_peer import AWAY_REASON, STARTING_REASON, CameraPeer
from webapp.bus.camera_server import CameraServer, Screen
from webapp.bus.remote_alerts import RemoteAlerts
from webapp.bus.remote_cameras import RemoteCameras
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_status import Readiness
from webapp.core.camera_trial import CameraTrial
from webapp.core.errors import (
    BusyError,
    EvenkeelError,
    ReceiverError,
    SourceError,
    StorageError,
    ViewerLimitError,
)
from webapp.core.messages import CameraMessage
from webapp.core.picture_quality import FULL, GLANCES, PictureQuality
from webapp.core.process_report import RecordWork

NO_SIGNAL = b"no signal"
RECORDS = RecordWork(waiting_rows=3)
SETUPS = (CameraSetup("door", "Door", "rtsp://camera"), CameraSetup("demo", "demo", "demo"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Both:
    """A camera process with fakes in it, and the web's side of it."""

    def __init__(self) -> None:
        self.runtime = FakeRuntime(max_viewers=10, frame_interval_s=0.01)
        self.alerts = FakeLiveAlerts()
        self.server = CameraServer(NO_SIGNAL)
        self.rooms = FakeRooms()
        self.server.attach(self.runtime, self.alerts, self.rooms, lambda: RECORDS)
        self.published: list = []
        self.peer = CameraPeer(self.published.append)
        watched = self.runtime.alert_emotions
        self.peers, self.most_peers = [self.peer], 1
        self.cameras = RemoteCameras(self.peers, self.add_peer, CLASSES, watched, 2)
        self.cameras.set_cameras(SETUPS)
        self.rules: list = []
        self.web_alerts = RemoteAlerts(
            lambda: [self.peer], ["first"], lambda: self.rules, self.alerts.receivers
        )

    def add_peer(self, holds_rooms: bool) -> CameraPeer | None:
        """Add one process more, where a test allows."""
        if len(self.peers) >= self.most_peers:
            return None
        self.peers.append(CameraPeer(self.published.append, holds_rooms=holds_rooms))
        return self.peers[-1]

    def linked(self):
        """Connect both until the block ends."""
        return linked(self.server, self.peer)

    def wait_for_beat(self) -> None:
        """Wait until the process has said how it is."""
        wait_until(lambda: self.peer._beat)


@pytest.fixture
def both():
    both = Both()
    yield both
    both.runtime.request_stop()


def test_status_counts_and_line_are_those_of_the_process(both):
    with both.linked():
        both.wait_for_beat()
        wait_until(lambda: both.cameras.cameras() == both.runtime.cameras())
        assert both.cameras.newest_counts("demo") == both.runtime.counts["demo"]
        assert both.cameras.newest_counts("door") is None
        assert both.cameras.readiness() == both.runtime.ready
        newest = counts_message("demo", indicator=80.0)
        both.server.publish(newest)
        wait_until(lambda: both.cameras.newest_counts("demo") == newest)
        assert both.cameras.recent("demo") == [
            both.runtime.counts["demo"].as_point(),
            newest.as_point(),
        ]
        assert newest in both.published
        with pytest.raises(KeyError):
            both.cameras.recent("cellar")


def test_the_last_minutes_come_with_a_new_link(both):
    both.runtime.points["demo"] = [
        replace(point, at=datetime.now(UTC)) for point in both.runtime.points["demo"][:3]
    ]
    both.runtime.counts.clear()
    with both.linked():
        both.wait_for_beat()
        assert both.cameras.recent("demo") == both.runtime.points["demo"]


def test_viewers_share_pictures_that_flow_only_while_somebody_watches(both):
    with both.linked():
        both.wait_for_beat()
        with (
            closing(both.cameras.stream("demo")) as one,
            closing(both.cameras.stream("demo")) as two,
        ):
            pictures = {picture(number) for number in range(1, 2000)}
            assert next(one) in pictures and next(two) in pictures and next(one) in pictures
            assert len(both.runtime.open_streams) == 1
            assert both.cameras.cameras()[1].viewers == 2
            with pytest.raises(ViewerLimitError):
                both.cameras.stream("demo")
        wait_until(lambda: not both.runtime.open_streams)
        # The next viewer must not see the last picture of an hour ago.
        assert both.peer.cameras["demo"].of(FULL).newest.newest() is None
        with closing(both.cameras.stream("demo")) as again:
            assert next(again) in pictures
        assert both.cameras.snapshot_jpeg("demo") == picture(0)


def test_a_glance_is_of_a_camera_that_gives_pictures_and_of_none_that_was_paused_meanwhile(both):
    with both.linked():
        both.wait_for_beat()
        assert both.cameras.glance_jpeg("demo", GLANCES[320]) == picture(0)
        assert both.cameras.glance_jpeg("door", GLANCES[320]) is None
        answer = both.runtime.glance_jpeg

        def overtaken(camera, quality):
            both.peer.cameras[camera].pause(datetime.now(UTC))
            return answer(camera, quality)

        both.runtime.glance_jpeg = overtaken
        assert both.cameras.glance_jpeg("demo", GLANCES[320]) is None


def test_a_pause_leaves_no_older_picture_in_the_shared_memory(both):
    with both.linked():
        both.wait_for_beat()
        with closing(both.cameras.stream("demo")) as pictures:
            next(pictures)
            both.runtime.frame_interval_s = 60
            screen = both.server._screens["demo", FULL]
            both.cameras.pause("demo", NOON)
            card = picture(0)
            wait_until(lambda: both.peer.cameras["demo"].of(FULL).newest.newest().value == card)
            memory = bytes(screen._pictures._memory._memory)
            assert memory.count(b"\xff\xd8\xff") == 1
        wait_until(lambda: both.cameras.cameras()[1].state == "paused")
        both.cameras.resume("demo")
        wait_until(lambda: both.cameras.cameras()[1].state == "connecting")


def test_a_change_while_every_place_is_taken_ends_neither_link_nor_view(both, monkeypatch):
    def full(camera: str, quality: PictureQuality) -> bytes:
        raise ViewerLimitError("Nobody more.")

    with both.linked():
        both.wait_for_beat()
        with closing(both.cameras.stream("demo")) as pictures:
            next(pictures)
            monkeypatch.setattr(both.runtime, "snapshot_jpeg", full)
            turned = replace(SETUPS[1], turn_deg=90)
            both.cameras.set_cameras([SETUPS[0], turned])
            wait_until(lambda: both.runtime.setups == [SETUPS[0], turned])
            both.cameras.pause("demo", NOON)
            assert both.runtime.cameras()[1].state == "paused"


def test_a_source_is_tried_by_the_process_that_reads_it_or_by_the_newest(both):
    door, demo = SETUPS
    with both.linked():
        both.wait_for_beat()
        wait_until(lambda: both.cameras.cameras()[1].state.has_frames)
        assert both.cameras.try_source("demo") == CameraTrial(picture(0), 480, 270, 12.5)
        both.runtime.refusal = "It is silent."
        with pytest.raises(SourceError, match="It is silent"):
            both.cameras.try_source("rtsp://other")
        assert both.runtime.tried == ["demo", "rtsp://other"]
        # The second process, which holds `hall`, is away.
        both.most_peers = 2
        both.cameras.set_cameras([door, demo, CameraSetup("hall", "Hall", "1")])
        with pytest.raises(BusyError):
            both.cameras.try_source("rtsp://other")


def test_cameras_come_change_and_go(both):
    door, demo = SETUPS
    with both.linked():
        both.wait_for_beat()
        wait_until(lambda: both.runtime.setups == list(SETUPS))
        hall, gate = CameraSetup("hall", "Hall", "1"), CameraSetup("gate", "Gate", "2")
        both.most_peers = 2
        with closing(both.cameras.stream("demo")) as pictures:
            next(pictures)
            both.cameras.set_cameras([hall, demo, replace(door, title="Front"), gate])
            assert [s.label for s in both.cameras.cameras()] == ["Hall", "demo", "Front", "Gate"]
            # A new process took the hall, and the next camera went to where there are fewest.
            assert list(both.peers[1].cameras) == ["hall", "gate"]
            wait_until(lambda: both.runtime.setups == [demo, replace(door, title="Front")])
            assert both.cameras.newest_counts("demo"), "a camera that stays keeps its readings"
            assert next(pictures)
            both.cameras.set_cameras([replace(demo, is_mirrored=True)])
            assert both.cameras.newest_counts("demo") is None
            assert next(pictures)
            both.cameras.set_cameras([door])
            assert list(pictures) == [], "who watched a camera that is gone is sent away"
        with pytest.raises(KeyError):
            both.cameras.recent("demo")
        # The first process does not take the alerts of the others' cameras for nobody's.
        assert both.peer.wanted.others == () and both.peers[1].wanted.others == ("door",)


class KeptPictures:
    """Keeps what is shown."""

    def __init__(self) -> None:
        self.shown: list[bytes] = []

    def show(self, picture: bytes, links: object) -> None:
        self.shown.append(picture)

    def close(self) -> None:
        pass


def test_no_picture_that_was_read_before_is_shown_of_a_camera_that_is_gone(both):
    pictures = KeptPictures()
    screen = Screen(both.runtime, "demo", FULL, pictures)
    before = screen._clears
    screen.close()
    screen._show(picture(1), before)
    assert pictures.shown == []
    screen._show(picture(2), screen._clears)
    assert pictures.shown == [picture(2)]


def test_a_camera_stays_with_the_process_that_held_it_before(both):
    other = CameraPeer(both.published.append)
    placed = []
    cameras = RemoteCameras(
        [both.peer, other],
        lambda holds_rooms: None,
        CLASSES,
        ("angry",),
        2,
        {"door": other, "gone": other},
        lambda: placed.append(list(other.cameras)),
    )
    assert cameras.cameras() == []
    cameras.set_cameras(SETUPS)
    assert placed == [["door"]]
    assert list(both.peer.cameras) == ["demo"]


def test_rooms_have_a_process_of_their_own_which_gets_the_pictures(both):
    room = CameraSetup("class", "Class", "browser 9")
    both.most_peers = 2
    both.peer.holds_rooms = True
    both.cameras.set_cameras([*SETUPS, room])
    assert (list(both.peer.cameras), list(both.peers[1].cameras)) == (["class"], ["door", "demo"])
    both.cameras.set_cameras([replace(room, source="0")])
    assert (list(both.peer.cameras), list(both.peers[1].cameras)) == ([], ["class"])
    both.cameras.set_cameras([room])
    both.cameras.put_picture("class", "a", b"lost: its process is away", (640, 360))
    with both.linked():
        both.wait_for_beat()
        both.cameras.put_picture("class", "a", b"jpeg", (640, 360))
        both.cameras.leave("class", "a")
        wait_until(lambda: both.rooms.left == [("class", "a")])
    assert both.rooms.pictures == [("class", "a", b"jpeg", (640, 360))]
    with pytest.raises(KeyError):
        both.cameras.put_picture("cellar", "a", b"jpeg", (640, 360))


def test_a_process_that_is_gone_shows_as_offline_and_its_viewers_stay(both):
    assert {s.reason for s in both.cameras.cameras()} == {STARTING_REASON}
    with both.linked():
        both.wait_for_beat()
        pictures = both.cameras.stream("demo")
        next(pictures)
        assert both.peer.report.records == RECORDS
        assert both.cameras.cameras()[1].analysis_fps > 0
    assert both.peer.report is None
    status = both.cameras.cameras()[1]
    assert (status.state, status.reason) == ("offline", AWAY_REASON)
    assert (status.analysis_fps, status.stream_fps) == (0.0, 0.0)
    assert CameraMessage("demo", status.state, status.since) in both.published
    assert not both.cameras.readiness().is_ready
    seen = iter(lambda: next(pictures) == NO_SIGNAL, True)
    assert sum(1 for _ in seen) < 5
    with pytest.raises(BusyError):
        both.cameras.snapshot_jpeg("demo")
    with pytest.raises(BusyError, match="is being started"):
        both.cameras.try_source("demo")
    both.cameras.pause("demo", NOON)
    assert both.cameras.cameras()[1].state == "paused"
    both.cameras.resume("demo")
    with both.linked():
        assert next(pictures) and [next(pictures) for _ in range(3)][-1] != NO_SIGNAL
        both.cameras.request_stop()
        assert list(pictures) == []


def test_browsers_learn_what_changed_while_there_was_no_link(both):
    with both.linked():
        both.wait_for_beat()
        for alert in (alert_message("a1", "firing"), alert_message("a2", "pending")):
            both.server.publish(alert)
        wait_until(lambda: len(both.web_alerts.live()) == 2)
    both.published.clear()
    both.alerts.messages = [alert_message("a2", "firing"), alert_message("a3", "pending")]
    with both.linked():
        both.wait_for_beat()
        told = [message for message in both.published if message.event != "counts"]
        states = {(m.camera, m.state) for m in told if m.event == "camera"}
        assert states == {("door", "offline"), ("demo", "demo")}
        alerts = {(alert.id, alert.state) for alert in told if alert.event == "alert"}
        assert alerts == {("a1", "resolved"), ("a2", "firing"), ("a3", "pending")}
        both.published.clear()
        first = both.peer._beat
        wait_until(lambda: both.peer._beat is not first)
        assert {m.event for m in both.published} <= {"counts"}, "each is told once"


def test_alerts_of_now_and_rules_that_changed(both):
    with both.linked():
        both.wait_for_beat()
        both.server.publish(alert_message("a1", "firing"))
        wait_until(lambda: [alert.id for alert in both.web_alerts.live()] == ["a1"])
        both.server.publish(alert_message("a1", "resolved"))
        wait_until(lambda: both.web_alerts.live() == [])
        both.alerts.messages = [alert_message("a2", "pending")]
        wait_until(lambda: both.web_alerts.live() == both.alerts.messages)
        both.rules = ["second"]
        both.web_alerts.rules_changed()
        assert (both.alerts.reread, both.web_alerts.rules()) == (1, ("second",))
        assert both.web_alerts.receivers() == both.alerts.receivers()
        assert both.web_alerts.label_of("ntfy://host/secret") == "ntfy://host"
        both.web_alerts.send_test("0123")
        assert both.web_alerts.play_test("door") == "played-1"
        assert both.alerts.played == ["door"]
        both.alerts.refusal = "It is away."
        with pytest.raises(EvenkeelError, match="It is away"):
            both.web_alerts.send_test("0123")
        with pytest.raises(ReceiverError, match="It is away"):
            both.web_alerts.label_of("ntfy://host/secret")
        both.alerts.cause, both.alerts.dropped = "The disk is full.", 3
        wait_until(lambda: both.web_alerts.trouble() == "The disk is full.")
        assert both.web_alerts.dropped_rows() == 3


def test_several_processes_are_one_server(both):
    with both.linked():
        both.wait_for_beat()
        both.most_peers = 2
        both.cameras.set_cameras([CameraSetup("hall", "Hall", "1"), *SETUPS])
        both.runtime.ready = Readiness({"camera": False, "model": True}, {"camera": "door: silent"})
        wait_until(lambda: "door: silent" in both.cameras.readiness().reasons["camera"])
        assert "hall" in both.cameras.readiness().reasons["camera"]


def test_a_stop_ends_the_process(both):
    with both.linked():
        both.wait_for_beat()
        both.peer.request_stop()
        assert both.server.stopping.wait(PATIENCE_S)


def test_a_change_that_fails_in_the_process_is_made_again(both, monkeypatch, caplog):
    monkeypatch.setattr(camera_server, "CHANGED_AGAIN_S", 0.01)
    set_cameras, failures = both.runtime.set_cameras, [StorageError("locked")]

    def fail_once(setups) -> None:
        if failures:
            raise failures.pop()
        set_cameras(setups)

    both.runtime.set_cameras = fail_once
    with both.linked():
        wait_until(lambda: both.runtime.setups == list(SETUPS))
    assert "it is tried again" in caplog.text
