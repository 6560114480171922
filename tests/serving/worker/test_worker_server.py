"""What a worker says and does that a camera process of one machine does not."""

from tests.bus.links import linked
from tests.fakes import FakeLiveAlerts, FakeRooms, FakeRuntime
from tests.patience import wait_until
from webapp.bus.process_messages import FollowDatabase
from webapp.bus.screens import SentPictures
from webapp.cluster.worker_peer import WorkerPeer
from webapp.serving.worker.worker_server import WorkerServer


class FakeLeases:
    """Holds a camera that runs, and one that does not yet."""

    def running_tokens(self) -> dict[str, int]:
        return {"demo": 3, "about to run": 4}


def test_it_says_what_runs_by_which_token_and_follows_the_database_when_told() -> None:
    looks: list[str] = []
    server = WorkerServer(b"no signal", SentPictures, FakeLeases())
    server.attach(FakeRuntime(), FakeLiveAlerts(), FakeRooms())
    server.follow_with(lambda: looks.append("look"))
    peer = WorkerPeer("north", lambda message: None, lambda: None)
    with linked(server, peer):
        wait_until(lambda: peer.tokens == {"demo": 3})
        peer.calls.ask(FollowDatabase)
    assert looks == ["look"]
