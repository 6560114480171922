"""Loads what analyses faces, as the settings say."""

import threading
from functools import partial
from pathlib import Path

from webapp.cameras.analysis import FaceModels
from webapp.config import Settings
from webapp.core.ports import Classifier
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.preprocess import crop_faces

# `python -m benchmarks.detection` shows what YuNet takes for a face from there on.
DOUBTFUL_SCORE = 0.3


def load_models(settings: Settings, classifier: Classifier | None = None) -> FaceModels:
    """Load detector and classifier; takes seconds.

    Args:
        classifier: one that is loaded already, to share it.

    Raises:
        DetectorError, ModelError: the detector asked for or the model cannot be used.
    """
    detector = build_detector(
        settings.detector, settings.detect_width, settings.min_face_px, DOUBTFUL_SCORE
    )
    return FaceModels(
        detector,
        partial(crop_faces, detector_name=detector.name),
        classifier or ExpressionClassifier.load(settings.model_dir),
        settings.alert_emotions,
    )


class SharedClassifier:
    """Loads the model once for all who share it, in the first thread that asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._classifier: Classifier | None = None

    def get(self) -> Classifier:
        """Return the loaded model; raises ModelError."""
        with self._lock:
            if self._classifier is None:
                self._classifier = ExpressionClassifier.load(self._folder)
            return self._classifier
