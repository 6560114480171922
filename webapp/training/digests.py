"""What a run learns from, told so that a resumed one can see that it is still the same."""

from pathlib import Path
from typing import Any

from webapp.training.dataset import FaceSet
from webapp.training.options import TrainOptions
from webapp.vision.model_files import read_metadata, sha256


def digests(options: TrainOptions, train_set: FaceSet, validation_set: FaceSet) -> dict[str, Any]:
    """Return the classes, and digests of pictures, votes and the models a run starts from.

    Raises:
        ModelError: a model to start or learn from cannot be used.
    """
    return {
        "classes": list(train_set.classes),
        "training_pictures_sha256": train_set.digest(),
        "validation_pictures_sha256": validation_set.digest(),
        "votes_file_sha256": sha256(options.votes) if options.votes else None,
        "init_weights_sha256": _weights(options.init) if options.init else None,
        "teachers_weights_sha256": [_weights(folder) for folder in options.teachers],
    }


def _weights(folder: Path) -> str:
    return read_metadata(folder).weights_sha256
