"""Tests of shuffled, augmented batches."""

import numpy as np
import pytest

from webapp.training.augment import Augmentation
from webapp.training.batches import AugmentedBatches, mixed
from webapp.vision.preprocess import to_model_input

FACES = np.random.default_rng(0).integers(0, 256, (10, 48, 48), dtype=np.uint8)
TARGETS = np.eye(10, dtype=np.float32)


def batches(**changes) -> AugmentedBatches:
    options = {"batch_size": 4, "seed": 1, "epoch": 0, "augmentation": None} | changes
    return AugmentedBatches(FACES, TARGETS, **options)


def test_a_short_rest_is_left_to_the_next_epoch():
    assert len(batches()) == 2
    assert len(batches(batch_size=16)) == 1


def test_faces_keep_their_targets():
    inputs, targets = batches()[1]
    assert np.array_equal(inputs, to_model_input(FACES[targets.argmax(axis=1)]))


@pytest.mark.parametrize(
    "changes", [{}, {"augmentation": Augmentation()}, {"mixup": 0.2}, {"conditions": 0.5}]
)
def test_chance_follows_from_seed_and_epoch(changes):
    later = batches(**changes)
    first = later[0]
    later.on_epoch_end()
    for one, other in zip(later[0], batches(epoch=1, **changes)[0], strict=True):
        assert np.array_equal(one, other)
    assert not np.array_equal(first[0], later[0][0])


def test_faces_under_conditions_keep_their_targets():
    inputs, targets = batches(conditions=1.0)[0]
    clear, same = batches()[0]
    assert (inputs != clear).any(axis=(1, 2, 3)).all()
    assert np.array_equal(targets, same)


def test_a_teacher_sees_what_the_network_sees():
    seen = []

    def taught(inputs, targets):
        seen.append(inputs)
        return targets / 2

    inputs, targets = batches(mixup=0.2, augmentation=Augmentation(), taught=taught)[0]
    untaught_inputs, untaught_targets = batches(mixup=0.2, augmentation=Augmentation())[0]
    assert np.array_equal(seen[0], inputs)
    assert np.array_equal(inputs, untaught_inputs)
    assert np.array_equal(targets, untaught_targets / 2)


def test_classes_are_weighed_after_mixing_and_teaching():
    weights = np.linspace(0.5, 2, 10, dtype=np.float32)
    options = {"mixup": 0.2, "taught": lambda inputs, targets: targets / 2}
    weighed = batches(class_weights=weights, **options)[0][1]
    assert np.allclose(weighed, batches(**options)[0][1] * weights)


def test_faces_and_targets_are_mixed_alike():
    inputs = to_model_input(FACES)
    both, targets = mixed(inputs, TARGETS, 1.0, np.random.default_rng(0))
    assert both.dtype == targets.dtype == np.float32
    assert np.allclose(targets.sum(axis=1), 1)
    assert ((targets > 0).sum(axis=1) == 2).any()
    assert np.allclose(both, np.tensordot(targets, inputs, axes=1), atol=1e-5)
