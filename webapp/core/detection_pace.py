"""When faces are looked for anew: as often as it helps, less often while frames are missed."""

import math

# Finding faces costs more than classifying them: at most about 20 times a second.
SHORTEST_S = 0.045
# Who comes into view of a camera that has too little time is seen so late at most.
LONGEST_S = 0.4
# A camera that skips frames and is read less than nine times a second has too little time.
LATE_S = 0.11
# Where these two balance, one frame in forty is skipped.
SLOWER, FASTER = 1.5, 0.99
# A face that moved so far, in its sizes, is looked for; what the detector jitters is well below.
MOST_MOVED = 0.1


class DetectionPace:
    """Decides frame by frame whether faces are looked for, or taken to be where they were."""

    def __init__(self) -> None:
        self._interval_s, self._fastest = SHORTEST_S, 0.0
        self._frame_at_s = self._detected_at_s = -math.inf

    def step(self, skipped: int, now_s: float) -> bool:
        """Return whether faces are to be looked for in this frame.

        Args:
            skipped: frames since the last one that were captured and never analysed.
            now_s: monotonic time of the frame.
        """
        is_late = skipped > 0 and now_s - self._frame_at_s > LATE_S
        interval_s = self._interval_s * (SLOWER if is_late else FASTER)
        self._interval_s = min(max(interval_s, SHORTEST_S), LONGEST_S)
        self._frame_at_s = now_s
        age_s = now_s - self._detected_at_s
        has_moved = age_s >= SHORTEST_S and self._fastest * age_s > MOST_MOVED
        return age_s >= self._interval_s or has_moved

    def detected(self, fastest: float, now_s: float) -> None:
        """Note that faces were looked for.

        Args:
            fastest: the speed of the fastest face, in its sizes a second.
            now_s: monotonic time of the frame.
        """
        self._fastest, self._detected_at_s = fastest, now_s
