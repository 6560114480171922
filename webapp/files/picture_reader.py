"""Reads the faces of single pictures by the parts that read live ones."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.cameras.analysis import Reader
from webapp.core.faces import Faces
from webapp.core.indicator import uncertain_rows
from webapp.files.records import Reading
from webapp.vision.portraits import portraits_first


@dataclass(frozen=True)
class FoundFaces:
    """The faces of one picture before they are read.

    Attributes:
        size_wh: of the picture, in pixels.
        faces: N faces; N may be 0.
        crops: (N, 48, 48) uint8.
    """

    size_wh: tuple[int, int]
    faces: Faces
    crops: np.ndarray


class PictureReader:
    """Finds every face of a picture and reads its expression; safe to share between threads."""

    def __init__(self, reader: Reader) -> None:
        self._crop, self._classifier = reader.crop, reader.classifier
        self._detector = portraits_first(reader.detector)
        # OpenCV's detectors keep state from call to call.
        self._lock = threading.Lock()

    def read(self, image_bgr: np.ndarray) -> Reading:
        """Read a picture (H, W, 3) uint8, unsmoothed: it has no past."""
        return self.read_found([self.find(image_bgr)])[0]

    def find(self, image_bgr: np.ndarray) -> FoundFaces:
        """Find the faces of a picture (H, W, 3) uint8, to be read with others'."""
        with self._lock:
            faces = self._detector.detect(image_bgr)
        height, width = image_bgr.shape[:2]
        return FoundFaces((width, height), faces, self._crop(image_bgr, faces))

    def read_found(self, found: Sequence[FoundFaces]) -> list[Reading]:
        """Read the faces of all these pictures, of which there is one at least, in one call."""
        probabilities = self._classifier.classify(np.concatenate([one.crops for one in found]))
        ends = np.cumsum([len(one.faces) for one in found])[:-1]
        parts = np.split(probabilities, ends)
        return [self._reading(one, part) for one, part in zip(found, parts, strict=True)]

    def _reading(self, found: FoundFaces, probabilities: np.ndarray) -> Reading:
        return Reading(
            width=found.size_wh[0],
            height=found.size_wh[1],
            faces=found.faces,
            probabilities=probabilities,
            uncertain=uncertain_rows(probabilities, self._classifier.uncertain_below),
            classes=self._classifier.classes,
        )
