"""Expressions in pictures, for other programs: the one module meant to be imported.

    from webapp.reader import read_image

    for face in read_image("team.jpg").record("team.jpg")["faces"]:
        print(face["emotion"], face["confidence"], face["box_xyxy"])

The first call loads the detector and the network, as the environment's settings say; later calls,
from any thread, share them. What a reading may be used for stands in the README.
"""

import os
import threading
from functools import cache
from pathlib import Path

import numpy as np

from webapp.config import read_settings
from webapp.core.errors import PictureError
from webapp.files.picture_analyser import PictureAnalyser
from webapp.files.picture_files import read_picture
from webapp.files.records import AnalysedPicture
from webapp.serving.models import load_models
from webapp.vision.backends import use_one_core

__all__ = ["AnalysedPicture", "read_image"]

_loading = threading.Lock()


def read_image(image: np.ndarray | str | os.PathLike[str]) -> AnalysedPicture:
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
    with _loading:
        analyser = _loaded_analyser()
    if not isinstance(image, np.ndarray):
        return analyser.analyse(read_picture(Path(image), read_settings().max_pixels))
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PictureError(
            "expected pixels as an array (H, W, 3) uint8 in the order blue, green, red, or (H, W) "
            f"uint8 grey; got {image.shape} {image.dtype}. Convert it, or give a file's path."
        )
    return analyser.analyse(np.ascontiguousarray(image))


@cache
def _loaded_analyser() -> PictureAnalyser:
    use_one_core()
    return PictureAnalyser(load_models(read_settings()))
