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
# Below the first nobody counts, from the second on a person counts fully: many calm people who rise
# a little weigh less so than one who rises far.
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

    def followed_by(self, others: "People") -> "People":
        """Return the rows of both."""
        return People(
            np.concatenate([self.probabilities, others.probabilities]),
            np.concatenate([self.rests, others.rests]),
            self.classes,
            Quality.joined([self.quality, others.quality]),
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


class Crew:
    """Follows the people before one camera."""

    def __init__(self, classes: tuple[str, ...], calm: np.ndarray, forget_after_s: float) -> None:
        """Start without anybody.

        Args:
            classes: C names in the model's output order.
            calm: (C,) what calm faces read on average.
            forget_after_s: after so long without its face a track is another person.
        """
        self._resting = RestingLevels(calm, forget_after_s)
        self._smoother = ProbabilitySmoother(STEADY_S, forget_after_s=KEPT_S)
        self._people = People.nobody(classes)
        self._ids, self._seen_at_s = np.zeros(0, np.int64), np.zeros(0)

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
            Everybody who was seen within the last `KEPT_S`, the faces of this frame last.
        """
        rests = self._resting.step(track_ids, probabilities, now_s)
        steady = self._smoother.step(track_ids, probabilities, now_s)
        seen = People(steady, rests, self._people.classes, quality)
        lost = ~np.isin(self._ids, track_ids) & (now_s - self._seen_at_s <= KEPT_S)
        self._people = self._people.take(lost).followed_by(seen)
        self._ids = np.concatenate([self._ids[lost], track_ids])
        self._seen_at_s = np.concatenate([self._seen_at_s[lost], np.full(len(seen), now_s)])
        return self._people
