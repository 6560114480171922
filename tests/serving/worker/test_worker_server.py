"""What a worker says and does that a camera process of one machine does not."""

from functools import partial

from tests.bus.links import linked, wait_until
from tests.fakes import STARTED_AT, FakeLiveAlerts, FakeRooms, FakeRuntime
from webapp.bus.process_messages import FollowDatabase, ResumeCamera
from webapp.bus.screens import SentPictures
from webapp.cluster.worker_peer import WorkerPeer
from webapp.core.camera_state import CameraState
from webapp.serving.worker.worker_server import WorkerServer


class FakeLeases:
    def tokens(self) -> dict[str, int]:
        return {"demo": 3, "about to run": 4}


def test_it_says_what_runs_by_which_token_and_opens_cameras_as_the_database_says() -> None:
    runtime, looks = FakeRuntime(), []
    server = WorkerServer(b"no signal", SentPictures, FakeLeases())
    server.attach(runtime, FakeLiveAlerts(), FakeRooms())
    server.follow_with(lambda: looks.append("look"))
    runtime.pause("demo", STARTED_AT)
    peer = WorkerPeer("north", lambda message: None, lambda: None)
    with linked(server, peer):
        wait_until(lambda: peer.tokens == {"demo": 3})
        # By a web instance whose clock is late: the purpose of the camera is over.
        peer.calls.ask(partial(ResumeCamera, camera="demo"))
        peer.calls.ask(FollowDatabase)
    assert runtime.cameras()[0].state == CameraState.PAUSED
    assert looks == ["look", "look"]
