"""What the classifier says of the faces of a picture, and the picture with all that was read."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from webapp.core.crew import People
from webapp.core.faces import Faces
from webapp.core.figures import Figures
from webapp.core.frame import Frame
from webapp.core.indicator import expression_counts, uncertain_rows


@dataclass(frozen=True)
class Predictions:
    """The expressions of N faces; N = 0 is normal.

    Attributes:
        probabilities: (N, C) float32, rows sum to 1, columns in the order of `classes`.
        uncertain: (N,) bool, whether the best probability is too low to name a class.
        classes: C names in the model's output order.
    """

    probabilities: np.ndarray
    uncertain: np.ndarray
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        count = len(self.probabilities)
        expected = ((count, len(self.classes)), (count,))
        got = (self.probabilities.shape, self.uncertain.shape)
        if got != expected:
            raise ValueError(f"expected array shapes {expected}, got {got}")

    @classmethod
    def of(
        cls, probabilities: np.ndarray, classes: tuple[str, ...], uncertain_below: float
    ) -> "Predictions":
        """Return predictions, uncertain where no class has at least the given probability."""
        return cls(probabilities, uncertain_rows(probabilities, uncertain_below), classes)

    def __len__(self) -> int:
        return len(self.probabilities)

    def take(self, rows: np.ndarray) -> "Predictions":
        """Return the given rows (indices or a boolean mask), in that order."""
        return Predictions(self.probabilities[rows], self.uncertain[rows], self.classes)

    def counts(self) -> dict[str, int]:
        """Count faces by most probable class in the order of `classes`, then `uncertain`."""
        return expression_counts(self.probabilities, self.uncertain, self.classes)


@dataclass(frozen=True)
class AnalysedFrame:
    """A frame with the faces found in it and what was read off them; this is what streams.

    Attributes:
        frame: the picture and its times.
        faces: N faces that were read, full-frame pixels.
        predictions: of the N faces, smoothed per track.
        track_ids: (N,) int64, stable while a face stays in view.
        people: who is in view, those included whose face was lost a moment ago; with how well each
            was seen.
        indicator: 0-100, see `indicator.indicator`.
        unread: faces that are seen too badly to be read, see `core.quality`; no figure counts them,
            and pictures treat them as faces.
        hidden_xyxy: (M, 4) of the areas that hold every face, see `core.hiding`; None where nobody
            looked for all of them.
        released: what may be said, see `core.group_floor`; None where that is everything.
        told: tracks of which `released` tells.
    """

    frame: Frame
    faces: Faces
    predictions: Predictions
    track_ids: np.ndarray
    people: People
    indicator: float
    unread: Faces = field(default_factory=Faces.empty)
    hidden_xyxy: np.ndarray | None = None
    released: Figures | None = None
    told: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        got = (len(self.faces), len(self.predictions), self.track_ids.shape)
        expected = (len(self.faces), len(self.faces), (len(self.faces),))
        if got != expected:
            raise ValueError(f"expected faces, predictions and tracks of {expected}, got {got}")
        if not 0.0 <= self.indicator <= 100.0:
            raise ValueError(f"expected an indicator of 0 to 100, got {self.indicator}")

    def is_told(self) -> np.ndarray:
        """Return (N,) bool, whose expression may be told."""
        everybody = self.released is None
        return np.array([everybody or int(track) in self.told for track in self.track_ids], bool)

    @property
    def figures(self) -> Figures:
        """What may be said of it, of all people together."""
        if self.released is not None:
            return self.released
        return Figures(self.predictions.counts(), self.indicator, self.people, len(self.unread))

    @property
    def captured_at_s(self) -> float:
        """When the frame was taken, monotonic (live) or from the start (recordings)."""
        return self.frame.captured_at_s

    @property
    def captured_at(self) -> datetime:
        """When the frame was taken, aware UTC.

        Raises:
            ValueError: the frame is of a recording, which has no clock but its own.
        """
        if self.frame.captured_at is None:
            raise ValueError("a frame of a recording has no time of day")
        return self.frame.captured_at
