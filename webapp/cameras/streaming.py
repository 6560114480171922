"""The loop that draws and encodes each picture once, and the viewers that share it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

from webapp.cameras.latest import Latest
from webapp.core.camera_state import STALE_AFTER_S
from webapp.core.errors import ViewerLimitError
from webapp.core.frame import Frame
from webapp.core.ports import PictureRenderer
from webapp.core.rates import Durations, RateMeter
from webapp.core.snapshot import Snapshot

logger = logging.getLogger(__name__)
# Boxes older than this no longer lie on the faces of the newest frame.
BOXES_VALID_S = 1.0
# A generator that does not yield is never closed after its viewer left (werkzeug #1649).
STILL_INTERVAL_S = 1.0


class Viewers:
    """Counts who watches, over all cameras, and refuses more than allowed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._watching: dict[str, int] = {}

    def enter(self, camera: str) -> None:
        """Count one more viewer.

        Raises:
            ViewerLimitError: the limit is reached.
        """
        with self._lock:
            if sum(self._watching.values()) >= self._most:
                raise ViewerLimitError(
                    f"{self._most} viewers are watching, the most this server allows "
                    "(MAX_VIEWERS). Close a picture elsewhere or try again later."
                )
            self._watching[camera] = self._watching.get(camera, 0) + 1

    def leave(self, camera: str) -> None:
        """Count one viewer less."""
        with self._lock:
            self._watching[camera] -= 1

    def count(self, camera: str) -> int:
        """Return how many watch this camera."""
        return self._watching.get(camera, 0)


class StreamLoop:
    """Encodes the newest annotated picture while anybody watches; idles otherwise."""

    def __init__(
        self,
        camera: str,
        renderer: PictureRenderer,
        viewers: Viewers,
        frames: Latest[Frame],
        snapshots: Latest[Snapshot],
        stop: threading.Event,
    ) -> None:
        self.pictures: Latest[bytes] = Latest()
        self.rate = RateMeter()
        self.durations = Durations()
        self._camera, self._renderer, self._viewers = camera, renderer, viewers
        self._frames, self._snapshots, self._stop = frames, snapshots, stop
        self._watched = threading.Event()
        self._is_paused = False

    def run(self) -> None:
        """Encode until stopped."""
        version = 0
        while not self._stop.is_set():
            if not self._viewers.count(self._camera):
                self._watched.wait(1.0)
                self._watched.clear()
                continue
            version = self._publish_newer(version)

    def view(self) -> Iterator[bytes]:
        """Yield JPEG pictures to one viewer, the newest one again when nothing moves.

        Raises:
            ViewerLimitError: at the call, when the limit is reached.
        """
        self._viewers.enter(self._camera)
        self._watched.set()
        return _View(self._pictures_for_one_viewer(), self._leave)

    def picture(self) -> bytes:
        """Return the current picture, encoded for this caller."""
        return self._encode()

    def pause(self) -> None:
        """Show viewers the PAUSED picture at once; after frames and snapshots were cleared."""
        self._is_paused = True
        self.pictures.clear()
        self.pictures.put(self._renderer.paused())

    def resume(self) -> None:
        """Show what the camera gives again, NO SIGNAL until then."""
        self._is_paused = False

    def close(self) -> None:
        """End every view."""
        self.pictures.close()
        self._watched.set()

    def _leave(self) -> None:
        self._viewers.leave(self._camera)

    def _pictures_for_one_viewer(self) -> Iterator[bytes]:
        newest = self.pictures.newest()
        version = newest.version if newest else 0
        yield self._encode()
        while not self._stop.is_set():
            newer = self.pictures.wait_newer(version, timeout_s=2 * STILL_INTERVAL_S)
            if newer:
                version = newer.version
                yield newer.value
            elif not self._stop.is_set():
                yield self._encode()

    def _publish_newer(self, version: int) -> int:
        # Ends with each frame, so that no picture outlives `Latest.clear` in a variable of `run`.
        newest = self._frames.wait_newer(version, timeout_s=STILL_INTERVAL_S)
        self._publish(newest.value if newest else None)
        return newest.version if newest else version

    def _publish(self, new_frame: Frame | None) -> None:
        at_s = new_frame.captured_at_s if new_frame else time.monotonic()
        try:
            if new_frame is None or _is_stale(new_frame):
                picture = self._encode()
            else:
                picture = self._encode_new(new_frame)
        except Exception:
            logger.exception("camera %s: cannot draw a picture", self._camera)
            self._stop.wait(STILL_INTERVAL_S)
            return
        self.pictures.put(picture, at_s)

    def _encode(self) -> bytes:
        if self._is_paused:
            return self._renderer.paused()
        newest = self._frames.newest()
        if newest is None or _is_stale(newest.value):
            return self._renderer.no_signal(newest.value if newest else None)
        return self._renderer.render(newest.value, self._valid_snapshot(newest.value))

    def _encode_new(self, frame: Frame) -> bytes:
        started_at_s = time.monotonic()
        picture = self._renderer.render(frame, self._valid_snapshot(frame))
        encoded_at_s = time.monotonic()
        self.durations.note("render", encoded_at_s - started_at_s)
        self.durations.note("latency", encoded_at_s - frame.captured_at_s)
        self.rate.step(encoded_at_s)
        return picture

    def _valid_snapshot(self, frame: Frame) -> Snapshot | None:
        newest = self._snapshots.newest()
        if newest is None or frame.captured_at_s - newest.value.captured_at_s > BOXES_VALID_S:
            return None
        return newest.value


def _is_stale(frame: Frame) -> bool:
    return time.monotonic() - frame.captured_at_s > STALE_AFTER_S


class _View(Iterator[bytes]):
    """One viewer's pictures; counted until closed, even when never started."""

    def __init__(self, pictures: Iterator[bytes], leave: Callable[[], None]) -> None:
        self._pictures, self._leave = pictures, leave
        self._is_open = True

    def __next__(self) -> bytes:
        try:
            return next(self._pictures)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop counting this viewer."""
        if self._is_open:
            self._is_open = False
            self._leave()

    def __del__(self) -> None:
        self.close()
