"""Train a network: data, targets, start, phases, the complete model folder."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from webapp.training.augment import Augmentation
from webapp.training.averaging import put_mean_if_better
from webapp.training.balance import class_weights
from webapp.training.batches import AugmentedBatches
from webapp.training.checkpoint import EpochCheckpoint, Progress, read_checkpoint
from webapp.training.choosing import Chooser, EpochScore
from webapp.training.cleaning import without_flawed, without_voted_out
from webapp.training.dataset import FaceSet
from webapp.training.networks import build
from webapp.training.options import TrainOptions
from webapp.training.phases import phases, prepare, prepare_again
from webapp.training.precision import precision
from webapp.training.pretrained import put_earlier, put_pretrained
from webapp.training.publish import Trained, publish
from webapp.training.quick_layers import with_quick_layers
from webapp.training.resampling_blur import blurred, with_resampling_blur
from webapp.training.splits import choosing_part, load_splits
from webapp.training.teacher import Teachers, teacher_targets, with_teacher
from webapp.training.votes import Votes, agreed_votes, soft_targets
from webapp.vision.model_files import read_metadata, sha256
from webapp.vision.preprocess import to_model_input

SOME_FACES = 256
Taught = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass
class Run:
    """A network on its way, and how far it has come."""

    network: keras.Model
    progress: Progress


def train(options: TrainOptions) -> Path:
    """Train and write the model files of what did best on the validation part's choosing half.

    That is an epoch, or the mean of the last ones where `average` asks for it. What only reports
    has no say, see `splits.reporting_rows`.

    Returns:
        The folder with the model and its figures, see `publish.publish`.

    Raises:
        DatasetError: the data cannot be used.
        ModelError: the model to start or learn from cannot be used.
        TrainingError: the run cannot start, go on or be saved.
    """
    trained, validation_set = fit(options)
    publish(options.out, trained, validation_set, options.votes)
    return options.out


def fit(options: TrainOptions) -> tuple[Trained, FaceSet]:
    """Train without writing the model: `train` up to its last step.

    Returns:
        What did best, and the validation faces, of which `splits.choosing_part` chose it.

    Raises:
        As `train`.
    """
    options = options.with_recipe()
    _fix_chance(options)
    train_set, validation_set, report = _load(options)
    chooser = Chooser(choosing_part(validation_set), options.votes)
    settings = {**options.settings(), **digests(options, train_set, validation_set)}
    chain: tuple[str, ...] = ()
    if options.init:
        earlier = read_metadata(options.init)
        chain = (*earlier.init_chain, earlier.weights_sha256)
    with precision(options.precision) as policy:
        run = _start(options, settings, train_set)
        checkpoint = _go_through(run, options, train_set, chooser)
    network, averaged = _best(checkpoint, options, chooser)
    training = {**settings, **report, "policy": policy, **checkpoint.summary()}
    training["averaged_epochs"] = averaged
    trained = Trained(network, train_set.classes, training, chain, checkpoint.history)
    return trained, validation_set


def digests(options: TrainOptions, train_set: FaceSet, validation_set: FaceSet) -> dict[str, Any]:
    """Return what shows a resumed run whether it still learns from the same.

    That is the classes, and digests of pictures, votes and the models a run starts from.

    Raises:
        ModelError: a model to start or learn from cannot be used.
    """
    return {
        "classes": list(train_set.classes),
        "training_pictures_sha256": train_set.digest(),
        "validation_pictures_sha256": validation_set.digest(),
        "votes_file_sha256": sha256(options.votes) if options.votes else None,
        "init_weights_sha256": (
            read_metadata(options.init).weights_sha256 if options.init else None
        ),
        "teachers_weights_sha256": [
            read_metadata(folder).weights_sha256 for folder in options.teachers
        ],
    }


def _fix_chance(options: TrainOptions) -> None:
    keras.utils.set_random_seed(options.seed)
    if options.deterministic and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _load(options: TrainOptions) -> tuple[FaceSet, FaceSet, dict[str, Any]]:
    train_set, validation_set, test_fingerprints = load_splits(options.data)
    dropped: dict[str, int] = {}
    if options.clean:
        train_set, dropped = without_flawed(train_set, validation_set, test_fingerprints)
        if options.votes:
            train_set, dropped["flawed_by_votes"] = without_voted_out(train_set, options.votes)
    report = {
        "dropped": dropped,
        "train_counts": train_set.counts(),
        "validation_counts": validation_set.counts(),
        "choosing_counts": choosing_part(validation_set).counts(),
    }
    print(json.dumps(report, indent=1, ensure_ascii=False), flush=True)
    return train_set, validation_set, report


def _start(options: TrainOptions, settings: dict[str, Any], train_set: FaceSet) -> Run:
    if options.resume:
        return Run(*read_checkpoint(options.out, settings))
    classes = train_set.classes
    network = build(options.arch, len(classes), **_shape(options))
    if not options.init:
        rows = np.random.default_rng(0).permutation(len(train_set))[:SOME_FACES]
        faces = to_model_input(train_set.images[rows])
        put_pretrained(network, options.arch, options.pretrained, faces)
    elif not put_earlier(network, options.arch, classes, options.init):
        print(f"{options.init}: other classes, so the output layer starts anew", flush=True)
    return Run(with_quick_layers(network), Progress(settings))


def _shape(options: TrainOptions) -> dict[str, float | None]:
    return {"enlarged_px": options.enlarged_px, "width": options.width}


def _go_through(
    run: Run, options: TrainOptions, train_set: FaceSet, chooser: Chooser
) -> EpochCheckpoint:
    """Go through the phases, or what is left of them."""
    left = [phase for phase in phases(options) if phase.last > run.progress.epochs_done]
    # A teacher takes minutes to score all pictures; a run that is over needs no targets.
    targets = _targets(train_set, options) if left else np.empty(0)
    taught = _taught(options, train_set.classes) if left else None
    faces = chooser.faces
    one_hot = np.eye(len(faces.classes), dtype=np.float32)[faces.labels]
    validation = (_as_served(faces.images, options), one_hot)
    checkpoint = EpochCheckpoint(options.out, run.progress, options.patience, options.average)
    for phase in left:
        if checkpoint.is_patience_out():
            break
        first = max(phase.first, run.progress.epochs_done)
        batches = _batches(train_set, targets, options, first, taught)
        ready = prepare if first == phase.first else prepare_again
        ready(run.network, phase, options, len(batches))
        run.network.fit(
            batches,
            validation_data=validation,
            initial_epoch=first,
            epochs=phase.last,
            callbacks=[EpochScore(chooser, validation[0]), checkpoint],
            shuffle=False,  # The batches are; Keras would shuffle them again, by no seed of ours.
        )
    return checkpoint


def _best(
    checkpoint: EpochCheckpoint, options: TrainOptions, chooser: Chooser
) -> tuple[keras.Model, list[int]]:
    """Return the best network as it serves.

    Returns:
        The network, and the epochs, from 1, whose mean it holds; none where one alone is best.
    """
    network = build(options.arch, len(chooser.faces.classes), **_shape(options))
    checkpoint.restore_best(network)
    if options.augment:
        network = with_resampling_blur(network)
    states = checkpoint.last_states()
    if len(states) < 2 or not put_mean_if_better(network, states, chooser):
        return network, []
    done = len(checkpoint.history)
    return network, list(range(done - len(states) + 1, done + 1))


def _batches(
    train_set: FaceSet,
    targets: np.ndarray,
    options: TrainOptions,
    epoch: int,
    taught: Taught | None,
) -> AugmentedBatches:
    assert options.batch_size is not None
    augmentation = Augmentation() if options.augment else None
    counts, beta = list(train_set.counts().values()), options.class_balance
    return AugmentedBatches(
        train_set.images,
        targets,
        options.batch_size,
        options.seed,
        epoch,
        augmentation,
        options.mixup,
        taught,
        options.conditions,
        class_weights(np.array(counts), beta) if beta else None,
    )


def _taught(options: TrainOptions, classes: tuple[str, ...]) -> Taught | None:
    """Return what mixes the teachers' predictions of each view into its target."""
    if not (options.teachers and options.teach_views):
        return None
    teachers = Teachers(options.teachers, classes)
    return lambda inputs, targets: with_teacher(targets, teachers(inputs), options.teacher_share)


def _targets(train_set: FaceSet, options: TrainOptions) -> np.ndarray:
    votes = Votes(options.votes).counts(train_set) if options.votes else None
    if votes is not None:
        votes = agreed_votes(votes, options.votes_least)
    targets = soft_targets(train_set, votes, options.votes_share, options.smoothing)
    if options.teachers and not options.teach_views:
        taught = teacher_targets(options.teachers, train_set.images, train_set.classes)
        targets = with_teacher(targets, taught, options.teacher_share)
    return targets


def _as_served(images: np.ndarray, options: TrainOptions) -> np.ndarray:
    """Return faces as they come to the layers that learn once the network serves."""
    inputs = to_model_input(images)
    return keras.ops.convert_to_numpy(blurred(inputs)) if options.augment else inputs
