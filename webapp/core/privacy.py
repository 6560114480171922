"""How much of the people before a camera a picture may show."""

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


def least(*shown: Privacy) -> Privacy:
    """Return the one that shows the least."""
    order = list(Privacy)
    return max(shown, key=order.index)
