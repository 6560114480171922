"""How well faces can be seen, and which are seen too badly for their expression to be read.

`python -m benchmarks.readable` measures how often the network is right by height, sharpness and
turn; the limits below are chosen by it, and benchmarks/README.md has its figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.core.faces import Faces

# Second differences span so many pixels of a crop to either side: finer ones are mostly noise.
SPAN_PX = 2
# Half the distance between the eyes over how far the nose's tip stands out before them, on the
# average head: about 32 over 27 mm.
EYES_OVER_NOSE = 1.17
# What a face that is all one grey would be divided by.
LEAST_VARIANCE = 1.0


@dataclass(frozen=True)
class QualityLimits:
    """From where on a face is seen too badly to be read.

    Attributes:
        least_height_px: of its box, in pixels of the full picture.
        least_sharpness: see `sharpness`.
        most_turn_deg: see `turns_deg`.
    """

    least_height_px: float
    least_sharpness: float
    most_turn_deg: float


# By the half of the faces that is not set aside, as EfficientNet-Lite0 reads them, which served
# before: where fewer than half as many angry and fearful faces show as undisturbed, and fewer than
# 60 % are read right. The height lay between what faces placed exactly allowed (18 px) and what
# found ones did (26 px). No turn that clear faces often have is too far: 60 degrees lose 1.6 % of
# them. The present network reads worse faces than these, see `benchmarks.readable`.
READABLE = QualityLimits(least_height_px=22.0, least_sharpness=0.09, most_turn_deg=60.0)
# How far one may fall that has been read: without that, a face that stays at a limit is read in one
# frame and not in the next, and people in view are counted up and down with it.
STILL_READABLE = QualityLimits(least_height_px=20.0, least_sharpness=0.08, most_turn_deg=66.0)
# From here on faces are read as well as undisturbed ones, and from here on nearly as well.
SHARP, A_LITTLE_BLURRED = 0.3, 0.15


@dataclass(frozen=True)
class Quality:
    """How well N faces can be seen; N = 0 is normal.

    Attributes:
        heights_px: (N,) of the boxes, in pixels of the full picture.
        sharpness: (N,) 0 and above, see `sharpness`.
        turns_deg: (N,) 0 (to the camera) to 90 (profile); NaN where nobody knows.
    """

    heights_px: np.ndarray
    sharpness: np.ndarray
    turns_deg: np.ndarray

    def __post_init__(self) -> None:
        expected = ((len(self.heights_px),),) * 3
        got = (self.heights_px.shape, self.sharpness.shape, self.turns_deg.shape)
        if got != expected:
            raise ValueError(f"expected three arrays of one length, got {got}")

    @classmethod
    def of(cls, faces: Faces, crops: np.ndarray) -> "Quality":
        """Measure N faces by what a detector gave and by their crops, (N, 48, 48) uint8."""
        heights_px = faces.boxes_xyxy[:, 3] - faces.boxes_xyxy[:, 1]
        return cls(heights_px.astype(float), sharpness(crops), turns_deg(faces.landmarks_xy))

    @classmethod
    def unknown(cls, count: int) -> "Quality":
        """Return faces of which nothing is known; every limit is passed."""
        return cls(*np.full((3, count), np.nan))

    @classmethod
    def joined(cls, parts: "Sequence[Quality]") -> "Quality":
        """Return the faces of all parts, one part after the other."""
        return cls(
            np.concatenate([part.heights_px for part in parts]),
            np.concatenate([part.sharpness for part in parts]),
            np.concatenate([part.turns_deg for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.heights_px)

    def take(self, rows: np.ndarray) -> "Quality":
        """Return the given rows (indices or a boolean mask), in that order."""
        return Quality(self.heights_px[rows], self.sharpness[rows], self.turns_deg[rows])


def is_readable(quality: Quality, limits: QualityLimits = READABLE) -> np.ndarray:
    """Return which faces are seen well enough, (N,) bool; what is unknown speaks against none."""
    return ~(
        (quality.heights_px < limits.least_height_px)
        | (quality.sharpness < limits.least_sharpness)
        | (quality.turns_deg > limits.most_turn_deg)
    )


class ReadableFaces:
    """Tells which faces of each frame are read, without flicker at the limits."""

    def __init__(self) -> None:
        self._read_ids = np.zeros(0, np.int64)

    def step(self, track_ids: np.ndarray, quality: Quality) -> np.ndarray:
        """Take this frame's faces.

        Args:
            track_ids: (N,) int; N may be 0.
            quality: of the N faces.

        Returns:
            (N,) bool: those within `READABLE`, and those within `STILL_READABLE` whose track was
            read in the frame before.
        """
        is_going_on = np.isin(track_ids, self._read_ids) & is_readable(quality, STILL_READABLE)
        readable = is_readable(quality) | is_going_on
        self._read_ids = track_ids[readable]
        return readable


def sharpness(crops: np.ndarray) -> np.ndarray:
    """Measure how much fine detail there is in crops (N, 48, 48) uint8, whatever their contrast.

    The energy of second differences over the variance: the "energy of Laplacian" of autofocus
    (Subbarao et al. 1993; compared with others by Pertuz et al. 2013), made to suit small crops.
    Smoothing by 1-2-1 both ways takes most of the noise away. Of the energies down and across,
    the smaller one counts, twice, since motion blurs one direction alone.

    Returns:
        (N,) 0 and above, about 0.6 for the median face of FER-2013.
    """
    smooth = _smoothed(crops.astype(float))
    span = SPAN_PX
    down = smooth[:, : -2 * span] - 2 * smooth[:, span:-span] + smooth[:, 2 * span :]
    across = smooth[..., : -2 * span] - 2 * smooth[..., span:-span] + smooth[..., 2 * span :]
    energies = [(differences**2).mean(axis=(1, 2)) for differences in (down, across)]
    variances = np.maximum(smooth.var(axis=(1, 2)), LEAST_VARIANCE)
    return np.asarray(2.0 * np.minimum(*energies) / variances)


def turns_deg(landmarks_xy: np.ndarray) -> np.ndarray:
    """Estimate how far heads are turned to a side, by the nose's place between eyes and mouth.

    The nose's tip stands out, so a turn takes it off the line from between the eyes to between the
    corners of the mouth, and takes the eyes nearer to each other. How far the head leans to a
    shoulder does not matter. Good to some ten degrees: noses differ.

    Args:
        landmarks_xy: (N, 5, 2) in the order of `faces.LANDMARKS`.

    Returns:
        (N,) 0-90; NaN where there are no landmarks.
    """
    right_eye, left_eye, nose, right_mouth, left_mouth = np.moveaxis(
        landmarks_xy.astype(float), 1, 0
    )
    eyes, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    down = mouth - eyes
    sideways = np.stack([-down[:, 1], down[:, 0]], axis=1)
    # Both are multiples of the same length, which their ratio is free of.
    off_line = np.abs(((nose - eyes) * sideways).sum(axis=1))
    half_eyes = np.abs(((left_eye - right_eye) * sideways).sum(axis=1)) / 2
    return np.asarray(np.degrees(np.arctan2(EYES_OVER_NOSE * off_line, half_eyes)))


def _smoothed(images: np.ndarray) -> np.ndarray:
    """Smooth (N, H, W) by 1-2-1 both ways; returns (N, H - 2, W - 2)."""
    rows = (images[:, :-2] + 2 * images[:, 1:-1] + images[:, 2:]) / 4
    return (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 4
