"""Who watches which camera, joined into stretches that a person can read."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class WatchKind(StrEnum):
    """What of a camera somebody sees."""

    STREAM = "live picture"
    PICTURES = "pictures side by side"
    FIGURES = "figures"
    SNAPSHOTS = "single pictures"


# Whoever comes back within so many seconds has watched all the time. A wall screen comes back to a
# camera when its pages have gone round; single pictures leave one entry a minute at most.
JOINED_S = {
    WatchKind.STREAM: 60.0,
    WatchKind.PICTURES: 300.0,
    WatchKind.FIGURES: 60.0,
    WatchKind.SNAPSHOTS: 120.0,
}


@dataclass(frozen=True)
class View:
    """What one stream or page shows; of no camera, it is over."""

    user: str
    kind: WatchKind
    cameras: frozenset[str]


@dataclass(frozen=True)
class Watching:
    """What the log is told, of all cameras that began or ended together; times are UTC epochs.

    Attributes:
        end_s: None when it has begun just now.
    """

    user: str
    kind: WatchKind
    cameras: tuple[str, ...]
    start_s: float
    end_s: float | None = None


@dataclass
class Stretch:
    """A time in which somebody watches a camera, maybe on several pages.

    Attributes:
        views: how many there are now.
        last_s: when the last one ended.
    """

    start_s: float
    last_s: float
    views: int = 0


Watched = tuple[str, WatchKind, str]


class WatchLog:
    """Turns views that come and go into stretches; says so when one begins and when it is over."""

    def __init__(self) -> None:
        self._views: dict[object, View] = {}
        self._stretches: dict[Watched, Stretch] = {}

    def show(self, key: object, view: View, now_s: float) -> list[Watching]:
        """Take what a view shows from now on.

        Args:
            key: names the view.

        Returns:
            What begins with it.
        """
        was, is_now = self._watched(key), _each(view)
        self._views[key] = view
        if not view.cameras:
            del self._views[key]
        for each in was - is_now:
            self._stretches[each].views -= 1
            self._stretches[each].last_s = now_s
        begun = [each for each in is_now - was if each not in self._stretches]
        for each in is_now - was:
            self._stretches.setdefault(each, Stretch(now_s, now_s)).views += 1
        return _joined((each, now_s, None) for each in begun)

    def add(self, key: object, camera: str, now_s: float) -> list[Watching]:
        """Take that a view shows one more camera; nothing where it is over."""
        view = self._views.get(key)
        if view is None:
            return []
        return self.show(key, View(view.user, view.kind, view.cameras | {camera}), now_s)

    def end(self, key: object, now_s: float) -> None:
        """Take that a view is over; again changes nothing."""
        view = self._views.get(key)
        if view:
            self.show(key, View(view.user, view.kind, frozenset()), now_s)

    def step(self, now_s: float) -> list[Watching]:
        """Return the stretches that are over: nobody came back in time."""
        over = {
            each: stretch
            for each, stretch in self._stretches.items()
            if not stretch.views and now_s - stretch.last_s >= JOINED_S[each[1]]
        }
        for each in over:
            del self._stretches[each]
        # A moment is said with its beginning.
        return _joined(
            (each, stretch.start_s, stretch.last_s)
            for each, stretch in over.items()
            if stretch.last_s > stretch.start_s
        )

    def finish(self, now_s: float) -> list[Watching]:
        """End every view, and return all stretches."""
        for key in list(self._views):
            self.end(key, now_s)
        return self.step(now_s + max(JOINED_S.values()))

    def _watched(self, key: object) -> frozenset[Watched]:
        view = self._views.get(key)
        return _each(view) if view else frozenset()


def _each(view: View) -> frozenset[Watched]:
    return frozenset((view.user, view.kind, camera) for camera in view.cameras)


def _joined(parts: Iterable[tuple[Watched, float, float | None]]) -> list[Watching]:
    """Name cameras together that have everything else in common."""
    cameras: dict[tuple[str, WatchKind, float, float | None], list[str]] = {}
    for (user, kind, camera), start_s, end_s in parts:
        cameras.setdefault((user, kind, start_s, end_s), []).append(camera)
    return [
        Watching(user, kind, tuple(sorted(names)), start_s, end_s)
        for (user, kind, start_s, end_s), names in sorted(cameras.items(), key=lambda each: each[1])
    ]
