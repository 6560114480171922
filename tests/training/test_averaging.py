"""Tests of averaged weights."""

import keras
import numpy as np
import pytest

from webapp.training.averaging import mean_weights, put_mean_if_better
from webapp.training.dataset import FaceSet


def network(*columns: float) -> keras.Model:
    """Sees the mean brightness alone; the class with the largest weight wins."""
    inputs = keras.Input((48, 48, 1))
    scores = keras.layers.Dense(2, activation="softmax")
    model = keras.Model(inputs, scores(keras.layers.GlobalAveragePooling2D()(inputs)))
    model.set_weights([np.array([columns], np.float32), np.zeros(2, np.float32)])
    return model


@pytest.fixture
def states(tmp_path):
    paths = []
    for number, columns in enumerate([(0.0, 3.0), (2.0, 3.0)]):
        paths.append(tmp_path / f"{number}.keras")
        network(*columns).save(paths[-1])
    return paths


@pytest.fixture
def faces():
    images = np.full((4, 48, 48), 200, np.uint8)
    return FaceSet(images, np.ones(4, int), ("a", "b", "c", "d"), ("calm", "tense"))


def test_every_weight_is_averaged(states):
    kernel, bias = mean_weights(states)
    assert kernel.tolist() == [[1.0, 3.0]]
    assert bias.dtype == kernel.dtype == np.float32


def test_the_mean_is_taken_where_it_reads_better(states, faces):
    worse = network(5.0, 0.0)
    assert put_mean_if_better(worse, states, faces)
    assert worse.get_weights()[0].tolist() == [[1.0, 3.0]]


def test_the_best_epoch_stays_where_the_mean_is_no_better(states, faces):
    as_good = network(0.0, 9.0)
    assert not put_mean_if_better(as_good, states, faces)
    assert as_good.get_weights()[0].tolist() == [[0.0, 9.0]]
