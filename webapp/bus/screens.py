"""What web processes see of a camera while somebody watches it there."""

import logging
import threading
import time
from collections.abc import Collection
from contextlib import closing, suppress
from typing import Protocol

from webapp.bus.link import Link
from webapp.bus.memory_file import MemoryFile
from webapp.bus.picture_memory import PictureMemory
from webapp.bus.process_messages import MemoryOpened, PictureSent, PictureShown
from webapp.core.errors import ViewerLimitError
from webapp.core.picture_quality import PictureQuality
from webapp.core.ports import LiveRuntime

# Pictures of a scene do not all have the same size.
SPARE_SIZE = 4
RETRY_S = 0.5
logger = logging.getLogger(__name__)


class HandedPictures(Protocol):
    """Hands over the pictures of one camera in one quality; for one thread at a time."""

    def begin(self, link: Link) -> None:
        """Prepare a web process that watches from now on."""
        ...

    def show(self, picture: bytes, links: Collection[Link]) -> None:
        """Hand a JPEG over to those who watch."""
        ...

    def clear(self) -> None:
        """Forget what was shown."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


class SharedPictures:
    """Lays pictures out in memory that a web process of this machine sees, too."""

    def __init__(self, camera: str, quality: PictureQuality) -> None:
        self._camera, self._quality = camera, quality
        self._memory: PictureMemory | None = None
        self._number = 0

    def begin(self, link: Link) -> None:
        """Let a web process see the memory."""
        if self._memory:
            self._announce(self._memory, link)

    def show(self, picture: bytes, links: Collection[Link]) -> None:
        """Lay a picture out, and say that it lies there."""
        if self._memory is None or not self._memory.fits(picture):
            self.close()
            self._memory = PictureMemory.for_pictures_of(SPARE_SIZE * len(picture))
            for link in links:
                self._announce(self._memory, link)
        self._number += 1
        self._memory.put(picture, self._number)
        shown = PictureShown(self._camera, self._number, self._quality)
        for link in links:
            link.send(shown, [], (PictureShown, self._camera, self._quality))

    def clear(self) -> None:
        """Overwrite what lies there."""
        if self._memory:
            self._memory.clear()

    def close(self) -> None:
        """Give the memory back."""
        if self._memory:
            self._memory.close()
            self._memory = None

    def _announce(self, memory: PictureMemory, link: Link) -> None:
        link.send(MemoryOpened(self._camera, self._quality), [memory.fileno()])


class SentPictures:
    """Sends each picture as it is, to web processes that may be of other machines."""

    def __init__(self, camera: str, quality: PictureQuality) -> None:
        self._sent = PictureSent(camera, quality)

    def begin(self, link: Link) -> None:
        """Nothing is to be prepared."""

    def show(self, picture: bytes, links: Collection[Link]) -> None:
        """Send a picture instead of one that waits still."""
        with MemoryFile.of(picture) as file:
            for link in links:
                link.send(self._sent, [file.fileno()], self._sent)

    def clear(self) -> None:
        """Nothing is held."""

    def close(self) -> None:
        """Nothing is held."""


class Screen:
    """Shows one camera's pictures in one quality to the web processes that watch it."""

    def __init__(
        self, cameras: LiveRuntime, camera: str, quality: PictureQuality, pictures: HandedPictures
    ) -> None:
        self._cameras, self._camera, self._quality = cameras, camera, quality
        self._pictures = pictures
        self._lock = threading.Lock()
        self._watchers: frozenset[Link] = frozenset()
        self._is_running = False
        self._clears = 0

    def watch(self, link: Link) -> None:
        """Show every picture to a web process from now on; returns at once."""
        with self._lock:
            self._pictures.begin(link)
            self._watchers |= {link}
            if not self._is_running:
                self._is_running = True
                name = f"screen-{self._camera}"
                threading.Thread(target=self._run, name=name, daemon=True).start()

    def leave(self, link: Link) -> None:
        """Show a web process nothing more."""
        with self._lock:
            self._watchers -= {link}

    def close(self) -> None:
        """Give everything back: the camera is no more, and nothing of it is shown after."""
        with self._lock:
            self._watchers = frozenset()
            self._clears += 1
            self._pictures.close()

    def clear(self) -> None:
        """Forget what was shown, and show what is to be seen now; nothing older comes after it."""
        with self._lock:
            self._clears += 1
            clears, is_watched = self._clears, bool(self._watchers)
            self._pictures.clear()
        # Where there is no place for one picture more, the stream that is watched brings the next.
        with suppress(KeyError, ViewerLimitError):
            if is_watched:
                self._show(self._cameras.snapshot_jpeg(self._camera, self._quality), clears)

    def _run(self) -> None:
        while True:
            try:
                return self._show_while_watched()
            except (KeyError, ViewerLimitError):
                with self._lock:
                    self._is_running = False
                return
            except Exception:
                # One picture that cannot be handed over must not end the view.
                logger.exception("camera %s: a picture was not shown", self._camera)
                time.sleep(RETRY_S)

    def _show_while_watched(self) -> None:
        with closing(self._cameras.stream(self._camera, self._quality)) as pictures:
            while self._goes_on():
                clears = self._clears
                picture = next(pictures, None)
                if picture is None:
                    # The camera is gone, or all stop.
                    raise KeyError(self._camera)
                self._show(picture, clears)

    def _goes_on(self) -> bool:
        with self._lock:
            self._is_running = bool(self._watchers)
            return self._is_running

    def _show(self, picture: bytes, clears: int) -> None:
        with self._lock:
            if clears == self._clears:
                self._pictures.show(picture, self._watchers)
