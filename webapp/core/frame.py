"""One picture from a camera, with the time it was taken."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """A captured picture.

    Attributes:
        image_bgr: (H, W, 3) uint8.
        captured_at_s: monotonic time in seconds.
        number: counts up from 0 per camera, over reconnections too.
    """

    image_bgr: np.ndarray
    captured_at_s: float
    number: int
