"""Shuffled, augmented batches."""

from collections.abc import Callable

import keras
import numpy as np

from webapp.training.augment import Augmentation, augment
from webapp.training.conditions import under_conditions
from webapp.vision.preprocess import to_model_input

TEACHING_THREADS = 2


class AugmentedBatches(keras.utils.PyDataset):
    """The same seed and epoch always give the same batches.

    Args:
        images: (N, 48, 48) uint8.
        targets: (N, C) float32, rows sum to 1.
        epoch: the first epoch, from 0.
        augmentation: how far faces are changed; None leaves them as they are.
        mixup: how strongly faces are mixed in pairs, see `mixed`; 0 not at all.
        taught: takes inputs and targets as they came out and returns the targets to learn, such
            as those mixed with a teacher's predictions; None leaves them.
        conditions: share of the faces, in [0, 1], that are shown as `under_conditions` does.
        class_weights: (C,) float32 that the targets are multiplied by at last: the cross entropy
            is then that of the classes so weighted, its mean over what a target says. None for
            all alike.
    """

    def __init__(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        batch_size: int,
        seed: int,
        epoch: int,
        augmentation: Augmentation | None,
        mixup: float = 0.0,
        taught: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
        conditions: float = 0.0,
        class_weights: np.ndarray | None = None,
    ) -> None:
        # Teachers score the next batches while the network learns from this one.
        super().__init__(workers=TEACHING_THREADS if taught else 1)
        self._images, self._targets, self._batch_size = images, targets, batch_size
        self._seed, self._epoch, self._augmentation = seed, epoch, augmentation
        self._mixup, self._taught = mixup, taught
        self._conditions, self._class_weights = conditions, class_weights
        self._shuffle()

    def __len__(self) -> int:
        return max(1, len(self._images) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        images = self._images[rows]
        rng = np.random.default_rng((self._seed, self._epoch, index))
        if self._conditions:
            images = under_conditions(images, rng, self._conditions)
        if self._augmentation:
            images = augment(images, rng, self._augmentation)
        inputs, targets = to_model_input(images), self._targets[rows]
        if self._mixup:
            inputs, targets = mixed(inputs, targets, self._mixup, rng)
        if self._taught:
            targets = self._taught(inputs, targets)
        return inputs, targets if self._class_weights is None else targets * self._class_weights

    def on_epoch_end(self) -> None:
        """Move on to the next epoch's order."""
        self._epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        rng = np.random.default_rng((self._seed, self._epoch))
        self._order = rng.permutation(len(self._images))


def mixed(
    inputs: np.ndarray, targets: np.ndarray, alpha: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lay another face of the batch over each, and mix their targets alike.

    mixup of Zhang et al. 2018, arXiv:1710.09412, with a share of its own for every pair.

    Args:
        inputs: (N, H, W, 1) float32.
        targets: (N, C) float32, rows sum to 1.
        alpha: above 0; the shares follow Beta(alpha, alpha).
    """
    others = rng.permutation(len(inputs))
    shares = rng.beta(alpha, alpha, (len(inputs), 1)).astype(np.float32)
    of_inputs = shares[:, :, None, None]
    return (
        of_inputs * inputs + (1 - of_inputs) * inputs[others],
        shares * targets + (1 - shares) * targets[others],
    )
