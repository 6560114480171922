"""What an alert on expressions rests on, in figures and in words."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from webapp.core.crew import People
from webapp.core.durations import duration_text
from webapp.core.quality import A_LITTLE_BLURRED, SHARP


@dataclass(frozen=True)
class Evidence:
    """What was seen at one moment; `in_view` is 0 where nothing is known.

    Attributes:
        people: how many have risen over their rest.
        in_view: of how many.
        rise: how far those who have risen are on the way from rest to fully showing it, their
            mean, 0-1.
        face_px: mean height of their faces; None where nobody knows, as below.
        sharpness: of the least sharp of their faces, see `quality.sharpness`.
        turn_deg: of that of their faces which is turned furthest to a side.
    """

    people: int = 0
    in_view: int = 0
    rise: float = 0.0
    face_px: float | None = None
    sharpness: float | None = None
    turn_deg: float | None = None

    @classmethod
    def of(cls, people: People, watched: tuple[str, ...], in_view: int) -> "Evidence":
        """Collect what people show of the watched expressions.

        Args:
            people: those that count.
            in_view: how many there are with those that do not.
        """
        risen = people.risen(watched) > 0
        if not risen.any():
            return cls(in_view=in_view)
        quality = people.quality.take(risen)
        return cls(
            people=int(risen.sum()),
            in_view=in_view,
            rise=round(float(people.rises(watched)[risen].mean()), 3),
            face_px=_known(quality.heights_px, np.mean),
            sharpness=_known(quality.sharpness, np.min),
            turn_deg=_known(quality.turns_deg, np.max),
        )

    def words(self, lasted_s: float | None = None) -> str:
        """Say what was seen, "" where nothing is known.

        Args:
            lasted_s: how long the condition has held; None leaves it out.
        """
        if not self.people:
            return ""
        in_view = "1 person" if self.in_view == 1 else f"{self.in_view} people"
        parts = [f"{self.people} of {in_view}"]
        parts.append(f"{100 * self.rise:.0f} % of the way from their rest")
        if lasted_s is not None:
            parts.append(f"for {duration_text(lasted_s)}")
        faces = _faces_words(self)
        return ", ".join(parts) + (f"; {faces}" if faces else "")


NO_EVIDENCE = Evidence()


def _faces_words(evidence: Evidence) -> str:
    """Return how well the faces could be seen."""
    words = []
    if evidence.face_px is not None:
        words.append(f"{evidence.face_px:.0f} px high")
    if evidence.turn_deg is not None:
        words.append(f"turned by {evidence.turn_deg:.0f}°")
    if evidence.sharpness is not None:
        words.append(_sharpness_word(evidence.sharpness))
    faces = "face" if evidence.people == 1 else "faces"
    return f"{faces} {', '.join(words)}" if words else ""


def _sharpness_word(sharpness: float) -> str:
    if sharpness >= SHARP:
        return "sharp"
    return "a little blurred" if sharpness >= A_LITTLE_BLURRED else "blurred"


def _known(values: np.ndarray, summary: Callable[[np.ndarray], np.floating]) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(summary(known)), 3) if len(known) else None
