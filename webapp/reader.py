"""Expressions in pictures, for other programs: the one module meant to be imported.

    from webapp.reader import read_image

    for face in read_image("team.jpg").record("team.jpg")["faces"]:
        print(face["emotion"], face["confidence"], face["box_xyxy"])

The first call loads the detector and the network, as the environment's settings say, and starts the
process in which files are decoded; later calls, from any thread, share them. What a reading may be
used for stands in the README.
"""

import atexit
import os
import threading
from functools import cache
from pathlib import Path

import numpy as np

from webapp.config import read_settings
from webapp.core.errors import PictureError
from webapp.decoding.decoders import DecoderLimits, Decoders
from webapp.decoding.readers import PictureReader
from webapp.files.picture_analyser import PictureAnalyser
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
        DecoderError: no process can be started, in which files are decoded.
        ConfigError, DetectorError, ModelError: the settings, the detector or the model are wrong.
    """
    with _loading:
        read, analyser = _loaded()
    if not isinstance(image, np.ndarray):
        return analyser.analyse(read(Path(image)))
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PictureError(
            "expected pixels as an array (H, W, 3) uint8 in the order blue, green, red, or (H, W) "
            f"uint8 grey; got {image.shape} {image.dtype}. Convert it, or give a file's path."
        )
    return analyser.analyse(np.ascontiguousarray(image))


@cache
def _loaded() -> tuple[PictureReader, PictureAnalyser]:
    use_one_core()
    settings = read_settings()
    decoders = Decoders(DecoderLimits(settings.max_pixels))
    decoders.prepare()
    atexit.register(decoders.close)
    return PictureReader(decoders), PictureAnalyser(load_models(settings))
