"""Pictures of many cameras, about once a second, for the pages that show them side by side."""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.errors import BusyError
from webapp.core.picture_quality import GLANCES, PictureQuality
from webapp.core.ports import LiveRuntime
from webapp.storage.users import User
from webapp.web.live.places import Places

ROUND_S = 1.0
WANTED = (
    f'expected {{"cameras": names or null for all, "width": one of {", ".join(map(str, GLANCES))}}}'
)


@dataclass(frozen=True)
class Wanted:
    """What a page asks for; `cameras` is None for all."""

    cameras: frozenset[str] | None
    quality: PictureQuality


@dataclass(frozen=True)
class CamerasPage:
    """What one page shows.

    Attributes:
        user: whose page it is; it takes one of their places, however many cameras it shows.
        cameras: those that the user may watch and the page asks for.
    """

    user: User
    cameras: frozenset[str]
    quality: PictureQuality


# Sends a camera's picture to the pages of these Socket.IO sessions.
Send = Callable[[str, bytes, list[str]], None]
Shown = tuple[str, PictureQuality]


class Glances:
    """Asks for each picture once, however many pages show it; for none while no page does.

    A page whose line is slow gets fewer pictures, and always the newest.
    """

    def __init__(
        self,
        places: Places,
        send: Send,
        is_behind: Callable[[str], bool],
        round_s: float = ROUND_S,
    ) -> None:
        """Prepare; nothing is asked for yet.

        Args:
            places: those of viewers.
            is_behind: whether a session has not taken yet what it was sent.
            round_s: each camera is asked once in it.
        """
        self._places, self._send, self._is_behind = places, send, is_behind
        self._round_s = round_s
        self._changed = threading.Condition()
        self._pages: dict[str, CamerasPage] = {}
        self._under_way: set[Shown] = set()
        self._is_running = False

    def show(self, sid: str, page: CamerasPage, runtime: LiveRuntime) -> None:
        """Send the pictures of a page from now on, in place of those before.

        Raises:
            ViewerLimitError: the user, or all together, watch as many pictures as they may.
        """
        with self._changed:
            if sid not in self._pages:
                self._places.enter(page.user)
            self._pages[sid] = page
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, args=(runtime,), daemon=True).start()

    def leave(self, sid: str) -> None:
        """Send a page no more pictures; again changes nothing."""
        with self._changed:
            page = self._pages.pop(sid, None)
            if page:
                self._places.leave(page.user)
            self._changed.notify_all()

    def _run(self, runtime: LiveRuntime) -> None:
        turns = 0
        while shown := self._shown():
            # Each round begins elsewhere, so that a slow line misses other cameras every time.
            order, turns = deque(shown), turns + 1
            order.rotate(-turns)
            started_at_s = time.monotonic()
            for place, each in enumerate(order, 1):
                self._ask(runtime, each)
                due_at_s = started_at_s + self._round_s * place / len(order)
                with self._changed:
                    wait_s = due_at_s - time.monotonic()
                    if self._changed.wait_for(self._is_unwatched, wait_s):
                        break

    def _shown(self) -> Sequence[Shown]:
        """Return what pages show now; the loop ends where that is nothing."""
        with self._changed:
            self._is_running = bool(self._pages)
            pages = list(self._pages.values())
        return sorted(
            {(camera, each.quality) for each in pages for camera in each.cameras},
            key=lambda shown: (shown[0], shown[1].width_px or 0),
        )

    def _is_unwatched(self) -> bool:
        return not self._pages

    def _ask(self, runtime: LiveRuntime, shown: Shown) -> None:
        """Ask unless the answer before is still to come; a process that hangs delays no other."""
        if shown in self._under_way:
            return
        self._under_way.add(shown)
        threading.Thread(target=self._answer, args=(runtime, shown), daemon=True).start()

    def _answer(self, runtime: LiveRuntime, shown: Shown) -> None:
        try:
            picture = runtime.glance_jpeg(*shown)
        except (KeyError, BusyError):
            # It was removed, or its process is away, which its state says.
            return
        finally:
            self._under_way.discard(shown)
        if picture and (sids := self._viewers_of(shown)):
            self._send(shown[0], picture, sids)

    def _viewers_of(self, shown: Shown) -> list[str]:
        camera, quality = shown
        with self._changed:
            pages = list(self._pages.items())
        sids = [sid for sid, o in pages if o.quality == quality and camera in o.cameras]
        return [sid for sid in sids if not self._is_behind(sid)]


def read_wanted(message: Any) -> Wanted:
    """Read what a page asks for.

    Raises:
        ValueError: says what was expected and what came.
    """
    fields = message if isinstance(message, dict) else {}
    cameras, quality = fields.get("cameras"), _quality(fields.get("width"))
    are_names = isinstance(cameras, list) and all(isinstance(name, str) for name in cameras)
    if quality is None or not (cameras is None or are_names):
        raise ValueError(f"pictures: {WANTED}; got {str(message)[:80]!r}")
    return Wanted(None if cameras is None else frozenset(cameras), quality)


def seen_of(wanted: Wanted, visible: Collection[str]) -> frozenset[str]:
    """Return the cameras that a page asks for and its user may watch."""
    return frozenset(visible) & (wanted.cameras if wanted.cameras is not None else set(visible))


def _quality(width: Any) -> PictureQuality | None:
    return GLANCES.get(width) if isinstance(width, int) else None
