"""Composite faces: the average of many different people who look alike and show the same."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

LEAST_MEMBERS = 10
MEMBERS = 14
# Two pictures that agree more than this are taken for copies, or for one person twice.
COPY_CORRELATION = 0.94
COMPARED_PX = 48
FLOW_BLURS_PX = (14, 10, 9)
# A hand before a mouth, or a tooth taken for a lip, must not tear the face.
FLOW_SOFTENING_PX = 1.5
LONGEST_SHIFT_PX = 8
MIDDLE_GREY, GREY_CONTRAST = 128, 40


@dataclass(frozen=True)
class Pool:
    """Aligned pictures to choose from.

    Attributes:
        faces: (N, S, S) float16, each of mean 0 and deviation 1 over the face's oval.
        compared: (N, 48, 48) float32, the same, small and soft.
        labels: N expressions.
        files: N names.
    """

    faces: np.ndarray
    compared: np.ndarray
    labels: np.ndarray
    files: np.ndarray

    @classmethod
    def of(cls, pictures: np.ndarray, labels: list[str], files: list[str]) -> "Pool":
        """Build from aligned pictures (N, S, S) uint8."""
        faces = np.stack([standardised(picture).astype(np.float16) for picture in pictures])
        compared = np.stack([_small(face.astype(np.float32)) for face in faces])
        return cls(faces, compared, np.array(labels), np.array(files))


@dataclass(frozen=True)
class Composite:
    """An average face.

    Attributes:
        face: (S, S) float32, mean 0 and deviation 1 over the face's oval.
        files: the pictures it is the average of.
        closest: the highest correlation of the average with one of them.
    """

    face: np.ndarray
    files: tuple[str, ...]
    closest: float


def compose(pool: Pool, seed_row: int, expression: str, members: int = MEMBERS) -> Composite:
    """Average the faces of one expression that look most like a seed face.

    Raises:
        ValueError: fewer than `LEAST_MEMBERS` different people are there.
    """
    rows, mirrored = _most_alike(pool, seed_row, expression, members)
    if len(rows) < LEAST_MEMBERS:
        raise ValueError(
            f"expected {LEAST_MEMBERS} different people for {expression}, found {len(rows)}"
        )
    faces = [pool.faces[row].astype(np.float32) for row in rows]
    faces = [
        face[:, ::-1] if mirror else face for face, mirror in zip(faces, mirrored, strict=True)
    ]
    average = standardised(_congealed_mean(faces))
    closest = max(_correlation(_small(average), _small(face)) for face in faces)
    return Composite(average, tuple(pool.files[rows].tolist()), closest)


def standardised(face: np.ndarray) -> np.ndarray:
    """Return float32 of mean 0 and deviation 1 over the face's oval, within plus or minus 3."""
    oval = face_oval(face.shape[0]) > 0.5
    inside = face[oval].astype(np.float32)
    return np.clip((face - inside.mean()) / max(float(inside.std()), 1e-6), -3, 3).astype(
        np.float32
    )


def face_oval(side_px: int, softness: float = 0.02) -> np.ndarray:
    """Return a mask (S, S) float32, 1 within the face's outline, falling to 0 around it."""
    y, x = np.mgrid[0:side_px, 0:side_px] / (side_px - 1)
    radius = np.hypot((x - 0.5) / 0.345, (y - 0.52) / 0.48)
    return np.clip((1 - radius) / softness + 0.5, 0, 1).astype(np.float32)


def flow_between(from_face: np.ndarray, to_face: np.ndarray, blur_px: float) -> np.ndarray:
    """Return where every pixel of one face lies in the other, (S, S, 2) shifts, smoothed."""
    greys = (
        np.clip(face * GREY_CONTRAST + MIDDLE_GREY, 0, 255).astype(np.uint8)
        for face in (from_face, to_face)
    )
    before, after = (cv2.GaussianBlur(grey, (0, 0), FLOW_SOFTENING_PX) for grey in greys)
    # Typed as Any: OpenCV's stubs do not know that the first guess may be left out.
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = search.calc(before, after, None)
    return cv2.GaussianBlur(np.clip(flow, -LONGEST_SHIFT_PX, LONGEST_SHIFT_PX), (0, 0), blur_px)


def shifted(face: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Return the face read at every pixel plus its shift."""
    y, x = np.mgrid[0 : face.shape[0], 0 : face.shape[1]].astype(np.float32)
    return cv2.remap(
        face, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _most_alike(
    pool: Pool, seed_row: int, expression: str, members: int
) -> tuple[list[int], list[bool]]:
    candidates = np.flatnonzero(pool.labels == expression)
    seed, weights = pool.compared[seed_row], _identity_weights(expression)
    faces = pool.compared[candidates]
    plain = ((faces - seed) ** 2 * weights).sum(axis=(1, 2))
    mirror = ((faces[:, :, ::-1] - seed) ** 2 * weights).sum(axis=(1, 2))
    rows: list[int] = []
    for place in np.argsort(np.minimum(plain, mirror), kind="stable"):
        if not _is_copy(pool, candidates[place], rows):
            rows.append(int(candidates[place]))
        if len(rows) == members:
            break
    flips = dict(zip(candidates.tolist(), (mirror < plain).tolist(), strict=True))
    return rows, [flips[row] for row in rows]


def _is_copy(pool: Pool, row: int, chosen: list[int]) -> bool:
    face = pool.compared[row]
    return any(
        _correlation(face, other) > COPY_CORRELATION
        for index in chosen
        for other in (pool.compared[index], pool.compared[index][:, ::-1])
    )


def _identity_weights(expression: str) -> np.ndarray:
    y, x = np.mgrid[0:COMPARED_PX, 0:COMPARED_PX]
    middle = (COMPARED_PX - 1) / 2
    weights = np.exp(-(((x - middle) / 22) ** 4 + ((y - middle) / 24) ** 4))
    if expression == "neutral":
        return weights
    # A laughing mouth never resembles a calm one: hair, outline and nose must show who it is.
    weights[(y > 31) & (abs(x - middle) < 13)] *= 0.15
    weights[(y > 11) & (y < 23)] *= 0.5
    return weights


def _congealed_mean(faces: list[np.ndarray]) -> np.ndarray:
    """Average after warping every face to the average so far, or the mean would be a blur."""
    current = faces
    for blur_px in FLOW_BLURS_PX:
        mean = np.mean(current, axis=0)
        flows = [flow_between(mean, face, blur_px) for face in faces]
        drift = np.mean(flows, axis=0)
        current = [shifted(face, flow - drift) for face, flow in zip(faces, flows, strict=True)]
    return np.mean(current, axis=0)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    oval = face_oval(a.shape[0]) > 0.5
    return float(np.corrcoef(a[oval], b[oval])[0, 1])


def _small(face: np.ndarray) -> np.ndarray:
    small = cv2.resize(face, (COMPARED_PX, COMPARED_PX), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), 1)
