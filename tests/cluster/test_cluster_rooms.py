"""Rooms of browsers, of which now one worker and now another puts the pictures together."""

import json
from contextlib import ExitStack

from tests.bus.links import linked
from tests.fakes import CLASSES, STARTED_AT, FakeLiveAlerts, FakeRooms, FakeRuntime
from tests.patience import wait_until
from webapp.bus.screens import SentPictures
from webapp.cluster.cluster_cameras import ClusterCameras
from webapp.cluster.worker_peer import WorkerPeer
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus
from webapp.core.messages import RoomFace, RoomReadings
from webapp.serving.worker.worker_server import WorkerServer
from webapp.web.live.participants import Participant, Participants

ROOM = CameraSetup("class", "Class", "browser 9")
FACE = RoomFace((0.0, 0.1, 0.5, 0.6), "happy", 0.9)


class FakeWorker(WorkerServer):
    """Holds the room by a token that a test sets."""

    def __init__(self, token: int) -> None:
        super().__init__(b"no signal", SentPictures, self)
        self.held, self.rooms, runtime = {"class": token}, FakeRooms(), FakeRuntime()
        live = CameraStatus("class", CameraState.LIVE, STARTED_AT, SourceKind.BROWSER)
        runtime.statuses = [live]
        self.attach(runtime, FakeLiveAlerts(), self.rooms)

    def running_tokens(self) -> dict[str, int]:
        return self.held


class WebInstance:
    """One of two, with a participant."""

    def __init__(self) -> None:
        self.participants = Participants()
        self.cameras = ClusterCameras(self._publish, CLASSES, (), 5, str)
        self.cameras.set_cameras([ROOM])
        guest = self.participants.enter("class", 1, 9, "browser 9")
        assert guest
        self.guest: Participant = guest

    def joins(self, worker: FakeWorker) -> linked:
        peer = WorkerPeer("worker", self._publish, self.cameras.place)
        self.cameras.add_worker(peer)
        return linked(worker, peer)

    def shows(self, token: int) -> bool:
        return any(w.tokens.get("class") == token for w in self.cameras.workers)

    def told(self) -> list[str]:
        newest = self.guest.news.newest()
        return [face["label"] for face in json.loads(newest.value)["faces"]] if newest else ["none"]

    def _publish(self, message) -> None:
        if isinstance(message, RoomReadings):
            self.participants.take(message)


def test_pictures_reach_who_holds_the_room_and_readings_their_participant_alone() -> None:
    one, other = WebInstance(), WebInstance()
    north, south = FakeWorker(1), FakeWorker(2)

    def puts(picture: bytes) -> tuple[str, str, bytes, tuple[int, int]]:
        one.cameras.put_picture("class", one.guest.id, picture, (64, 36))
        return "class", one.guest.id, picture, (64, 36)

    with ExitStack() as joined:
        for web in (one, other):
            joined.enter_context(web.joins(north))
            wait_until(lambda web=web: web.shows(1))
        put = puts(b"first")
        wait_until(lambda: north.rooms.pictures == [put])
        north.publish(RoomReadings("class", {one.guest.id: (FACE,)}, 5.0))
        wait_until(lambda: one.told() == ["happy"] and other.told() == [])
        # Another worker takes the room over, and the first does not know it yet.
        for web in (one, other):
            joined.enter_context(web.joins(south))
            wait_until(lambda web=web: web.shows(2))
        put = puts(b"second")
        wait_until(lambda: south.rooms.pictures == [put])
        south.publish(RoomReadings("class", {other.guest.id: (FACE,)}, 5.0))
        wait_until(lambda: other.told() == ["happy"] and one.told() == [])
        north.publish(RoomReadings("class", {one.guest.id: (FACE,)}, 5.0))
        one.cameras.leave("class", one.guest.id)
        wait_until(lambda: south.rooms.left == [("class", one.guest.id)])
        assert one.told() == [] and len(north.rooms.pictures) == 1 and north.rooms.left == []
