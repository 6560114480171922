"""Shuffled, augmented batches."""

import keras
import numpy as np

from webapp.training.augment import Augmentation, augment
from webapp.vision.preprocess import to_model_input


class AugmentedBatches(keras.utils.PyDataset):
    """The same seed and epoch always give the same batches.

    Args:
        images: (N, 48, 48) uint8.
        targets: (N, C) float32, rows sum to 1.
        epoch: the first epoch, from 0.
        augmentation: how far faces are changed; None leaves them as they are.
    """

    def __init__(
        self,
        images: np.ndarray,
        targets: np.ndarray,
        batch_size: int,
        seed: int,
        epoch: int,
        augmentation: Augmentation | None,
    ) -> None:
        super().__init__()
        self._images, self._targets, self._batch_size = images, targets, batch_size
        self._seed, self._epoch, self._augmentation = seed, epoch, augmentation
        self._shuffle()

    def __len__(self) -> int:
        return max(1, len(self._images) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        images = self._images[rows]
        if self._augmentation:
            rng = np.random.default_rng((self._seed, self._epoch, index))
            images = augment(images, rng, self._augmentation)
        return to_model_input(images), self._targets[rows]

    def on_epoch_end(self) -> None:
        """Move on to the next epoch's order."""
        self._epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        rng = np.random.default_rng((self._seed, self._epoch))
        self._order = rng.permutation(len(self._images))
