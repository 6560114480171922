"""One picture from a camera, with the time it was taken."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np


@dataclass(frozen=True)
class Frame:
    """A captured picture.

    Attributes:
        image_bgr: (H, W, 3) uint8.
        captured_at_s: monotonic time in seconds; of a recording, the time from its start.
        number: counts up from 0 per camera, over reconnections too.
        captured_at: the same instant, aware UTC; None for a recording that is not live.
    """

    image_bgr: np.ndarray
    captured_at_s: float
    number: int
    captured_at: datetime | None = None
