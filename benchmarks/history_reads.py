"""Asks for random places of a long history, each twice, in an order that favours no range."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import requests

from webapp.storage.database import Database
from webapp.storage.history import read_history

HOUR_S, DAY_S = 3600, 86400
RANGES = {
    "5 minutes": 300,
    "1 hour": HOUR_S,
    "8 hours": 8 * HOUR_S,
    "1 day": DAY_S,
    "5 days": 5 * DAY_S,
    "1 week": 7 * DAY_S,
    "30 days": 30 * DAY_S,
    "90 days": 90 * DAY_S,
    "1 year": 365 * DAY_S,
}
MOST_POINTS = 500
GOAL_MS = 200


@dataclass(frozen=True)
class Place:
    """A stretch of one camera's history; `range` is a key of `RANGES`."""

    range: str
    camera: str
    from_s: int
    to_s: int

    def as_query(self) -> dict[str, str]:
        """Return what `/api/history` is asked for."""
        return {"camera": self.camera, "from": _iso(self.from_s), "to": _iso(self.to_s)}


@dataclass(frozen=True)
class Timing:
    """How long one place took: `/api/history` twice, then `read_history` alone."""

    range: str
    points: int
    first_ms: float
    again_ms: float
    read_ms: float


def draw_places(cameras: Sequence[str], start_s: int, end_s: int, rounds: int) -> list[Place]:
    """Draw places of every range that fits, no place twice, and shuffle them."""
    chance = random.Random(1)
    drawn = [
        _draw(chance, name, cameras, start_s, end_s)
        for name, span_s in RANGES.items()
        if span_s <= end_s - start_s
        for _ in range(rounds)
    ]
    # The longest range has only one place a camera: asked once more, it would be no first read.
    places = list(dict.fromkeys(drawn))
    chance.shuffle(places)
    return places


def ask(database: Database, session: requests.Session, url: str, place: Place) -> Timing:
    """Ask for a place twice, then read it without the web part."""
    first_ms, answer = _timed(lambda: session.get(url, params=place.as_query()))
    answer.raise_for_status()
    again_ms, _ = _timed(lambda: session.get(url, params=place.as_query()))
    read_ms, _ = _timed(lambda: _read(database, place))
    return Timing(place.range, len(answer.json()["points"]), first_ms, again_ms, read_ms)


def as_rows(timings: Sequence[Timing]) -> list[dict[str, object]]:
    """Return a row of figures for every range, the shortest first."""
    return [
        _as_row(name, of_range)
        for name in RANGES
        if (of_range := [timing for timing in timings if timing.range == name])
    ]


def goal_words(timings: Sequence[Timing]) -> str:
    """Say how many answers kept to the goal."""
    first = sum(timing.first_ms < GOAL_MS for timing in timings)
    again = sum(timing.again_ms < GOAL_MS for timing in timings)
    return (
        f"Under {GOAL_MS} ms: {first} of {len(timings)} first answers, "
        f"{again} of {len(timings)} when asked again."
    )


def _draw(
    chance: random.Random, name: str, cameras: Sequence[str], start_s: int, end_s: int
) -> Place:
    from_s = chance.randint(start_s, end_s - RANGES[name])
    return Place(name, chance.choice(cameras), from_s, from_s + RANGES[name])


def _read(database: Database, place: Place) -> int:
    with database.session() as session:
        # Times as the API has them: floats.
        from_s, to_s = float(place.from_s), float(place.to_s)
        return len(read_history(session, place.camera, from_s, to_s, MOST_POINTS))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started_at_s = time.perf_counter()
    outcome = work()
    return 1000 * (time.perf_counter() - started_at_s), outcome


def _as_row(name: str, timings: Sequence[Timing]) -> dict[str, object]:
    first_ms = [timing.first_ms for timing in timings]
    again_ms = [timing.again_ms for timing in timings]
    return {
        "range": name,
        "places": len(timings),
        "points": max(timing.points for timing in timings),
        "first ms, median": f"{np.median(first_ms):.0f}",
        "first, worst": f"{max(first_ms):.0f}",
        "again ms, median": f"{np.median(again_ms):.0f}",
        "again, worst": f"{max(again_ms):.0f}",
        "read_history ms, median": f"{np.median([timing.read_ms for timing in timings]):.0f}",
    }


def _iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")
