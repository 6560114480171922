"""Analyses single pictures by the parts that analyse live ones."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.cameras.analysis import FaceModels
from webapp.core.analysed import Predictions
from webapp.core.faces import Faces
from webapp.core.hiding import enlarged
from webapp.files.records import AnalysedPicture
from webapp.vision.portraits import portraits_first


@dataclass(frozen=True)
class DetectedFaces:
    """The faces of one picture before they are classified.

    Attributes:
        size_wh: of the picture, in pixels.
        faces: N faces; N may be 0.
        crops: (N, 48, 48) uint8.
        hidden_xyxy: (M, 4) areas that hold whatever may be a face.
    """

    size_wh: tuple[int, int]
    faces: Faces
    crops: np.ndarray
    hidden_xyxy: np.ndarray


class PictureAnalyser:
    """Finds every face of a picture and its expression; safe to share between threads."""

    def __init__(self, models: FaceModels) -> None:
        self._crop, self._classifier = models.crop, models.classifier
        self._detector = portraits_first(models.detector)
        # OpenCV's detectors keep state from call to call.
        self._lock = threading.Lock()

    def analyse(self, image_bgr: np.ndarray) -> AnalysedPicture:
        """Analyse a picture (H, W, 3) uint8, unsmoothed: it has no past."""
        return self.classify([self.detect(image_bgr)])[0]

    def detect(self, image_bgr: np.ndarray) -> DetectedFaces:
        """Find the faces of a picture (H, W, 3) uint8, to be classified with others'."""
        with self._lock:
            found = self._detector.detect(image_bgr)
        # A picture has no past that would make a doubtful face a person.
        faces, hidden_xyxy = found.take(found.is_sure()), enlarged(found.boxes_xyxy)
        height, width = image_bgr.shape[:2]
        return DetectedFaces((width, height), faces, self._crop(image_bgr, faces), hidden_xyxy)

    def classify(self, detected: Sequence[DetectedFaces]) -> list[AnalysedPicture]:
        """Classify the faces of all these pictures, of which there is one at least, in one call."""
        classifier = self._classifier
        probabilities = classifier.classify(np.concatenate([one.crops for one in detected]))
        ends = np.cumsum([len(one.faces) for one in detected])[:-1]
        return [
            AnalysedPicture(
                *one.size_wh,
                one.faces,
                Predictions.of(part, classifier.classes, classifier.uncertain_below),
                one.hidden_xyxy,
            )
            for one, part in zip(detected, np.split(probabilities, ends), strict=True)
        ]
