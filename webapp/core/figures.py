"""What is said of the people of a frame, all together."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.crew import People


@dataclass(frozen=True)
class Figures:
    """The figures of one frame; all that counts, history and alerts are made of.

    Attributes:
        counts: faces per class in the model's order, then `uncertain`; None where there are too few
            people to say anything.
        indicator: 0-100, see `indicator.indicator`; 0 where nothing is said.
        people: who is in view, see `crew.Crew`; nobody where nothing is said.
        unread: faces that are seen too badly to be read; where nothing is said, all faces.
    """

    counts: Mapping[str, int] | None
    indicator: float
    people: People
    unread: int

    @property
    def is_suppressed(self) -> bool:
        """Whether there are too few people to say anything."""
        return self.counts is None

    @property
    def faces(self) -> int | None:
        """How many are read; None where nothing is said."""
        return None if self.counts is None else sum(self.counts.values())
