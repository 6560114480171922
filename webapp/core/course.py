"""What a rule's value did over the life of an alert, in a bounded number of spans."""

from dataclasses import dataclass, replace

SPAN_S = 2.0
MOST_SPANS = 300


@dataclass(frozen=True)
class Course:
    """The lowest value of each span of time, one after the other without a gap.

    The lowest, because a rule asks whether its value *stays* high: between two samples a dip would
    go unseen.

    Attributes:
        until_s: (N,) where each span ends, s after the condition began; the first begins at 0.
        lowest: (N,) 0-100, None where nothing was known.
        span_s: a span that is shorter takes further readings in.
    """

    until_s: tuple[float, ...] = ()
    lowest: tuple[float | None, ...] = ()
    span_s: float = SPAN_S

    def __post_init__(self) -> None:
        if len(self.until_s) != len(self.lowest):
            raise ValueError(
                f"a value for each span, got {len(self.lowest)} for {len(self.until_s)} spans"
            )

    def __len__(self) -> int:
        return len(self.until_s)

    def follow(self, at_s: float, value: float | None, *, is_new: bool = False) -> "Course":
        """Take a reading in; when all spans are full, each two become one of twice the length.

        Args:
            at_s: s after the condition began; a clock set back counts as no time.
            value: 0-100, None when nothing is known.
            is_new: begin a span even where the newest could take it in.
        """
        if not self.until_s:
            return replace(self, until_s=(at_s,), lowest=(value,))
        at_s, lowest = max(at_s, self.until_s[-1]), self.lowest[-1]
        starts_s = self.until_s[-2] if len(self) > 1 else 0.0
        if not is_new and value == lowest:
            return replace(self, until_s=(*self.until_s[:-1], at_s))
        if is_new or value is None or lowest is None or at_s - starts_s > self.span_s:
            longer = replace(self, until_s=(*self.until_s, at_s), lowest=(*self.lowest, value))
            return longer if len(longer) <= MOST_SPANS else longer._thinned()
        lower = (*self.lowest[:-1], min(lowest, value))
        return replace(self, until_s=(*self.until_s[:-1], at_s), lowest=lower)

    def _thinned(self) -> "Course":
        last = slice(len(self) - len(self) % 2, None)
        pairs = zip(self.lowest[::2], self.lowest[1::2], strict=False)
        lowest = (None if a is None or b is None else min(a, b) for a, b in pairs)
        return Course(
            (*self.until_s[1::2], *self.until_s[last]),
            (*lowest, *self.lowest[last]),
            2 * self.span_s,
        )


NO_COURSE = Course()
