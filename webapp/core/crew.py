"""Who is in view, and how far each person rises over their rest: what alerts are made of."""

from dataclasses import dataclass

import numpy as np

from webapp.core.quality import Quality
from webapp.core.resting import RestingLevels
from webapp.core.smoothing import ProbabilitySmoother

# Long enough for chance readings to cancel out, short enough for an alert to come in time.
STEADY_S = 1.0
# A face that looks down or is passed in front of is there still: it counts for so long.
KEPT_S = 3.0
# Below the first nobody counts, from the second on a person counts fully. Many calm people who rise
# a little weigh less so than one who rises far (benchmarks/README.md compares other ramps).
RAMP = (0.3, 0.6)


@dataclass(frozen=True)
class People:
    """N people in view, those included whose face was lost a moment ago; N = 0 is normal.

    Attributes:
        probabilities: (N, C), rows sum to 1, means over the last `STEADY_S`.
        rests: (N, C) in [0, 1], what each of them reads when nothing happens.
        classes: C names in the model's output order.
        quality: how well each of the N faces was seen when it was last read.
    """

    probabilities: np.ndarray
    rests: np.ndarray
    classes: tuple[str, ...]
    quality: Quality

    def __post_init__(self) -> None:
        expected = (len(self.quality), len(self.classes))
        if self.probabilities.shape != expected or self.rests.shape != expected:
            got = (self.probabilities.shape, self.rests.shape)
            raise ValueError(f"expected two arrays of shape {expected}, got {got}")

    @classmethod
    def nobody(cls, classes: tuple[str, ...]) -> "People":
        """Return no people."""
        none = np.zeros((0, len(classes)))
        return cls(none, none, classes, Quality.unknown(0))

    def __len__(self) -> int:
        return len(self.probabilities)

    def take(self, rows: np.ndarray) -> "People":
        """Return the given rows (indices or a boolean mask), in that order."""
        return People(
            self.probabilities[rows], self.rests[rows], self.classes, self.quality.take(rows)
        )

    def rises(self, watched: tuple[str, ...]) -> np.ndarray:
        """Return how far everybody is on the way from rest to fully showing an expression.

        Someone who rests at 0.3 and reads 0.65 is half of the way, as is someone who rests at 0
        and reads 0.5.

        Args:
            watched: names that count, together; one that `classes` lacks is never seen.

        Returns:
            (N,) in [0, 1]; 0 at rest and below.
        """
        columns = [self.classes.index(name) for name in watched if name in self.classes]
        now = self.probabilities[:, columns].sum(axis=1)
        rest = np.minimum(self.rests[:, columns].sum(axis=1), 0.99)
        return np.asarray(np.clip((now - rest) / (1.0 - rest), 0.0, 1.0))

    def risen(self, watched: tuple[str, ...]) -> np.ndarray:
        """Return how much everybody counts as risen, (N,) in [0, 1]; see `RAMP` and `rises`."""
        lowest, highest = RAMP
        return np.asarray(np.clip((self.rises(watched) - lowest) / (highest - lowest), 0.0, 1.0))


@dataclass(frozen=True)
class _Person:
    probabilities: np.ndarray
    rests: np.ndarray
    quality: Quality
    seen_at_s: float


class Crew:
    """Follows the people before one camera."""

    def __init__(self, classes: tuple[str, ...], calm: np.ndarray, forget_after_s: float) -> None:
        """Start without anybody.

        Args:
            classes: C names in the model's output order.
            calm: (C,) what calm faces read on average.
            forget_after_s: after so long without its face a track is another person.
        """
        self._classes = classes
        self._resting = RestingLevels(calm, forget_after_s)
        self._smoother = ProbabilitySmoother(STEADY_S, forget_after_s=KEPT_S)
        self._people: dict[int, _Person] = {}

    def step(
        self, track_ids: np.ndarray, probabilities: np.ndarray, quality: Quality, now_s: float
    ) -> People:
        """Take what was read off the faces of a frame.

        Args:
            track_ids: (N,) int; N may be 0.
            probabilities: (N, C), rows sum to 1, as the network gave them.
            quality: of the N faces.
            now_s: monotonic time of the frame.

        Returns:
            Everybody who was seen within the last `KEPT_S`, in the order they came.
        """
        rests = self._resting.step(track_ids, probabilities, now_s)
        steady = self._smoother.step(track_ids, probabilities, now_s)
        for row, track_id in enumerate(track_ids.tolist()):
            seen = quality.take(np.array([row]))
            self._people[track_id] = _Person(steady[row], rests[row], seen, now_s)
        self._people = {
            track_id: person
            for track_id, person in self._people.items()
            if now_s - person.seen_at_s <= KEPT_S
        }
        people = self._people.values()
        if not people:
            return People.nobody(self._classes)
        return People(
            np.stack([person.probabilities for person in people]),
            np.stack([person.rests for person in people]),
            self._classes,
            Quality.joined([person.quality for person in people]),
        )
