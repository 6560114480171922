"""Loads what analyses faces, as the settings say."""

import threading
from functools import partial

from webapp.cameras.analysis import FaceModels, SharedModels
from webapp.config import Settings
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.preprocess import crop_faces

# `python -m benchmarks.detection` shows what YuNet takes for a face from there on.
DOUBTFUL_SCORE = 0.3


def load_models(settings: Settings) -> FaceModels:
    """Load detector and classifier; takes seconds.

    Raises:
        DetectorError, ModelError: the detector asked for or the model cannot be used.
    """
    detector = build_detector(
        settings.detector, settings.detect_width, settings.min_face_px, DOUBTFUL_SCORE
    )
    return FaceModels(
        detector,
        partial(crop_faces, detector_name=detector.name),
        ExpressionClassifier.load(settings.model_dir),
        settings.alert_emotions,
    )


class ModelLoader:
    """Loads the models that all cameras share: a set for each, and no more than can be used."""

    def __init__(self, settings: Settings, most_sets: int) -> None:
        """Prepare.

        Args:
            most_sets: how many frames may be analysed at once.
        """
        self._settings, self._most_sets = settings, most_sets
        self._lock = threading.Lock()
        self._models, self._set_count = SharedModels(), 0

    def get(self) -> SharedModels:
        """Return the models for one more camera; raises DetectorError, ModelError."""
        with self._lock:
            if self._set_count < self._most_sets:
                self._models.add(load_models(self._settings))
                self._set_count += 1
            return self._models
