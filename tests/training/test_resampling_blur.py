"""Tests of the blur that serving shares with training's views."""

import keras
import numpy as np
import pytest

from webapp.training.augment import Augmentation, augment
from webapp.training.networks import build
from webapp.training.precision import precision
from webapp.training.resampling_blur import blurred, with_resampling_blur
from webapp.vision.model_files import load_network, save_model


def variance_px2(image: np.ndarray) -> np.ndarray:
    """Return how far brightness is spread along each axis."""
    weights = image / image.sum()
    moments = []
    for axis in (0, 1):
        share, at = weights.sum(axis=1 - axis), np.arange(image.shape[axis])
        moments.append(share @ at**2 - (share @ at) ** 2)
    return np.array(moments)


def point() -> np.ndarray:
    """Return a face that is dark but for one pixel, (1, 48, 48, 1)."""
    face = np.zeros((1, 48, 48, 1), np.float32)
    face[0, 24, 24, 0] = 1.0
    return face


def as_array(faces) -> np.ndarray:
    return keras.ops.convert_to_numpy(blurred(faces))[0, :, :, 0]


def test_a_point_is_spread_by_a_sixth_of_a_square_pixel():
    spread = as_array(point())
    assert spread.sum() == pytest.approx(1.0)
    assert variance_px2(spread) == pytest.approx(1 / 6, rel=1e-3)


def test_it_is_the_blur_of_the_training_views_in_the_mean():
    turned = Augmentation(scale=0.0, gamma=0.0, erase_probability=0.0, blur_probability=0.0)
    points = np.repeat((255 * point()[:, :, :, 0]).astype(np.uint8), 2000, axis=0)
    views = augment(points, np.random.default_rng(1), turned).astype(float)
    spread = np.mean([variance_px2(view) for view in views if view.sum()])
    assert spread == pytest.approx(1 / 6, rel=0.1)


def test_an_even_face_stays_so_up_to_its_border():
    even = np.full((1, 48, 48, 1), 0.4, np.float32)
    assert as_array(even) == pytest.approx(0.4)


def test_training_in_half_width_blurs_in_full():
    noise = np.random.default_rng(1).random((1, 48, 48, 1), np.float32)
    expected = as_array(noise)
    with precision("mixed_bfloat16"):
        assert np.array_equal(as_array(noise), expected)


def test_the_network_reads_what_it_read_of_blurred_faces():
    plain = build("cnn", 3, width=0.1)
    faces = np.random.default_rng(1).random((4, 48, 48, 1), np.float32)
    expected = plain(blurred(faces), training=False)
    assert np.allclose(with_resampling_blur(plain)(faces, training=False), expected, atol=1e-6)


def test_a_network_blurs_once():
    once = with_resampling_blur(build("cnn", 3, width=0.1))
    assert with_resampling_blur(once) is once


def test_it_is_saved_with_the_model_and_still_blurs_once(tmp_path):
    plain = build("cnn", 3, width=0.1)
    save_model(tmp_path, with_resampling_blur(plain), ("a", "b", "c"), {})
    loaded, metadata = load_network(tmp_path)
    assert with_resampling_blur(loaded) is loaded
    assert metadata.parameters == plain.count_params()
    for theirs, ours in zip(loaded.get_weights(), plain.get_weights(), strict=True):
        assert np.array_equal(theirs, ours)
