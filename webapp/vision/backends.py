"""Process-wide switches of OpenCV, FFmpeg and TensorFlow."""

import os

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


def silence_tensorflow() -> None:
    """Keep TensorFlow's notes on the processor out of the log; call before it is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
