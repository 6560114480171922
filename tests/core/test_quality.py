import numpy as np
import pytest

from webapp.core.faces import Faces
from webapp.core.quality import (
    READABLE,
    Quality,
    QualityLimits,
    ReadableFaces,
    is_readable,
    sharpness,
    turns_deg,
)

LIMITS = QualityLimits(least_height_px=20.0, least_sharpness=0.1, most_turn_deg=45.0)
RNG = np.random.default_rng(0)
# As `faces.LANDMARKS`: half the distance between the eyes is 30.
FACE_XY = np.array([[-30.0, 0], [30, 0], [0, 35], [-25, 60], [25, 60]])


def quality(height_px: float = 60.0, sharp: float = 0.5, turn_deg: float = 0.0) -> Quality:
    return Quality(*(np.array([figure]) for figure in (height_px, sharp, turn_deg)))


def blurred(crops: np.ndarray, times: int, axes: tuple[int, ...] = (1, 2)) -> np.ndarray:
    """Average neighbours so many times, along some axes."""
    for _ in range(times):
        for axis in axes:
            crops = (np.roll(crops, 1, axis) + 2 * crops + np.roll(crops, -1, axis)) / 4
    return crops


def stretched(crops: np.ndarray) -> np.ndarray:
    low, high = crops.min(), crops.max()
    return (255 * (crops - low) / (high - low)).astype(np.uint8)


SHARP = blurred(RNG.uniform(0, 255, (1, 48, 48)), 2)


def turned(deg: float, lean_deg: float = 0.0) -> np.ndarray:
    """Turn a head whose nose stands out by 27 where half the distance of its eyes is 31.6."""
    turn, lean = np.radians([deg, lean_deg])
    depths = np.array([0, 0, 30 / 31.6 * 27, 0, 0])
    x = FACE_XY[:, 0] * np.cos(turn) + depths * np.sin(turn)
    flat = np.stack([x, FACE_XY[:, 1]], axis=1)
    leaning = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    return (flat @ leaning.T + 200)[None]


def test_nobody_has_a_quality():
    nobody = Quality.of(Faces.empty(), np.zeros((0, 48, 48), np.uint8))
    assert len(nobody) == 0 and is_readable(nobody).shape == (0,)


def test_arrays_of_different_length_are_rejected():
    with pytest.raises(ValueError, match="three arrays of one length"):
        Quality(np.zeros(2), np.zeros(2), np.zeros(1))


@pytest.mark.parametrize(
    ("face", "readable"),
    [
        (quality(), True),
        (quality(height_px=20.0, sharp=0.1, turn_deg=45.0), True),
        (quality(height_px=19.9), False),
        (quality(sharp=0.09), False),
        (quality(turn_deg=45.1), False),
        (quality(turn_deg=np.nan), True),
        (Quality.unknown(1), True),
    ],
)
def test_what_is_too_low_too_blurred_or_turned_too_far_is_not_readable(face, readable):
    assert is_readable(face, LIMITS).tolist() == [readable]


@pytest.mark.parametrize(
    "course",
    [
        [
            (quality(height_px=21), False),
            (quality(height_px=22), True),
            (quality(height_px=20), True),
            (quality(height_px=19.9), False),
            (quality(height_px=21), False),
        ],
        [(quality(sharp=0.1), True), (quality(sharp=0.08), True), (quality(sharp=0.079), False)],
        [(quality(), True), (quality(turn_deg=66), True), (quality(turn_deg=66.1), False)],
    ],
)
def test_a_face_that_is_read_stays_so_until_it_is_clearly_beyond_a_limit(course):
    step = ReadableFaces().step
    assert [step(np.array([7]), face).tolist() for face, _ in course] == [[r] for _, r in course]


def test_only_the_track_that_was_read_is_read_on():
    step = ReadableFaces().step
    both = Quality.joined([quality(height_px=21), quality(height_px=21)])
    assert step(np.zeros(0, np.int64), Quality.unknown(0)).shape == (0,)
    assert step(np.array([1, 2]), Quality.joined([quality(), quality(19.0)])).tolist() == [
        True,
        False,
    ]
    assert step(np.array([2, 1]), both).tolist() == [False, True]
    assert step(np.array([3]), quality(height_px=21)).tolist() == [False]
    assert step(np.array([1]), quality(height_px=21)).tolist() == [False]


def test_the_height_is_that_of_the_box():
    faces = Faces.from_boxes(np.array([[0.0, 10, 30, 50]]))
    assert Quality.of(faces, stretched(SHARP)).heights_px.tolist() == [40.0]


def test_blur_in_any_direction_lowers_the_sharpness():
    sharp = sharpness(stretched(SHARP))[0]
    for axes in ((1, 2), (1,), (2,)):
        figures = [sharpness(stretched(blurred(SHARP, times, axes)))[0] for times in (4, 16, 64)]
        assert sharp > figures[0] > figures[1] > figures[2]


def test_contrast_does_not_change_the_sharpness():
    faint = (100 + 0.2 * SHARP).astype(np.uint8)
    assert sharpness(faint) == pytest.approx(sharpness(stretched(SHARP)), rel=0.1)


def test_noise_does_not_make_a_blurred_face_sharp():
    soft = stretched(blurred(SHARP, 128)).astype(float)
    noisy = np.clip(soft + RNG.normal(0, 4, soft.shape), 0, 255).astype(np.uint8)
    assert sharpness(noisy)[0] < READABLE.least_sharpness < sharpness(stretched(SHARP))[0]


def test_a_crop_of_one_grey_has_no_sharpness():
    assert sharpness(np.full((1, 48, 48), 90, np.uint8)).tolist() == [0.0]


@pytest.mark.parametrize("deg", [0.0, 20.0, -40.0, 60.0])
@pytest.mark.parametrize("lean_deg", [0.0, 30.0])
def test_a_turn_is_known_by_the_nose_however_the_head_leans(deg, lean_deg):
    assert turns_deg(turned(deg, lean_deg))[0] == pytest.approx(abs(deg), abs=0.5)


def test_without_landmarks_nobody_knows_the_turn():
    assert np.isnan(turns_deg(Faces.from_boxes(np.zeros((2, 4))).landmarks_xy)).all()
