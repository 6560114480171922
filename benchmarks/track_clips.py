"""Real clips for the benchmark of tracks, and who is who in them.

In each clip people keep their order from left to right, so a picture is cut into one strip a
person. Of two faces in a strip (in crew-3 YuNet now and then takes a printed skull for one) the one
nearer to the person's last face is the person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.clips import frames
from benchmarks.track_scenes import NOBODY, Detections
from webapp.core.ports import Detector

BLANK_FROM_S = 3.0


@dataclass(frozen=True)
class Clip:
    """A clip and how to play it.

    Attributes:
        edges: where the people's strips meet, as shares of the width.
        every: play every n-th frame only; one run for each.
        is_turned_back: played forwards and backwards, so that nobody jumps where it starts again.
        blank_s: one person after the other loses the face for so long, once in a round.
    """

    name: str
    file: str
    fps: float
    edges: tuple[float, ...]
    every: tuple[int, ...]
    is_turned_back: bool = True
    blank_s: float = 0.0

    def shots(self, folder: Path, detector: Detector) -> list[Detections]:
        """Find the faces of every frame and say whose they are."""
        last_xy: dict[int, np.ndarray] = {}
        return [
            self._shot(image.shape[1], detector.detect(image).boxes_xyxy, last_xy)
            for image in frames(folder / self.file)
        ]

    def _shot(self, width: int, boxes: np.ndarray, last_xy: dict[int, np.ndarray]) -> Detections:
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        strips = np.searchsorted(np.array(self.edges) * width, centres[:, 0])
        people = np.full(len(boxes), NOBODY)
        for person in np.unique(strips).tolist():
            rows = np.flatnonzero(strips == person)
            away = centres[rows] - last_xy.get(person, centres[rows[0]])
            nearest = rows[np.linalg.norm(away, axis=1).argmin()]
            people[nearest], last_xy[person] = person, centres[nearest]
        return Detections(boxes, people)

    def loop(self, shots: list[Detections], lasting_s: float, every: int) -> Iterator[Detections]:
        """Yield every n-th frame, from the start again and again."""
        shots = shots + shots[::-1] if self.is_turned_back else shots
        for number in range(0, round(lasting_s * self.fps), every):
            round_number, at = divmod(number, len(shots))
            since_s = at / self.fps - BLANK_FROM_S
            is_blank = 0 <= since_s < self.blank_s
            gone = round_number % (len(self.edges) + 1) if is_blank else None
            kept = shots[at].people != gone
            yield Detections(shots[at].boxes_xyxy[kept], shots[at].people[kept])


CREW = ("crew-3.mp4", 30.0, (1 / 3, 2 / 3), (1, 2, 6, 30))
CLIPS = (
    Clip("crew-3", *CREW, is_turned_back=False),
    Clip("crew-3, one turned for 5 s", *CREW, is_turned_back=False, blank_s=5.0),
    Clip("walking-three", "walking-three.mp4", 12.5, (0.36, 0.6), (1, 3, 12)),
    Clip("head-pose", "head-pose.mp4", 12.5, (), (1, 3, 12)),
)
