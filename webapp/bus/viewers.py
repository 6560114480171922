"""Who watches: counted, limited, and given their places back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webapp.core.errors import ViewerLimitError


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

    @contextmanager
    def place(self, camera: str) -> Iterator[None]:
        """Count one more viewer for a while; raises ViewerLimitError."""
        self.enter(camera)
        try:
            yield
        finally:
            self.leave(camera)

    def count(self, camera: str) -> int:
        """Return how many watch this camera."""
        return self._watching.get(camera, 0)


class View(Iterator[bytes]):
    """One viewer's pictures; counted until it is closed, even when it never started.

    Whoever takes one must close it, as WSGI servers close what they send. Nothing happens when it
    is collected instead: that may be in a thread that holds the lock of `Viewers`.
    """

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
