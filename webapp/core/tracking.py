"""Which face is which, from one frame to the next and after it was away for a while.

Nobody is recognised: a track knows where a face was, how large and how fast, never how it looks.

- In view or missed for a moment, a track is where its motion takes it.
- A face that the detector doubts (small, blurred, half covered) continues the track that expects it
  there, and never starts one (after Zhang et al. 2022, ByteTrack, arXiv:2110.06864).
- Turned away, it is remembered for longer, but only in its place: a face that rested when it was
  last seen and comes up there again, as large as before, is the same person.
- Who leaves is seen moving: the track goes along, and nothing is remembered of the seat. Who comes
  is seen too and brings a track, and no track takes the memory of another one. Whoever rests in a
  place ends what was remembered of it.

Boxes alone cannot tell two people who change places while neither face is seen, one turned away in
the seat, the other turning to the camera in it, within the time of memory: the second gets the
number of the first. So does somebody first seen within two sizes of a face that vanished less than
1.5 seconds ago.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

# How long a place is remembered; `benchmarks.tracks` shows what other times would gain and lose.
MEMORY_S = 8.0
# How long a face in motion may be missed; a slow machine looks once a second.
MISSED_S = 1.5
# Distances are in sizes of the face. From frame to frame it may be this far from where it was
# expected, further the longer it was missed and the faster it was.
REACH, MOST_REACH, MOST_REACH_AT_REST = 1.3, 3.0, 2.0
UNSEEN_SPEED = 1.0
# In its place: less than half the way to the next seat.
PLACE_REACH = 0.8
# Doubtful faces alone carry a track for so long: the back of a chair is a doubtful face, too.
DOUBTFUL_S = 5.0
# A walker passes at up to nine sizes a second; of a new face nobody knows yet.
NEW_S, NEW_SPEED = 0.25, 8.0
# A nod takes a face along at one or two a second; who stands up is faster than that.
SETTLED_S, REST_SPEED = 1.0, 2.0
# Steadies the speed, which the detector's jitter would drown from one frame to the next.
SPEED_S = 0.25
# A face half as large again as another is as far from it as a place reaches.
SIZE_WEIGHT = 2.0
MOST_TRACKS = 1000


@dataclass(frozen=True)
class _Tracks:
    """M faces as last seen, those seen longest ago first.

    Attributes:
        ids: (M,) int64.
        centres_xy: (M, 2) px.
        sizes: (M,) root of the area, px, above 0.
        velocities_xy: (M, 2) px a second.
        since_s: (M,) when each was first seen.
        seen_at_s: (M,) when each was last seen.
        sure_at_s: (M,) when each was last seen without doubt; -inf for never.
    """

    ids: np.ndarray
    centres_xy: np.ndarray
    sizes: np.ndarray
    velocities_xy: np.ndarray
    since_s: np.ndarray
    seen_at_s: np.ndarray
    sure_at_s: np.ndarray

    @classmethod
    def of(cls, boxes_xyxy: np.ndarray, is_sure: np.ndarray, now_s: float) -> "_Tracks":
        """Return the faces of one frame, without numbers and motion."""
        boxes, count = np.asarray(boxes_xyxy, np.float64), len(boxes_xyxy)
        top_left, bottom_right = boxes[:, :2], boxes[:, 2:]
        areas = np.clip(bottom_right - top_left, 0, None).prod(axis=1)
        return cls(
            ids=np.zeros(count, np.int64),
            centres_xy=(top_left + bottom_right) / 2,
            sizes=np.sqrt(np.maximum(areas, 1e-9)),
            velocities_xy=np.zeros((count, 2)),
            since_s=np.full(count, now_s),
            seen_at_s=np.full(count, now_s),
            sure_at_s=np.where(is_sure, now_s, -np.inf),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray | slice) -> "_Tracks":
        """Return the given rows, in that order."""
        return _Tracks(*(getattr(self, field.name)[rows] for field in fields(self)))

    def followed_by(self, newer: "_Tracks") -> "_Tracks":
        """Return the rows of both."""
        pairs = ((getattr(self, field.name), getattr(newer, field.name)) for field in fields(self))
        return _Tracks(*(np.concatenate(pair) for pair in pairs))

    def speeds(self) -> np.ndarray:
        """Return (M,) sizes of the face a second."""
        return np.linalg.norm(self.velocities_xy, axis=1) / self.sizes

    def is_new(self) -> np.ndarray:
        """Return (M,) whether each has been in view too short for its speed to be known."""
        return self.seen_at_s - self.since_s < NEW_S

    def is_at_rest(self) -> np.ndarray:
        """Return (M,) whether each has been in view for a while and hardly moved at last."""
        seen_for_s = self.seen_at_s - self.since_s
        return (self.speeds() <= REST_SPEED) & (seen_for_s >= SETTLED_S)


class FaceTracker:
    """Gives every face a number that stays with it, also while it is turned away in its place."""

    def __init__(self, memory_s: float = MEMORY_S) -> None:
        """Start without any face.

        Args:
            memory_s: how long a face that vanished in its place keeps its number.
        """
        self.memory_s = memory_s
        self._tracks = _Tracks.of(np.zeros((0, 4)), np.zeros(0, bool), 0.0)
        self._next_id = 1

    def step(
        self, boxes_xyxy: np.ndarray, now_s: float, is_sure: np.ndarray | None = None
    ) -> np.ndarray:
        """Match the boxes of this frame with the tracks so far.

        Args:
            boxes_xyxy: (N, 4); N may be 0.
            now_s: monotonic time of the frame.
            is_sure: (N,) bool, False where the detector doubts; all are sure where it is None.

        Returns:
            (N,) int64 track numbers; a new face gets a number never used before, a doubtful one
            where nobody was 0.
        """
        is_sure = np.ones(len(boxes_xyxy), bool) if is_sure is None else is_sure
        faces, tracks = _Tracks.of(boxes_xyxy, is_sure, now_s), self._remembered(now_s)
        rows = np.full(len(faces), -1)
        rows[is_sure] = _match(faces.take(is_sure), tracks, now_s)
        free = ~np.isin(np.arange(len(tracks)), rows)
        rows[~is_sure] = _match_doubtful(faces.take(~is_sure), tracks, free, now_s)
        faces = self._numbered(_continued(faces, tracks, rows), is_sure)
        followed = faces.take(faces.ids > 0)
        lost = tracks.take(~np.isin(tracks.ids, followed.ids))
        lost = lost.take(~_is_taken(lost, followed))
        newest = slice(-max(MOST_TRACKS, len(followed)), None)
        self._tracks = lost.followed_by(followed).take(newest)
        return faces.ids

    def fastest(self) -> float:
        """Return the speed of the fastest face that was seen last, in its sizes a second.

        A new one may be as fast as a walker; 0 without any.
        """
        newest = self._tracks.seen_at_s.max(initial=0.0)
        seen = self._tracks.take(self._tracks.seen_at_s == newest)
        return float(np.where(seen.is_new(), NEW_SPEED, seen.speeds()).max(initial=0.0))

    def _remembered(self, now_s: float) -> _Tracks:
        age_s = now_s - self._tracks.seen_at_s
        memory_s = np.where(self._tracks.is_at_rest(), max(self.memory_s, MISSED_S), MISSED_S)
        return self._tracks.take(age_s <= memory_s)

    def _numbered(self, faces: _Tracks, is_sure: np.ndarray) -> _Tracks:
        is_new = is_sure & (faces.ids == 0)
        ids = np.where(is_new, self._next_id - 1 + np.cumsum(is_new), faces.ids)
        self._next_id += int(is_new.sum())
        return replace(faces, ids=ids)


def _match(faces: _Tracks, tracks: _Tracks, now_s: float) -> np.ndarray:
    """Return the track's row of each face (N,), -1 for a new face."""
    age_s = now_s - tracks.seen_at_s
    reach = np.where(age_s <= MISSED_S, _reach(tracks, age_s), -1.0)
    rows = _nearest(_distances(faces, tracks, _expected_xy(tracks, now_s)), reach)
    # Motion first: a place is only for a face that no track brought along.
    left, free = np.flatnonzero(rows < 0), tracks.is_at_rest()
    free[rows[rows >= 0]] = False
    places = tracks.take(free)
    distances = _distances(faces.take(left), places, places.centres_xy)
    found = _nearest(distances, np.full(len(places), PLACE_REACH))
    rows[left[found >= 0]] = np.flatnonzero(free)[found[found >= 0]]
    return rows


def _match_doubtful(faces: _Tracks, tracks: _Tracks, free: np.ndarray, now_s: float) -> np.ndarray:
    """Return the free track's row (N,) of each face that is just where one is expected, or -1."""
    is_in_view = now_s - tracks.seen_at_s <= MISSED_S
    is_expected = free & is_in_view & (now_s - tracks.sure_at_s <= DOUBTFUL_S)
    reach = np.where(is_expected, PLACE_REACH, -1.0)
    return _nearest(_distances(faces, tracks, _expected_xy(tracks, now_s)), reach)


def _expected_xy(tracks: _Tracks, now_s: float) -> np.ndarray:
    """Return where their motion takes the tracks, (M, 2) px."""
    return tracks.centres_xy + tracks.velocities_xy * (now_s - tracks.seen_at_s)[:, None]


def _reach(tracks: _Tracks, age_s: np.ndarray) -> np.ndarray:
    """Return how far from its prediction each face may be (M,): it may have stopped, or turned."""
    speeds = np.where(tracks.is_new(), NEW_SPEED, UNSEEN_SPEED + tracks.speeds())
    most = np.where(tracks.is_at_rest(), MOST_REACH_AT_REST, MOST_REACH)
    return np.minimum(REACH + speeds * age_s, most)


def _distances(faces: _Tracks, tracks: _Tracks, places_xy: np.ndarray) -> np.ndarray:
    """Return how far faces (N) are from places (M, 2) of tracks and from their sizes, (N, M)."""
    x_px, y_px = (np.subtract.outer(faces.centres_xy[:, k], places_xy[:, k]) for k in (0, 1))
    apart_px = np.sqrt(x_px**2 + y_px**2)
    logs = np.subtract.outer(np.log(faces.sizes), np.log(tracks.sizes))
    return apart_px / np.sqrt(np.outer(faces.sizes, tracks.sizes)) + SIZE_WEIGHT * np.abs(logs)


def _nearest(distances: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Pair faces (N) with tracks (M), nearest first, as a share of the track's reach.

    So a walker of whom little is known yet may come from further away than who sits in a seat.

    Args:
        distances: (N, M) in sizes of the face.
        reach: (M,) how far away a face may be, in the same unit; below 0 for no face at all.

    Returns:
        (N,) the track's row, -1 for none.
    """
    rows = np.full(len(distances), -1)
    left = np.where(distances <= reach, distances / np.abs(reach), np.inf)
    # All who are nearest to each other pair at once: the same pairs as one by one, in few rounds.
    while left.size and np.isfinite(left.min()):
        track_of, face_of = left.argmin(axis=1), left.argmin(axis=0)
        numbers = np.arange(len(rows))
        is_pair = np.isfinite(left[numbers, track_of]) & (face_of[track_of] == numbers)
        rows[is_pair] = track_of[is_pair]
        left[is_pair] = np.inf
        left[:, track_of[is_pair]] = np.inf
    return rows


def _continued(faces: _Tracks, tracks: _Tracks, rows: np.ndarray) -> _Tracks:
    """Return the faces with number, age and motion of their tracks; 0 for those without."""
    is_old = rows >= 0
    before, seen = tracks.take(rows[is_old]), faces.take(is_old)
    elapsed_s = np.maximum(seen.seen_at_s - before.seen_at_s, 1e-3)[:, None]
    measured = (seen.centres_xy - before.centres_xy) / elapsed_s
    weight = 1 - np.exp(-elapsed_s / SPEED_S)
    weight[before.seen_at_s == before.since_s] = 1.0
    ids, velocities_xy = np.zeros(len(faces), np.int64), np.zeros((len(faces), 2))
    since_s, sure_at_s = faces.since_s.copy(), faces.sure_at_s.copy()
    ids[is_old], since_s[is_old] = before.ids, before.since_s
    sure_at_s[is_old] = np.maximum(before.sure_at_s, seen.sure_at_s)
    velocities_xy[is_old] = (1 - weight) * before.velocities_xy + weight * measured
    return replace(
        faces, ids=ids, since_s=since_s, velocities_xy=velocities_xy, sure_at_s=sure_at_s
    )


def _is_taken(lost: _Tracks, faces: _Tracks) -> np.ndarray:
    """Return (L,) whether somebody else now rests where a face was lost."""
    resting = faces.take(faces.is_at_rest())
    is_there = _distances(resting, lost, lost.centres_xy) <= PLACE_REACH
    return np.asarray(is_there.any(axis=0))
