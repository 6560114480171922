"""Expressions in pictures, for other programs: the one module meant to be imported.

    from webapp.reader import read_image

    for face in read_image("team.jpg").record("team.jpg")["faces"]:
        print(face["emotion"], face["confidence"], face["box_xyxy"])

The first call loads the detector and the network, as the environment's settings say; later calls,
from any thread, share them. What a reading may be used for stands in the README.
"""

import os
import threading
from functools import cache, partial
from pathlib import Path

import numpy as np

from webapp.cameras.analysis import Reader
from webapp.config import Settings, read_settings
from webapp.core.errors import PictureError
from webapp.core.ports import Classifier
from webapp.files.picture_files import read_picture
from webapp.files.picture_reader import PictureReader
from webapp.files.records import Reading
from webapp.vision.backends import use_one_core
from webapp.vision.classifier import ExpressionClassifier
from webapp.vision.detector import build_detector
from webapp.vision.preprocess import crop_faces

__all__ = ["Reading", "build_reader", "read_image"]

_loading = threading.Lock()


def read_image(image: np.ndarray | str | os.PathLike[str]) -> Reading:
    """Find the faces of a picture and read their expressions.

    Args:
        image: a file's path, or pixels as OpenCV holds them: (H, W, 3) uint8 BGR or (H, W) uint8
            grey. The array is not changed.

    Returns:
        Boxes in pixels, probabilities per class, and `record(path)`, which is the JSON of the
        command `image`.

    Raises:
        PictureError: the file is not a picture that can be read, or the array is none.
        ConfigError, DetectorError, ModelError: the settings, the detector or the model are wrong.
    """
    reader = _shared_reader()
    if not isinstance(image, np.ndarray):
        return reader.read(read_picture(Path(image), read_settings().max_pixels))
    return reader.read(_as_bgr(image))


def build_reader(settings: Settings, classifier: Classifier | None = None) -> Reader:
    """Load the detector and the network; takes seconds.

    Args:
        classifier: one that is loaded already, to share it.

    Raises:
        DetectorError, ModelError: the detector asked for or the model cannot be used.
    """
    detector = build_detector(settings.detector, settings.detect_width, settings.min_face_px)
    return Reader(
        detector,
        partial(crop_faces, detector_name=detector.name),
        classifier or ExpressionClassifier.load(settings.model_dir),
        settings.alert_emotions,
    )


def _shared_reader() -> PictureReader:
    with _loading:
        return _loaded_reader()


@cache
def _loaded_reader() -> PictureReader:
    use_one_core()
    return PictureReader(build_reader(read_settings()))


def _as_bgr(image: np.ndarray) -> np.ndarray:
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PictureError(
            "expected pixels as an array (H, W, 3) uint8 in the order blue, green, red, or (H, W) "
            f"uint8 grey; got {image.shape} {image.dtype}. Convert it, or give a file's path."
        )
    return np.ascontiguousarray(image)
