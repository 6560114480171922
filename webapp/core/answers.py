"""Was it so? What people say of an alert afterwards, and how often a rule was right by that."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.core.shares import wilson_interval


class Answer(StrEnum):
    """What somebody found where an alert came from; it is about a situation, never a person."""

    WAS = "was"
    WAS_NOT = "was_not"
    CANNOT_TELL = "cannot_tell"


ANSWER_WORDS: Mapping[Answer, str] = {
    Answer.WAS: "something was the matter",
    Answer.WAS_NOT: "nothing was the matter",
    Answer.CANNOT_TELL: "cannot tell",
}


@dataclass(frozen=True)
class AnswerCounts:
    """How many alerts were answered, by answer."""

    was: int = 0
    was_not: int = 0
    cannot_tell: int = 0

    def __add__(self, other: "AnswerCounts") -> "AnswerCounts":
        return AnswerCounts(
            self.was + other.was,
            self.was_not + other.was_not,
            self.cannot_tell + other.cannot_tell,
        )

    @property
    def judged(self) -> int:
        """How many say whether the alert was right."""
        return self.was + self.was_not

    @property
    def interval_percent(self) -> tuple[int, int] | None:
        """Between which whole percentages the share of right ones lies, at 95 %; None of none."""
        if not self.judged:
            return None
        low, high = wilson_interval(self.was / self.judged, self.judged)
        return round(100 * low), round(100 * high)
