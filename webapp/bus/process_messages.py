"""What the web process and the processes behind it say to each other, beside what browsers learn.

Behind the web are processes that hold cameras and one that reads files. The web asks by a `Call`,
which is answered by `Done`, `Failed` or a message of its own with the same `call_id`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.messages import AlertMessage, Message, RecentPoint
from webapp.core.picture_quality import FULL, PictureQuality
from webapp.core.process_report import NO_REPORT, ProcessReport


@dataclass(frozen=True)
class Call(Message):
    """Asks for something; the answer repeats `call_id`."""

    call_id: int


@dataclass(frozen=True)
class Done(Call):
    """Answers that it is done; what was asked for may come as an anonymous file."""

    event = "done"


@dataclass(frozen=True)
class Failed(Call):
    """Answers that it failed.

    Attributes:
        error: name of the error's class.
        text: what it says.
    """

    event = "failed"

    error: str
    text: str


Ask = Callable[[int], Call]


@dataclass(frozen=True)
class Stop(Message):
    """Ends the process."""

    event = "stop"


@dataclass(frozen=True)
class Alive(Message):
    """The process that reads files does not hang."""

    event = "alive"

    report: ProcessReport = NO_REPORT


@dataclass(frozen=True)
class Hello(Message):
    """What a camera process says first; its NO SIGNAL picture comes with it."""

    event = "hello"


@dataclass(frozen=True)
class Beat(Message):
    """How a camera process is doing, said on a steady beat.

    Attributes:
        live: pending and open alerts as they stand now.
        trouble: why something cannot be written, "" when all is well.
        dropped_rows: of history, since its start.
        report: what the process itself takes, wrote and sent.
        tokens: of a worker, the fencing token of each camera that it holds.
    """

    event = "beat"

    cameras: tuple[CameraStatus, ...]
    readiness: Readiness
    live: tuple[AlertMessage, ...]
    trouble: str
    dropped_rows: int
    report: ProcessReport = NO_REPORT
    tokens: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RecentPoints(Message):
    """The last five minutes of a camera, for a web process that was not there."""

    event = "recent_points"

    camera: str
    points: tuple[RecentPoint, ...]


@dataclass(frozen=True)
class MemoryOpened(Message):
    """A camera's pictures of one quality lie in the `PictureMemory` that comes with this."""

    event = "memory_opened"

    camera: str
    quality: PictureQuality = FULL


@dataclass(frozen=True)
class PictureShown(Message):
    """The newest picture of a camera and quality lies in their memory."""

    event = "picture_shown"

    camera: str
    number: int
    quality: PictureQuality = FULL


@dataclass(frozen=True)
class PictureSent(Message):
    """The newest picture of a camera and quality comes with this."""

    event = "picture_sent"

    camera: str
    quality: PictureQuality = FULL


@dataclass(frozen=True)
class Watch(Message):
    """Whether anybody watches a camera from now on."""

    event = "watch"

    camera: str
    is_watched: bool
    quality: PictureQuality = FULL


@dataclass(frozen=True)
class TakePicture(Call):
    """Asks for what is to be seen of a camera now, which comes with `Done`."""

    event = "take_picture"

    camera: str
    quality: PictureQuality = FULL


@dataclass(frozen=True)
class Glance(Call):
    """See `LiveRuntime.glance_jpeg`; the picture comes with `Done`, if there is one."""

    event = "glance"

    camera: str
    quality: PictureQuality


@dataclass(frozen=True)
class PauseCamera(Call):
    """See `LiveRuntime.pause`."""

    event = "pause_camera"

    camera: str
    since: datetime


@dataclass(frozen=True)
class ResumeCamera(Call):
    """See `LiveRuntime.resume`."""

    event = "resume_camera"

    camera: str


@dataclass(frozen=True)
class SetCameras(Message):
    """The cameras of this process from now on, see `LiveRuntime.set_cameras`.

    Attributes:
        others: names of those that other processes have.
    """

    event = "set_cameras"

    cameras: tuple[CameraSetup, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class FollowDatabase(Call):
    """The database holds other cameras, pauses or purposes than before."""

    event = "follow_database"


@dataclass(frozen=True)
class PutPicture(Message):
    """A participant's newest picture for a room, which comes with this; see `LiveRooms`."""

    event = "put_picture"

    camera: str
    participant: str
    width_px: int
    height_px: int


@dataclass(frozen=True)
class LeaveRoom(Message):
    """A participant is gone; see `LiveRooms.leave`."""

    event = "leave_room"

    camera: str
    participant: str


@dataclass(frozen=True)
class TrySource(Call):
    """See `LiveRuntime.try_source`; the answer is `SourceTried`."""

    event = "try_source"

    source: str = field(repr=False)


@dataclass(frozen=True)
class SourceTried(Call):
    """Answers it; the picture comes with this as JPEG."""

    event = "source_tried"

    width_px: int
    height_px: int
    fps: float


@dataclass(frozen=True)
class ReadRules(Call):
    """The database holds other rules than before."""

    event = "read_rules"


@dataclass(frozen=True)
class LabelAddress(Call):
    """See `LiveAlerts.label_of`; the answer is `AddressLabelled`."""

    event = "label_address"

    url: str = field(repr=False)


@dataclass(frozen=True)
class AddressLabelled(Call):
    """Answers it."""

    event = "address_labelled"

    label: str


@dataclass(frozen=True)
class SendTest(Call):
    """See `LiveAlerts.send_test`."""

    event = "send_test"

    key: str


@dataclass(frozen=True)
class PlayTest(Call):
    """See `LiveAlerts.play_test`; the answer is `AlertPlayed`."""

    event = "play_test"

    camera: str


@dataclass(frozen=True)
class AlertPlayed(Call):
    """Answers it."""

    event = "alert_played"

    alert_id: str


PROCESS_MESSAGES: tuple[type[Message], ...] = (
    AddressLabelled,
    Alive,
    Beat,
    Done,
    Failed,
    FollowDatabase,
    Glance,
    Hello,
    LabelAddress,
    LeaveRoom,
    MemoryOpened,
    PauseCamera,
    PictureSent,
    PictureShown,
    PlayTest,
    PutPicture,
    ReadRules,
    RecentPoints,
    ResumeCamera,
    SendTest,
    SetCameras,
    SourceTried,
    Stop,
    TakePicture,
    AlertPlayed,
    TrySource,
    Watch,
)
