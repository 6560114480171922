import numpy as np
import pytest

from webapp.core.quality import sharpness
from webapp.training import worn
from webapp.training.conditions import HAPPENINGS, Condition, compressed, under_conditions

FACES = np.random.default_rng(0).integers(0, 256, (16, 48, 48)).astype(np.uint8)
CONDITIONS = {
    "sunglasses": Condition(worn=worn.dark_glasses),
    "side light": Condition(side_light=0.9),
    "turned": Condition(turn_deg=30),
    "tilted": Condition(tilt_deg=15),
    "60 px": Condition(size_px=60),
    "24 px": Condition(size_px=24),
    "motion": Condition(motion=0.15),
    "defocus": Condition(defocus=0.03),
    "low light": Condition(light=0.3, noise=5),
    "JPEG": Condition(jpeg_quality=40),
    "all at once": Condition(worn.hand, 0.5, -20, 10, 30, 0.1, 0.02, 0.5, 4, 60),
}


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_without_a_condition_the_same_pixels_come_back():
    assert np.array_equal(Condition().show(FACES[0], rng()), FACES[0])


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_changes_a_face_the_same_way_every_time(condition):
    before = FACES[0].copy()
    shown = condition.show(FACES[0], rng())
    assert (shown.shape, shown.dtype) == ((48, 48), np.uint8)
    assert np.array_equal(FACES[0], before)
    assert not np.array_equal(shown, before)
    assert np.array_equal(shown, condition.show(FACES[0], rng()))


@pytest.mark.parametrize("name", ["24 px", "motion", "defocus"])
def test_far_moving_and_unfocused_faces_are_less_sharp(name):
    coarse = np.kron(FACES[0, :16, :16], np.ones((3, 3))).astype(np.uint8)
    clear, blurred = sharpness(np.stack([coarse, CONDITIONS[name].show(coarse, rng())]))
    assert blurred < 0.6 * clear


def test_little_light_darkens_and_a_hard_light_does_so_on_one_side():
    grey = np.full((48, 48), 150, np.uint8)
    dim = CONDITIONS["low light"].show(grey, rng())
    assert 40 < dim.mean() < 50 and 3 < dim.std() < 7
    lit = CONDITIONS["side light"].show(grey, rng()).astype(int)
    assert lit.max() > 180 and lit.min() < 40


def test_a_smear_keeps_brightness_whatever_its_direction():
    grey = np.full((48, 48), 150, np.uint8)
    for seed in range(5):
        assert abs(CONDITIONS["motion"].show(grey, rng(seed)).astype(int) - 150).max() <= 1


def test_stronger_compression_loses_more():
    lost = [abs(compressed(FACES[0], q).astype(int) - FACES[0]).mean() for q in (90, 60, 30)]
    assert lost == sorted(lost) and lost[0] > 0


def test_the_share_of_faces_under_conditions():
    for share, changed in ((0.0, 0), (1.0, 16)):
        shown = under_conditions(FACES, rng(), share)
        assert (shown.shape, shown.dtype) == (FACES.shape, np.uint8)
        assert (shown != FACES).any(axis=(1, 2)).sum() == changed
    half = (under_conditions(FACES, rng(), 0.5) != FACES).any(axis=(1, 2)).sum()
    assert 3 < half < 13


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_everything_that_may_be_drawn_can_be_shown(happening):
    condition = Condition(**happening(rng()))
    assert condition.show(FACES[0], rng()).shape == (48, 48)
