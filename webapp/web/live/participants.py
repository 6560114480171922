"""Those who are in rooms with their browsers' cameras: who they are, and what each is told."""

import json
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from webapp.bus.latest import Latest
from webapp.core.messages import RoomReadings
from webapp.core.room_limits import ParticipantLimits

FIRST_PACE_S, LEAST_PACE_S, MOST_PACE_S = 0.2, 0.1, 1.0
ID_BYTES = 8
# A place that somebody left is kept free for half as long.
WITHOUT_PLACE_S = 10.0
FULL = "The room is full. Try again when somebody has left."
LINK_ENDED = "The link was ended by who runs this room."
# No reason for a participant: their browser comes back.
STOPPING = "the server stops, or the room is another one now"


class Participant:
    """Somebody in a room.

    Attributes:
        link_id: of the link by which they came.
        source: what the room was when they came.
        ended: why they have to leave; "" while they may stay.
        has_sent: whether a picture of theirs was passed on.
    """

    def __init__(self, room: str, link_id: int, source: str) -> None:
        self.id = secrets.token_hex(ID_BYTES)
        self.room, self.link_id, self.source = room, link_id, source
        self.limits = ParticipantLimits(time.monotonic())
        self.news: Latest[str] = Latest()
        self.ended, self.has_sent = "", False
        self._without_place_since_s: float | None = None

    def end(self, why: str) -> None:
        """Have them leave; from any thread."""
        self.ended = why
        self.news.close()

    def note_place(self, has_place: bool, now_s: float) -> None:
        """Have them leave who send pictures and get no place: others came by other web instances.

        Args:
            now_s: monotonic.
        """
        if has_place or not self.has_sent:
            self._without_place_since_s = None
        elif self._without_place_since_s is None:
            self._without_place_since_s = now_s
        elif now_s - self._without_place_since_s > WITHOUT_PLACE_S:
            self.end(FULL)


class Participants:
    """Everybody in any room, as far as this process serves them."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._there: dict[str, Participant] = {}
        # Who comes may have read a link or a room just before it was ended or changed.
        self._ended_links: dict[int, str] = {}
        self._sources: Mapping[str, str | None] = {}
        self._fps: dict[str, float] = {}

    def enter(self, room: str, link_id: int, most: int, source: str) -> Participant | None:
        """Let somebody in; None when the room is full.

        Args:
            source: what the room is, as who lets them in knows it.
        """
        with self._changing:
            if self.count(room) >= most:
                return None
            participant = Participant(room, link_id, source)
            participant.ended = self._ended_links.get(link_id, "")
            self._end_strays([participant])
            self._there = {**self._there, participant.id: participant}
        return participant

    def leave(self, participant: Participant) -> None:
        """Forget somebody."""
        with self._changing:
            self._there = {k: v for k, v in self._there.items() if v is not participant}

    def count(self, room: str) -> int:
        """Return how many are in a room."""
        return sum(each.room == room for each in self._there.values())

    def link_ids(self) -> frozenset[int]:
        """Return the links by which those who are there came."""
        return frozenset(each.link_id for each in self._there.values())

    def pace_s(self, room: str) -> float:
        """Return how far apart the pictures of a room are wanted: as far as they can be read."""
        fps = self._fps.get(room, 0.0)
        wanted_s = 1.0 / fps if fps else FIRST_PACE_S
        return min(MOST_PACE_S, max(LEAST_PACE_S, wanted_s))

    def take(self, readings: RoomReadings) -> None:
        """Tell everybody in a room what was read in their own pictures, and nobody else."""
        self._fps[readings.camera] = readings.fps
        for participant in self._there.values():
            if participant.room == readings.camera:
                faces = [
                    {"box": face.box_xyxy, "label": face.label, "probability": face.probability}
                    for face in readings.faces.get(participant.id, ())
                ]
                participant.note_place(participant.id in readings.faces, time.monotonic())
                participant.news.put(said("read", faces=faces, fps=round(readings.fps, 1)))

    def end_link(self, link_id: int, why: str) -> None:
        """Have everybody leave who came by a link."""
        with self._changing:
            self._ended_links[link_id] = why
            for participant in self._there.values():
                if participant.link_id == link_id:
                    participant.end(why)

    def rooms_are(self, sources: Mapping[str, str | None]) -> None:
        """Have everybody leave whose room is not what they joined.

        Their browsers come back, where the room may have less room, or show what it did not.

        Args:
            sources: of all cameras, by name.
        """
        with self._changing:
            self._sources = sources
            self._end_strays(self._there.values())

    def _end_strays(self, participants: Iterable[Participant]) -> None:
        for participant in participants:
            source = self._sources.get(participant.room, participant.source)
            if source != participant.source:
                participant.end(STOPPING)

    def stop(self) -> None:
        """End every connection; browsers come back when the server does."""
        for participant in self._there.values():
            participant.end(STOPPING)


def said(kind: str, **values: Any) -> str:
    """Return a message for a participant's browser."""
    message: Mapping[str, Any] = {"kind": kind, **values}
    return json.dumps(message)
