"""Below a number of people nothing is said of them, and nothing from which one could be worked out.

Figures are of a *group*, whose members stay the same from one answer to the next:

- It forms when at least `least_people` are in view, of all of them.
- Who leaves counts on as last read, and who comes is not counted yet, so neither changes a figure.
  Once at least so many have left, or have come, all of these go, or join, at once.
- Where that does not happen within `HELD_S`, or fewer than `least_people` of the group are left,
  nothing is said. Another group may speak once `SILENT_S` have passed since the last answer, or at
  once where from every group of that time only people left, or only people came: nobody, or at
  least so many.

People are tracks, and somebody whose face was lost comes back as another one. So nobody is taken
for new beside those who left (they may be the same), nor for one more before everybody in view was
seen since the newest came.

So the difference of any two answers within that time is of the same people, or of at least
`least_people`. (Tables have the same problem, see Denning, Denning and Schwartz 1979, "The tracker:
a threat to statistical database security".) Over a longer silence two groups can still be compared;
`python -m benchmarks.floor` shows how much that tells.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from webapp.core.crew import People
from webapp.core.figures import Figures
from webapp.core.indicator import expression_counts, indicator
from webapp.core.quality import Quality

# A face is lost for moments, and a head is turned for longer.
HELD_S = 30.0
SILENT_S = 60.0
# Whoever was seen within it is in view: the tracker's memory of a face that turned away.
IN_VIEW_S = 3.0


@dataclass(frozen=True)
class Member:
    """Somebody as last read.

    Attributes:
        probabilities: (C,) as labels show them.
        is_uncertain: whether no class is probable enough.
        steady: (C,) as alerts count them, see `crew.People`.
        rest: (C,) what they read when nothing happens.
        seen_at_s: when that was.
    """

    probabilities: np.ndarray
    is_uncertain: bool
    steady: np.ndarray
    rest: np.ndarray
    seen_at_s: float


Group = frozenset[int]


class GroupFloor:
    """Decides what may be said of one camera's people, frame by frame."""

    def __init__(
        self,
        least_people: int,
        classes: tuple[str, ...],
        watched: tuple[str, ...],
        held_s: float = HELD_S,
        silent_s: float = SILENT_S,
        speaks_from_s: float = -math.inf,
    ) -> None:
        """Start with nobody.

        Args:
            least_people: from so many on something is said.
            classes: of the model.
            watched: the expressions of the indicator.
            held_s: how long a group speaks on after somebody left or came.
            silent_s: how long nothing is said before another group may be compared with it.
            speaks_from_s: nothing is said before, monotonic, since another floor may have spoken of
                the same people.
        """
        self._least, self._classes, self._watched = least_people, classes, watched
        self._held_s, self._silent_s, self._speaks_from_s = held_s, silent_s, speaks_from_s
        self._came_at_s: dict[int, float] = {}
        self._in_view: dict[int, Member] = {}
        self._group: dict[int, Member] = {}
        self._changed_at_s: float | None = None
        # The groups that spoke, each until when it last did.
        self._spoke: dict[Group, float] = {}

    def step(self, read: Mapping[int, Member], now_s: float, faces: int) -> Figures:
        """Take who was read in a frame.

        Args:
            read: by track.
            now_s: monotonic time of the frame.
            faces: how many are seen, read or not.
        """
        since_s = now_s - IN_VIEW_S
        kept = {track: m for track, m in self._in_view.items() if m.seen_at_s >= since_s}
        self._in_view = kept | dict(read)
        self._came_at_s = {track: self._came_at_s.get(track, now_s) for track in self._in_view}
        self._group |= {track: m for track, m in read.items() if track in self._group}
        self._spoke = {g: s for g, s in self._spoke.items() if now_s - s <= self._silent_s}
        if self._group:
            self._exchange(now_s)
        elif now_s >= self._speaks_from_s and self._may_form():
            self._group = dict(self._in_view)
        if not self._group:
            return Figures(None, 0.0, People.nobody(self._classes), faces)
        self._spoke[frozenset(self._group)] = now_s
        return self._figures()

    def speaks_of(self) -> Group:
        """Return the tracks of those who are counted now."""
        return frozenset(self._group)

    def _exchange(self, now_s: float) -> None:
        """Let those go who left and those in who came, where that tells of nobody alone."""
        left = self._group.keys() - self._in_view.keys()
        came = self._in_view.keys() - self._group.keys()
        if len(self._group) - len(left) < self._least:
            self._fall_silent()
            return
        joining = came if self._are_all_others() else set()
        for leaving, coming in ((left, set()), (set(), joining)):
            wanted = (self._group.keys() - leaving) | coming
            if (leaving or coming) and self._may_speak(wanted):
                known = self._group | self._in_view
                self._group = {track: known[track] for track in wanted}
                left, came = left - leaving, came - coming
                self._changed_at_s = None
                break
        if not left and not came:
            self._changed_at_s = None
        elif self._changed_at_s is None:
            self._changed_at_s = now_s
        elif now_s - self._changed_at_s > self._held_s:
            self._fall_silent()

    def _fall_silent(self) -> None:
        self._group, self._changed_at_s = {}, None

    def _may_form(self) -> bool:
        is_enough = len(self._in_view) >= self._least and self._are_all_others()
        return is_enough and self._may_speak(self._in_view.keys())

    def _are_all_others(self) -> bool:
        """Return whether no two tracks in view can be one person, lost and found anew."""
        newest_s = max(self._came_at_s.values(), default=0.0)
        return all(member.seen_at_s >= newest_s for member in self._in_view.values())

    def _may_speak(self, wanted: Collection[int]) -> bool:
        """Return whether figures of a group can be compared with all that were given lately."""
        group = frozenset(wanted)
        return all(self._is_far(len(group - g), len(g - group)) for g in self._spoke)

    def _is_far(self, came: int, left: int) -> bool:
        return min(came, left) == 0 and (came == left or max(came, left) >= self._least)

    def _figures(self) -> Figures:
        members = list(self._group.values())
        probabilities = np.stack([member.probabilities for member in members])
        uncertain = np.array([member.is_uncertain for member in members])
        # How well somebody was seen tells who it is.
        people = People(
            np.stack([member.steady for member in members]),
            np.stack([member.rest for member in members]),
            self._classes,
            Quality.unknown(len(members)),
        )
        return Figures(
            expression_counts(probabilities, uncertain, self._classes),
            indicator(people.risen(self._watched)),
            people,
            0,
        )
