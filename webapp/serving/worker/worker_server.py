"""The cameras of a worker, served to every web instance."""

from collections.abc import Callable
from dataclasses import replace

from webapp.bus.camera_server import CameraServer, HandOver
from webapp.bus.link import Link
from webapp.bus.process_messages import Beat, FollowDatabase
from webapp.serving.worker.lease_keeper import LeaseKeeper


class WorkerServer(CameraServer):
    """Says with each beat which cameras the worker holds, and by which tokens."""

    def __init__(self, no_signal_jpeg: bytes, hand_over: HandOver, leases: LeaseKeeper) -> None:
        """Prepare; see `CameraServer`."""
        super().__init__(no_signal_jpeg, hand_over)
        self._leases = leases

    def beat(self) -> Beat:
        """Return how cameras and alerts are doing, and which cameras these are."""
        beat = super().beat()
        running, tokens = {status.name for status in beat.cameras}, self._leases.running_tokens()
        return replace(beat, tokens={n: token for n, token in tokens.items() if n in running})

    def greet(self, link: Link) -> None:
        """Say first whose figures follow."""
        link.send(self.beat())
        super().greet(link)

    def follow_with(self, follow: Callable[[], object]) -> None:
        """Answer, when all is as the database says: `follow` makes it so."""
        self.answers.add(FollowDatabase, lambda call, _: _done(follow))


def _done(follow: Callable[[], object]) -> None:
    follow()
