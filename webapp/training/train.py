"""Train a network: data, build, fit, save."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from webapp.core.errors import DatasetError, TrainingError
from webapp.training.augment import Augmentation, augment
from webapp.training.checkpoint import EpochCheckpoint, read_checkpoint
from webapp.training.dataset import FaceSet, load_splits, without_flawed
from webapp.training.networks import build
from webapp.training.votes import Votes, soft_targets
from webapp.vision.model_files import load_network, save_model
from webapp.vision.preprocess import to_model_input

WARM_UP_SHARE = 0.15
MOMENTUM = 0.9
# Keras multiplies this by the learning rate alone; with momentum 0.9 it acts like 5e-4 in the
# L2 form of the papers.
WEIGHT_DECAY = 5e-3


@dataclass(frozen=True)
class TrainOptions:
    """One training run.

    Attributes:
        data: image folder or `fer2013.csv`.
        out: folder for the model files and the checkpoint.
        votes: CSV with FER+ columns, or None.
        votes_share: weight of the votes in the targets.
        init: folder of a model to start from, or None.
        resume: go on from the checkpoint in `out`.
    """

    data: Path
    out: Path
    arch: str = "cnn"
    epochs: int = 36
    batch_size: int = 128
    peak_learning_rate: float = 0.1
    smoothing: float = 0.05
    votes: Path | None = None
    votes_share: float = 0.4
    seed: int = 1
    init: Path | None = None
    resume: bool = False


class AugmentedBatches(keras.utils.PyDataset):
    """Shuffled, augmented batches; the same seed and epoch always give the same batches."""

    def __init__(
        self, images: np.ndarray, targets: np.ndarray, batch_size: int, seed: int, epoch: int
    ) -> None:
        super().__init__()
        self._images, self._targets, self._batch_size = images, targets, batch_size
        self._seed, self._epoch = seed, epoch
        self._shuffle()

    def __len__(self) -> int:
        return max(1, len(self._images) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        rng = np.random.default_rng((self._seed, self._epoch, index))
        images = augment(self._images[rows], rng, Augmentation())
        return to_model_input(images), self._targets[rows]

    def on_epoch_end(self) -> None:
        """Move on to the next epoch's order."""
        self._epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        rng = np.random.default_rng((self._seed, self._epoch))
        self._order = rng.permutation(len(self._images))


@keras.saving.register_keras_serializable("evenkeel")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to the peak, then a cosine to zero (Smith 2018, arXiv:1803.09820)."""

    def __init__(self, peak: float, steps: int) -> None:
        self.peak, self.steps = peak, steps

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at a step."""
        step = keras.ops.cast(step, "float32")
        warm_up = max(1.0, WARM_UP_SHARE * self.steps)
        progress = keras.ops.clip((step - warm_up) / max(1.0, self.steps - warm_up), 0.0, 1.0)
        fall = 0.5 * (1.0 + keras.ops.cos(np.pi * progress))
        return self.peak * keras.ops.minimum(step / warm_up, fall)

    def get_config(self) -> dict[str, float]:
        """Return what the constructor needs."""
        return {"peak": self.peak, "steps": self.steps}


def train(options: TrainOptions) -> Path:
    """Train and write the model files of the epoch that did best on the validation part.

    Returns:
        The folder with `model.json`, `model.weights.h5`, `metadata.json` and `history.json`.

    Raises:
        DatasetError: the data cannot be used.
        TrainingError: the run cannot start, go on or be saved.
    """
    keras.utils.set_random_seed(options.seed)
    train_set, validation_set, report = _load(options)
    targets = _targets(train_set, options)
    network, start_epoch, history, init_chain = _start(options, train_set)
    batches = AugmentedBatches(
        train_set.images, targets, options.batch_size, options.seed, start_epoch
    )
    if not start_epoch:
        _compile(network, options, steps=len(batches) * options.epochs)
    checkpoint = EpochCheckpoint(options.out, _settings(options), history)
    network.fit(
        batches,
        validation_data=(to_model_input(validation_set.images), _one_hot(validation_set)),
        initial_epoch=start_epoch,
        epochs=options.epochs,
        callbacks=[checkpoint],
    )
    checkpoint.restore_best(network)
    training = {**_settings(options), **report, "best_epoch": checkpoint.best_epoch}
    save_model(options.out, network, train_set.classes, training, init_chain)
    (options.out / "history.json").write_text(json.dumps(checkpoint.history, indent=1) + "\n")
    return options.out


def _load(options: TrainOptions) -> tuple[FaceSet, FaceSet, dict[str, Any]]:
    train_set, validation_set = load_splits(options.data, options.seed)
    if len(train_set.classes) < 2:
        raise DatasetError(f"{options.data}: expected at least two classes, found one.")
    train_set, dropped = without_flawed(train_set, validation_set)
    if options.votes:
        flawed = Votes(options.votes).flawed(train_set)
        dropped["flawed_by_votes"] = int(flawed.sum())
        train_set = train_set.take(~flawed)
    report = {
        "dropped": dropped,
        "train_counts": train_set.counts(),
        "validation_counts": validation_set.counts(),
    }
    print(json.dumps(report, indent=1), flush=True)
    return train_set, validation_set, report


def _targets(train_set: FaceSet, options: TrainOptions) -> np.ndarray:
    votes = Votes(options.votes).counts(train_set) if options.votes else None
    return soft_targets(train_set, votes, options.votes_share, options.smoothing)


def _start(
    options: TrainOptions, train_set: FaceSet
) -> tuple[keras.Model, int, list[dict[str, float]], tuple[str, ...]]:
    """Return the network, the first epoch, the history so far and the chain of `--init`."""
    if options.resume:
        network, progress = read_checkpoint(options.out, _settings(options))
        return network, progress.epochs_done, progress.history, _chain(options)
    network = build(options.arch, len(train_set.classes))
    if options.init:
        start, metadata = load_network(options.init)
        if metadata.classes != train_set.classes or _shapes(start) != _shapes(network):
            raise TrainingError(
                f"{options.init}: its network or classes ({', '.join(metadata.classes)}) differ "
                f"from {options.arch} on {', '.join(train_set.classes)}. Leave --init out."
            )
        network.set_weights(start.get_weights())
    return network, 0, [], _chain(options)


def _shapes(network: keras.Model) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in network.weights]


def _chain(options: TrainOptions) -> tuple[str, ...]:
    if not options.init:
        return ()
    _, metadata = load_network(options.init)
    return (*metadata.init_chain, metadata.weights_sha256)


def _compile(network: keras.Model, options: TrainOptions, steps: int) -> None:
    optimizer = keras.optimizers.SGD(
        OneCycle(options.peak_learning_rate, steps),
        momentum=MOMENTUM,
        nesterov=True,
        weight_decay=WEIGHT_DECAY,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # XLA is slower than oneDNN for small convolutions on a CPU.
    network.compile(
        optimizer, loss="categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )


def _settings(options: TrainOptions) -> dict[str, Any]:
    """What must not change between a run and its resumption."""
    settings = asdict(options)
    for path in ("out", "resume"):
        settings.pop(path)
    settings["data"] = options.data.name
    settings["votes"] = options.votes.name if options.votes else None
    settings["init"] = options.init.name if options.init else None
    return settings


def _one_hot(faces: FaceSet) -> np.ndarray:
    return np.eye(len(faces.classes), dtype=np.float32)[faces.labels]
