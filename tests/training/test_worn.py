import numpy as np
import pytest

from webapp.training import worn

FACE = np.random.default_rng(0).uniform(0, 255, (48, 48)).astype(np.float32)
EYES, MOUTH, FOREHEAD = np.s_[18:20, 14:17], np.s_[35:37, 20:28], np.s_[:8, :]
HIDDEN = {
    worn.dark_glasses: (EYES,),
    worn.face_mask: (MOUTH,),
    worn.clear_glasses: (),
    worn.beard: (np.s_[41:43, 20:28],),
    worn.hand: (),
}


@pytest.mark.parametrize("wear", HIDDEN, ids=lambda wear: wear.__name__)
@pytest.mark.parametrize("seed", range(5))
def test_it_covers_what_it_should_and_leaves_the_forehead(wear, seed):
    before = FACE.copy()
    shown = wear(FACE, np.random.default_rng(seed))
    assert np.array_equal(FACE, before)
    assert (shown.shape, shown.dtype) == (FACE.shape, np.float32)
    assert shown.min() > -60 and shown.max() < 260
    assert 0.04 < (shown != FACE).mean() < 0.6
    assert np.array_equal(shown[FOREHEAD], FACE[FOREHEAD])
    for part in HIDDEN[wear]:
        assert shown[part].std() < FACE[part].std() / 2


@pytest.mark.parametrize("seed", range(5))
def test_glasses_leave_the_mouth_a_beard_leaves_eyes_and_lips(seed):
    rng = np.random.default_rng(seed)
    for glasses in (worn.dark_glasses, worn.clear_glasses):
        assert np.array_equal(glasses(FACE, rng)[MOUTH], FACE[MOUTH])
    bearded = worn.beard(FACE, rng)
    assert np.array_equal(bearded[EYES], FACE[EYES])
    assert (bearded[35:37, 22:26] == FACE[35:37, 22:26]).mean() > 0.4


def test_no_two_masks_are_the_same():
    first, other = (worn.face_mask(FACE, np.random.default_rng(seed)) for seed in (1, 2))
    assert abs(first[MOUTH].mean() - other[MOUTH].mean()) > 1
