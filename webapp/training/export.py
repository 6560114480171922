"""Compiles a trained network for LiteRT and checks that the copy scores faces alike."""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np

from webapp.core.errors import ModelError, TrainingError
from webapp.disk.atomic import replacing
from webapp.vision.litert import LiteRTNetwork
from webapp.vision.model_files import (
    INPUT_SHAPE,
    LITERT_FILE,
    Metadata,
    first_line,
    load_network,
    sha256,
    update_metadata,
)

MOST_DIFFERENCE = 1e-3
BATCHES = (1, 5, 8)


def export_litert(folder: Path) -> Metadata:
    """Write the compiled copy of the saved float32 network beside it, and name it in the metadata.

    Returns:
        The metadata as they are now, with the copy's digest.

    Raises:
        ModelError: the network cannot be loaded.
        TrainingError: Keras runs without TensorFlow, the copy cannot be made or written, or it
            answers otherwise than the network; an earlier copy stays as it is.
    """
    if keras.backend.backend() != "tensorflow":
        raise TrainingError(
            f"{folder}: expected Keras on TensorFlow to write {LITERT_FILE}, got "
            f"{keras.backend.backend()}. Run under TensorFlow: "
            f"KERAS_BACKEND=tensorflow python -m webapp export --model {folder}"
        )
    with _process_left_as_it_was():
        network, metadata = load_network(folder)
        try:
            with replacing(folder / LITERT_FILE) as new:
                # This way and no other: a copy by `TFLiteConverter.from_concrete_functions` of a
                # Keras 3 network answered NaN, without an error.
                network.export(new, format="litert", verbose=False)
                check_agreement(network, LiteRTNetwork(new, len(metadata.classes)))
                digest = sha256(new)
            return update_metadata(folder, litert_sha256=digest)
        except (OSError, RuntimeError, ValueError, ModelError, TrainingError) as error:
            raise TrainingError(
                f"{folder / LITERT_FILE} cannot be made: {first_line(error)}. "
                "Without a compiled copy the model serves, too, but slower."
            ) from error


def check_agreement(network: keras.Model, litert: LiteRTNetwork) -> None:
    """Compare both on the same faces, in batches of several sizes.

    Raises:
        TrainingError: a probability differs by more than `MOST_DIFFERENCE`, or is not a number.
    """
    faces = np.random.default_rng(1).random((max(BATCHES), *INPUT_SHAPE), np.float32)
    # A uniform picture has no contrast to normalise by.
    faces[0] = 0.0
    for batch in BATCHES:
        expected = keras.ops.convert_to_numpy(network(faces[:batch], training=False))
        difference = float(np.abs(litert(faces[:batch]) - expected).max())
        # NaN compares as false, so it does not pass.
        if not difference <= MOST_DIFFERENCE:
            raise TrainingError(
                f"at batch {batch} it differs from the network by {difference:.2g}, expected at "
                f"most {MOST_DIFFERENCE:g}"
            )


@contextmanager
def _process_left_as_it_was() -> Iterator[None]:
    """Undo what shows later: Keras draws seeds from `random`, absl adds a handler to the root."""
    random_state, handlers = random.getstate(), logging.root.handlers[:]
    try:
        yield
    finally:
        random.setstate(random_state)
        logging.root.handlers[:] = handlers
