"""How many cores OpenCV may use."""

import cv2


def use_one_core() -> None:
    """Let every OpenCV call run on its caller's thread alone.

    A second core would spin in wait for pictures this small and be missing to the other loops.
    """
    cv2.setNumThreads(1)
