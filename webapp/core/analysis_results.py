"""What was read in a picture or video that a user handed in, as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.messages import Message
from webapp.core.stretches import Firing, Stretch


@dataclass(frozen=True)
class FaceRecord:
    """One face; see the JSON of one face in docs/files.md.

    Attributes:
        box_xyxy: whole pixels.
        emotion: the most probable class.
        probabilities: by class; they sum to 1.
    """

    box_xyxy: tuple[int, ...]
    emotion: str
    uncertain: bool
    confidence: float
    probabilities: Mapping[str, float]


@dataclass(frozen=True)
class PictureRecord:
    """One picture and its faces."""

    path: str
    width: int
    height: int
    faces: tuple[FaceRecord, ...]


@dataclass(frozen=True)
class PictureAnalysis(Message):
    """What was read in a picture; `classes` in the model's order."""

    event = "picture_analysis"

    record: PictureRecord
    classes: tuple[str, ...]


@dataclass(frozen=True)
class HighestValue:
    """The highest value of a rule, 0-100, and when that was."""

    indicator: float
    at_s: float


@dataclass(frozen=True)
class RuleFigures:
    """What the rule that was tried would have done.

    Attributes:
        is_judged: whether pictures came often enough for its hold time to be counted.
    """

    is_judged: bool
    enter: float
    hold_s: float
    firings: tuple[Firing, ...]


@dataclass(frozen=True)
class VideoFigures:
    """A video as a whole.

    Attributes:
        pictures: how many were read.
        face_seconds: time that each expression was shown, over all faces.
        watched: the expressions of the rule that was tried.
        longest: the longest time without a break that one of them was shown.
    """

    pictures: int
    duration_s: float
    faces_mean: float
    faces_max: int
    face_seconds: Mapping[str, float]
    watched: tuple[str, ...]
    longest: Stretch | None
    highest: HighestValue
    alert: RuleFigures


@dataclass(frozen=True)
class VideoPoints:
    """A video over time, as columns of N values; N may be 0.

    Attributes:
        counts: mean faces per name.
        indicator: 0-100; None where nobody was seen.
    """

    at_s: tuple[float, ...]
    counts: Mapping[str, tuple[float, ...]]
    indicator: tuple[float | None, ...]


@dataclass(frozen=True)
class VideoAnalysis(Message):
    """What was read in a video; `classes` in the model's order, then `uncertain`."""

    event = "video_analysis"

    classes: tuple[str, ...]
    summary: VideoFigures
    points: VideoPoints
