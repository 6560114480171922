"""What notices, records and assessments say: the facts, and the words for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from webapp.core.privacy import Disclosure, Privacy
from webapp.core.purpose import KIND_WORDS, Purpose

# To those who are filmed: what leaves the place where pictures are analysed.
SEEN_WORDS: Mapping[Privacy, str] = {
    Privacy.LABELS: "Who may watch sees the live picture, with the expressions written into it.",
    Privacy.BLUR: "Who may watch sees the live picture; faces are made unrecognisable in it.",
    Privacy.COUNTS: "Nobody sees a picture: only numbers leave the program that reads it.",
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
class PaperCamera:
    """A camera as papers describe it.

    Attributes:
        is_room: whether people join it with their own cameras.
        is_masked: whether a part of the picture is never read.
        disclosure: how much is disclosed of the people before it.
        purpose: None where none was stated.
    """

    name: str
    title: str
    is_enabled: bool
    is_room: bool
    is_masked: bool
    disclosure: Disclosure
    purpose: Purpose | None = None

    @property
    def purpose_words(self) -> str:
        """What kind of purpose it has; "" where none was stated."""
        return KIND_WORDS[self.purpose.kind] if self.purpose else ""

    @property
    def privacy_words(self) -> str:
        """Who sees what of the picture."""
        return SEEN_WORDS[self.disclosure.shows]


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
