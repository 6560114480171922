import numpy as np
import pytest

from webapp.training.balance import class_weights


@pytest.mark.parametrize(
    ("counts", "beta", "expected"),
    [
        ([3, 1], 0.0, [1, 1]),
        # Effective numbers 1.75 and 1: weights 4/7 and 1, of which four pictures have 19/28.
        ([3, 1], 0.5, [16 / 19, 28 / 19]),
        ([300, 100], 0.9999999, [2 / 3, 2]),
        ([4, 0], 0.5, [1, 1.875]),
    ],
)
def test_classes_weigh_by_the_effective_number_of_their_pictures(counts, beta, expected):
    weights = class_weights(np.array(counts), beta)
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights, expected, rtol=1e-4)
