"""What notices, records and assessments say: the facts, and the words for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# By the kind of a purpose.
PURPOSE_WORDS: Mapping[str, str] = {
    "medical": "a medical reason",
    "safety": "a safety reason",
    "research": "research with the consent of those filmed",
    "demonstration": "a demonstration with the consent of those filmed",
}
# What leaves the place where pictures are analysed, by privacy mode.
PRIVACY_WORDS: Mapping[str, str] = {
    "labels": "Those who may watch see the live picture, with the expressions written into it.",
    "blur": "Those who may watch see the live picture; faces are made unrecognisable in it.",
    "counts": "Nobody sees a picture: only numbers leave the program that reads it.",
}


@dataclass(frozen=True)
class Controller:
    """Who runs the cameras, and answers for it.

    Attributes:
        contact: how to reach them, in a few lines.
        protection_contact: of whoever looks after data protection; "" where there is nobody else.
        ground: on what legal ground, in the words of who answers for it; may be "".
    """

    name: str = ""
    contact: str = ""
    protection_contact: str = ""
    ground: str = ""

    @property
    def is_stated(self) -> bool:
        """Whether a notice can name somebody."""
        return bool(self.name and self.contact)


@dataclass(frozen=True)
class StatedPurpose:
    """What an admin stated before a camera went live.

    Attributes:
        kind: a key of `PURPOSE_WORDS`, or another word.
        privacy: a key of `PRIVACY_WORDS`.
        min_group: below so many people nothing is shown.
    """

    kind: str
    reason: str
    approved_by: str
    region: str
    privacy: str
    min_group: int
    stated_by: str
    stated_at: datetime
    valid_until: datetime

    @property
    def words(self) -> str:
        """What kind of purpose it is."""
        return PURPOSE_WORDS.get(self.kind, self.kind)


@dataclass(frozen=True)
class PaperCamera:
    """A camera as papers describe it.

    Attributes:
        is_room: whether people join it with their own cameras.
        is_masked: whether a part of the picture is never read.
        purpose: None where none was stated.
    """

    name: str
    title: str
    is_enabled: bool
    is_room: bool
    is_masked: bool
    purpose: StatedPurpose | None = None

    @property
    def privacy_words(self) -> str:
        """Who sees what of the picture."""
        mode = self.purpose.privacy if self.purpose else "labels"
        return PRIVACY_WORDS.get(mode, PRIVACY_WORDS["labels"])

    @property
    def min_group(self) -> int:
        """Below how many people nothing is shown."""
        return self.purpose.min_group if self.purpose else 1


@dataclass(frozen=True)
class PaperFacts:
    """The running configuration, as papers describe it.

    Attributes:
        classes: the expressions that the network knows; none while it is not known.
        watched: those that alerts and the indicator count.
        receivers: names of those who get messages.
        users: how many people may sign in.
    """

    controller: Controller
    cameras: Sequence[PaperCamera]
    classes: Sequence[str]
    watched: Sequence[str]
    receivers: Sequence[str]
    users: int
    kept_for: timedelta
    log_kept_for: timedelta
