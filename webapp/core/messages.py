"""What subscribers learn: browsers over Socket.IO, and other processes.

Messages are frozen and hold plain values alone: text, numbers, aware times, tuples, mappings by
name, and dataclasses of these. `bus.json_codec` is the one place that writes and reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from webapp.core.alert_rules import RuleKind
from webapp.core.alerts import Phase
from webapp.core.answers import Answer
from webapp.core.bands import Band
from webapp.core.camera_state import CameraState
from webapp.core.evidence import NO_EVIDENCE, Evidence
from webapp.core.limit_words import NO_LIMITS, LimitWords


@dataclass(frozen=True)
class Message:
    """What every message has.

    Attributes:
        event: its name, for subscribers.
        version: raised when an older peer would misread it. A new field with a default is no reason
            to: older peers ignore it, newer ones fill it in.
    """

    event: ClassVar[str]
    version: ClassVar[int] = 1


Publish = Callable[[Message], None]


@dataclass(frozen=True)
class CountsMessage(Message):
    """The newest reading of a camera.

    Attributes:
        at: when the frame was taken.
        faces: None, as `counts`, when there are too few people to show figures.
        counts: faces per class in the model's order, then `uncertain`.
        indicator: 0-100.
        suppressed: whether there are too few people to show figures.
        rising: people who have risen over their rest, see `bands.Scale`.
        band: where the value of the camera's first rule on expressions lies; `NONE` without one.
        unread: faces that are seen too badly to be read; no other figure counts them.
        is_reduced: see `CameraStatus`.
    """

    event = "counts"

    camera: str
    at: datetime
    faces: int | None
    counts: Mapping[str, int] | None
    indicator: float
    analysis_fps: float
    stream_fps: float
    suppressed: bool = False
    rising: int = 0
    band: Band = Band.NONE
    unread: int = 0
    is_reduced: bool = False

    def as_point(self) -> "RecentPoint":
        """Return what the line of the last minutes shows of it."""
        return RecentPoint(self.at, self.faces, self.indicator)


@dataclass(frozen=True)
class RecentPoint(Message):
    """One reading on the line of the last minutes."""

    event = "recent_point"

    at: datetime
    faces: int | None
    indicator: float


@dataclass(frozen=True)
class CameraMessage(Message):
    """The state that a camera entered."""

    event = "camera"

    camera: str
    state: CameraState
    since: datetime


@dataclass(frozen=True)
class LimitsMessage(Message):
    """What is said of the limits of a camera's rule from now on, see `limit_words`."""

    event = "limits"

    camera: str
    limits: LimitWords = NO_LIMITS


@dataclass(frozen=True)
class AlertMessage(Message):
    """A change of an alert, or where it stands now.

    Attributes:
        rule: the rule's name.
        since: when the condition began.
        value: the newest reading, 0-100.
        peak: the highest reading since then.
        reason: why it was closed from outside, else "".
        evidence: what the highest reading rests on; browsers get its fields beside the others.
        counts_people: whether the readings are of how far as many people as the rule asks for have
            risen, instead of the indicator.
        advice: what is to be done, as the rule says it; may be "".
    """

    event = "alert"

    id: str
    camera: str
    rule: str
    rule_id: int
    kind: RuleKind
    expressions: tuple[str, ...]
    state: Phase
    since: datetime
    value: float
    peak: float
    reason: str = ""
    evidence: Evidence = NO_EVIDENCE
    counts_people: bool = False
    advice: str = ""


@dataclass(frozen=True)
class Acknowledgement:
    """Who takes care of an alert, and since when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class AlertNote(Message):
    """What a person did with an alert.

    Attributes:
        id: of the alert.
        change: `acknowledged`, `comment` or `answered`.
        text: may be "" for an acknowledgement; the `Answer` where it was answered.
    """

    event = "alert_note"

    id: str
    change: str
    by: str
    text: str
    at: datetime


@dataclass(frozen=True)
class AlertRecord(AlertMessage):
    """An alert with all that is stored of it.

    Attributes:
        fired_at: None while it is pending or not written yet.
        notes: oldest first.
        answer: the last one to whether something was the matter; None before the first.
    """

    event = "alert_record"

    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    acknowledged: Acknowledgement | None = None
    silenced_until: datetime | None = None
    notes: tuple[AlertNote, ...] = ()
    answer: Answer | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody is to see to it; a test that is over waits for nobody."""
        is_past_test = self.kind == RuleKind.TEST and not self.state.is_open
        return self.fired_at is not None and self.acknowledged is None and not is_past_test


@dataclass(frozen=True)
class SilencesChanged(Message):
    """A silence began, or ended before its time."""

    event = "silences"


@dataclass(frozen=True)
class RoomFace:
    """A face in a participant's own picture.

    Attributes:
        box_xyxy: left, top, right, bottom as shares of the picture's width and height.
        label: an expression, `uncertain` or `not read`.
        probability: of the expression, 0 where none is read.
    """

    box_xyxy: tuple[float, ...]
    label: str
    probability: float


@dataclass(frozen=True)
class RoomReadings(Message):
    """What was read in the newest pictures of a room; for the participants, each their own.

    Attributes:
        faces: by participant.
        fps: how often the room is read each second.
    """

    event = "room_readings"

    camera: str
    faces: Mapping[str, tuple[RoomFace, ...]]
    fps: float


@dataclass(frozen=True)
class CamerasChanged(Message):
    """A camera was added, renamed, moved, set up otherwise, switched or removed."""

    event = "cameras"


@dataclass(frozen=True)
class RulesChanged(Message):
    """A rule was added, edited, switched or removed."""

    event = "rules"


@dataclass(frozen=True)
class Receiver(Message):
    """Somebody to whom alerts are sent; `label` holds no credentials."""

    event = "receiver"

    key: str
    label: str
