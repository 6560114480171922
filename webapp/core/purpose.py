"""Why a camera may watch people: what for, who approved it, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.core.camera_state import SourceKind
from webapp.core.privacy import Privacy, least

LONGEST_DAYS = 365
REMINDED_BEFORE = timedelta(days=30)
LEAST_REASON_CHARACTERS, MOST_REASON_CHARACTERS = 20, 500
MOST_APPROVER_CHARACTERS = 120
# What shows people whom nobody asked: no clip, which was recorded, and no composite faces.
SHOWS_PEOPLE = frozenset({SourceKind.CAMERA, SourceKind.URL, SourceKind.BROWSER})


class PurposeKind(StrEnum):
    """What a camera reads expressions for."""

    SAFETY = "safety"
    MEDICAL = "medical"
    RESEARCH = "research"
    DEMONSTRATION = "demonstration"

    @property
    def rests_on_consent(self) -> bool:
        """Whether it is the consent of those filmed that allows it."""
        return self in (PurposeKind.RESEARCH, PurposeKind.DEMONSTRATION)


class Region(StrEnum):
    """Where the camera stands, which says whose law holds."""

    EU = "eu"
    UK = "uk"
    SWITZERLAND = "ch"
    USA = "us"
    OTHER = "other"


KIND_WORDS: Mapping[PurposeKind, str] = {
    PurposeKind.SAFETY: "safety",
    PurposeKind.MEDICAL: "medical reasons",
    PurposeKind.RESEARCH: "research with consent",
    PurposeKind.DEMONSTRATION: "demonstration with consent",
}
REGION_WORDS: Mapping[Region, str] = {
    Region.EU: "the EU or the EEA",
    Region.UK: "the United Kingdom",
    Region.SWITZERLAND: "Switzerland",
    Region.USA: "the United States",
    Region.OTHER: "another country",
}


@dataclass(frozen=True)
class Protection:
    """How those filmed are protected.

    Attributes:
        privacy: what pictures show of them.
        min_group: with fewer people in view nothing is said.
    """

    privacy: Privacy
    min_group: int

    def is_weaker_than(self, other: "Protection") -> bool:
        """Return whether it shows more of people, or speaks of fewer."""
        shows_more = least(self.privacy, other.privacy) != self.privacy
        return shows_more or self.min_group < other.min_group


PROPOSED: Mapping[PurposeKind, Protection] = {
    PurposeKind.SAFETY: Protection(Privacy.BLUR, 3),
    PurposeKind.MEDICAL: Protection(Privacy.BLUR, 3),
    PurposeKind.RESEARCH: Protection(Privacy.BLUR, 3),
    PurposeKind.DEMONSTRATION: Protection(Privacy.LABELS, 1),
}


@dataclass(frozen=True)
class Purpose:
    """What an admin stated of a camera.

    Attributes:
        reason: what it watches for, in words.
        approved_by: who allowed it, such as a works council.
        is_informed: those who are filmed know.
        protection: what was chosen.
        less_because: why it protects less than its kind proposes; "" where it does not.
        stated_at: aware UTC, as all times here.
        reads_since: since when the camera has the source it was stated for, which tells sources
            apart: another address is another place, with other people.
        withdrawn_at: None while nobody withdrew it.
    """

    camera: str
    kind: PurposeKind
    reason: str
    approved_by: str
    is_informed: bool
    region: Region
    protection: Protection
    stated_by: str
    stated_at: datetime
    valid_until: datetime
    reads_since: datetime
    less_because: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""

    def ends_soon(self, now: datetime) -> bool:
        """Return whether it is time to state it anew."""
        return self.valid_until - now <= REMINDED_BEFORE


class Lack(StrEnum):
    """Why a camera has no purpose that holds, as what follows “because”."""

    UNSTATED = "no purpose is stated"
    OTHER_SOURCE = "no purpose is stated for what it reads now"
    WITHDRAWN = "its purpose was withdrawn"
    ENDED = "the time of its purpose is over"


@dataclass(frozen=True)
class Hold:
    """A camera that stays off for want of a purpose.

    Attributes:
        since: aware UTC.
    """

    lack: Lack
    since: datetime


def needs_purpose(kind: SourceKind) -> bool:
    """Return whether a camera that reads this may be on for a stated purpose alone."""
    return kind in SHOWS_PEOPLE


def find_hold(purpose: Purpose | None, reads_since: datetime, now: datetime) -> Hold | None:
    """Return why a camera that needs a purpose stays off; None where one holds.

    Args:
        purpose: the newest that was stated; None where none was.
        reads_since: since when the camera has its source.
    """
    if purpose is None:
        return Hold(Lack.UNSTATED, reads_since)
    if purpose.reads_since != reads_since:
        return Hold(Lack.OTHER_SOURCE, reads_since)
    if purpose.withdrawn_at:
        return Hold(Lack.WITHDRAWN, purpose.withdrawn_at)
    return Hold(Lack.ENDED, purpose.valid_until) if purpose.valid_until <= now else None


def check_purpose(purpose: Purpose) -> None:
    """Check that a purpose says what it must.

    Raises:
        ValueError: says what was expected and what came.
    """
    check_sentence(purpose.reason)
    if not 1 <= len(purpose.approved_by) <= MOST_APPROVER_CHARACTERS:
        raise ValueError(
            f"who approved it, in 1 to {MOST_APPROVER_CHARACTERS} characters, "
            f"got {len(purpose.approved_by)}"
        )
    if not purpose.is_informed:
        raise ValueError("that those who are filmed were informed; inform them first")
    if purpose.valid_until > purpose.stated_at + timedelta(days=LONGEST_DAYS):
        raise ValueError(f"a purpose that holds for at most {LONGEST_DAYS} days")
    if needs_less_because(purpose.kind, purpose.protection):
        check_sentence(purpose.less_because)


def needs_less_because(kind: PurposeKind, chosen: Protection) -> bool:
    """Return whether somebody must write why it protects less: nobody who is filmed consented."""
    return not kind.rests_on_consent and chosen.is_weaker_than(PROPOSED[kind])


def check_sentence(text: str) -> None:
    """Check a reason; raises ValueError, which says what was expected and what came."""
    if not LEAST_REASON_CHARACTERS <= len(text) <= MOST_REASON_CHARACTERS:
        raise ValueError(
            f"a reason in words, {LEAST_REASON_CHARACTERS} to {MOST_REASON_CHARACTERS} "
            f"characters, got {len(text)}"
        )
