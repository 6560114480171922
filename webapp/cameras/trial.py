"""Trying a camera before it is saved: one picture, its size and its rate, or why not."""

import time
from collections.abc import Callable

import numpy as np

from webapp.cameras.camera import CameraPipeline
from webapp.core.camera_trial import CameraTrial
from webapp.core.errors import SourceError
from webapp.core.ports import PictureSource
from webapp.core.privacy import Privacy

TRIED_FOR_S = 1.5
MOST_PICTURES = 30
ANSWERS_WITHIN_S = 5.0
NOTHING_CAME = "the camera gives no picture now. Look whether it is covered, hangs or is paused."
Encode = Callable[[np.ndarray, Privacy], bytes]


def try_source(
    open_source: Callable[[], PictureSource], encode: Encode, shows: Privacy
) -> CameraTrial:
    """Open a source, look at it for a moment and close it; raises SourceError."""
    source = open_source()
    try:
        image = source.read()
        interval_s = source.frame_interval_s
        fps = 1.0 / interval_s if interval_s else _measured_fps(source)
        return _trial(image, fps, encode, shows)
    finally:
        source.close()


def try_running(camera: CameraPipeline, encode: Encode, shows: Privacy) -> CameraTrial:
    """Look at a camera that runs, since many devices serve one reader alone.

    Raises:
        SourceError: it gives no picture now.
    """
    image = camera.capture.raw_picture(ANSWERS_WITHIN_S)
    if image is None:
        raise SourceError(camera.capture.reason or NOTHING_CAME)
    return _trial(image, camera.capture.rate.per_second(time.monotonic()), encode, shows)


def _measured_fps(source: PictureSource) -> float:
    began_at_s = time.monotonic()
    count, elapsed_s = 0, 0.0
    while count < MOST_PICTURES and elapsed_s < TRIED_FOR_S:
        source.read()
        count, elapsed_s = count + 1, time.monotonic() - began_at_s
    return count / elapsed_s


def _trial(image: np.ndarray, fps: float, encode: Encode, shows: Privacy) -> CameraTrial:
    return CameraTrial(encode(image, shows), image.shape[1], image.shape[0], fps)
