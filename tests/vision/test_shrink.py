import numpy as np
import pytest

from webapp.vision.shrink import shrink_to_width


@pytest.mark.parametrize(
    ("size_wh", "expected_wh"),
    [
        ((100, 50), (100, 50)),
        ((100, 400), (100, 400)),
        ((150, 50), (100, 33)),
        ((200, 50), (100, 25)),
        ((1000, 1), (100, 1)),
        ((200, 1000), (80, 400)),
        ((50, 4000), (5, 400)),
        ((1, 9000), (1, 400)),
        ((1037, 713), (100, 69)),
    ],
)
def test_the_area_is_bounded_and_the_way_back_returned(size_wh, expected_wh):
    small, back = shrink_to_width(np.zeros((size_wh[1], size_wh[0], 3), np.uint8), 100)
    assert small.shape == (expected_wh[1], expected_wh[0], 3)
    # What halving leaves out at the right and at the bottom is less than a pixel of the result.
    assert (np.abs(back * expected_wh - size_wh) < np.maximum(back, 1)).all()


@pytest.mark.parametrize("size_wh", [(101, 77), (350, 350), (641, 479), (1999, 1501)])
def test_what_lies_somewhere_is_found_there(size_wh):
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    middle_xy = np.array(size_wh) * [0.7, 0.4]
    x0, y0 = np.rint(middle_xy - 0.05 * size_wh[0]).astype(int)
    x1, y1 = np.rint(middle_xy + 0.05 * size_wh[0]).astype(int)
    image[y0:y1, x0:x1] = 255
    small, back = shrink_to_width(image, 90)
    rows, columns = np.nonzero(small[:, :, 0] > 127)
    found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(found * np.tile(back, 2) - [x0, y0, x1, y1]).max() <= 0.75 * back.max()


@pytest.mark.parametrize("size_wh", [(350, 350), (1920, 1080), (4001, 3001)])
def test_every_pixel_counts(size_wh):
    noise = np.random.default_rng(1).integers(0, 256, (size_wh[1], size_wh[0], 3), np.uint8)
    small, back = shrink_to_width(noise, 90)
    assert abs(small.mean() - noise.mean()) < 2
    assert small.std() < 1.5 * noise.std() / back.mean()
