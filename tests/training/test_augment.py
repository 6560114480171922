import numpy as np

from webapp.training.augment import Augmentation, augment

STILL = Augmentation(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
FACES = np.random.default_rng(0).integers(0, 256, (16, 48, 48)).astype(np.uint8)


def test_nothing_to_augment_keeps_shape_and_type():
    changed = augment(FACES, np.random.default_rng(1), Augmentation())
    assert changed.shape == FACES.shape
    assert changed.dtype == np.uint8


def test_the_same_seed_gives_the_same_pictures():
    first, second, other = (
        augment(FACES, np.random.default_rng(seed), Augmentation()) for seed in (1, 1, 2)
    )
    assert (first == second).all()
    assert (first != other).any()


def test_without_any_amount_only_the_mirror_image_is_left():
    for before, after in zip(FACES, augment(FACES, np.random.default_rng(1), STILL), strict=True):
        assert (after == before).all() or (after == before[:, ::-1]).all()


def test_erasing_changes_a_part_and_leaves_the_rest():
    always = Augmentation(0.0, 0.0, 0.0, 0.0, erase_probability=1.0, blur_probability=0.0)
    for before, after in zip(FACES, augment(FACES, np.random.default_rng(1), always), strict=True):
        share = min((after != before).mean(), (after != before[:, ::-1]).mean())
        assert 0 < share < 0.3
