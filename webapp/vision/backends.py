"""Process-wide switches of OpenCV, FFmpeg, Pillow and TensorFlow."""

import logging
import os
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import certifi
import cv2


def use_one_core() -> None:
    """Let every OpenCV call run on its caller's thread alone.

    A second core would spin in wait for pictures this small and be missing to the other loops.
    """
    cv2.setNumThreads(1)


def silence_video() -> None:
    """Keep FFmpeg and OpenCV from printing addresses, with credentials, when a stream fails."""
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def check_certificates(is_wanted: bool) -> None:
    """Let streams that are opened from now on check the certificate of https, or take any.

    FFmpeg by itself takes any and knows no authority. It has its options from OpenCV alone, and
    OpenCV has them from the environment.
    """
    check = f"tls_verify;1|ca_file;{trusted_authorities()}" if is_wanted else "tls_verify;0"
    # Over TCP, as OpenCV has it by itself while nothing is set.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = f"rtsp_transport;tcp|{check}"


def trusted_authorities() -> str:
    """Return the path of a file with the certificates of the authorities that are trusted."""
    return ssl.get_default_verify_paths().cafile or certifi.where()


def silence_pillow() -> None:
    """Keep Pillow's warnings off the terminal, and leave the limit on pixels to us."""
    from PIL import Image

    warnings.filterwarnings("ignore", module="PIL")
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    Image.MAX_IMAGE_PIXELS = None


def silence_tensorflow() -> None:
    """Keep TensorFlow's notes on the processor out of the log; call before it is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@contextmanager
def silenced_stderr() -> Iterator[None]:
    """Keep C libraries from printing past Python; for commands that have no threads yet.

    LiteRT logs what it loads, libtiff what it finds wrong in a file; no setting turns that off.
    Exceptions are not touched.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
