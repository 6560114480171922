"""How much of the people before a camera a picture may show."""

from dataclasses import dataclass
from enum import StrEnum


class Privacy(StrEnum):
    """What pictures show, from the most to the least."""

    LABELS = "labels"
    BLUR = "blur"
    COUNTS = "counts"

    @property
    def has_pictures(self) -> bool:
        """Whether there is any picture of people at all."""
        return self != Privacy.COUNTS


PRIVACY_WORDS = {
    Privacy.LABELS: "faces with what is read off them",
    Privacy.BLUR: "people whose faces are made unrecognisable",
    Privacy.COUNTS: "no picture, counts alone",
}
LARGEST_GROUP = 100


@dataclass(frozen=True)
class Disclosure:
    """How much is disclosed of the people before a camera.

    Attributes:
        shows: the most that anybody is shown.
        viewers_see: the most that viewers are shown.
        min_group: so many people, or nothing is said of them.
    """

    shows: Privacy = Privacy.LABELS
    viewers_see: Privacy = Privacy.COUNTS
    min_group: int = 1

    @property
    def hides_faces(self) -> bool:
        """Whether somebody is shown pictures without faces."""
        return Privacy.BLUR in (self.shows, least(self.shows, self.viewers_see))

    def shown_to(self, *, viewers: bool) -> Privacy:
        """Return the most that viewers, or others, are shown."""
        return least(self.shows, self.viewers_see) if viewers else self.shows

    def within(self, privacy: Privacy, min_group: int) -> "Disclosure":
        """Return this, and no more than a whole server discloses."""
        return Disclosure(
            least(self.shows, privacy), self.viewers_see, max(self.min_group, min_group)
        )


EVERYTHING = Disclosure(viewers_see=Privacy.LABELS)


def least(*shown: Privacy) -> Privacy:
    """Return the one that shows the least."""
    order = list(Privacy)
    return max(shown, key=order.index)


def names_faces(shows: Privacy, min_group: int) -> bool:
    """Return whether a single face may be named: beside a hidden one not, where groups speak."""
    return shows == Privacy.LABELS or min_group == 1


def disclosure_words(shows: Privacy, min_group: int) -> str:
    """Return what a page says below a picture of what it does not show; "" where it shows all."""
    words = {
        Privacy.LABELS: "",
        Privacy.BLUR: "Faces are made unrecognisable.",
        Privacy.COUNTS: "No picture of anybody is shown, counts alone.",
    }[shows]
    if min_group == 1:
        return words
    group = f"Of fewer than {min_group} people, and for a minute after some came or went, "
    return f"{words} {group}nothing is said.".strip()
