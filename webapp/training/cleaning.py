"""What must not train: pictures that show nothing, and copies of those that measure."""

from pathlib import Path

import numpy as np

from webapp.core.errors import DatasetError
from webapp.training.dataset import FaceSet
from webapp.training.votes import Votes

# Standard deviation of the 8-bit pixels; FER-2013's black and white squares have 0.
NEAR_CONSTANT_STD = 3.0


def without_flawed(
    train: FaceSet, validation: FaceSet, test_fingerprints: np.ndarray
) -> tuple[FaceSet, dict[str, int]]:
    """Drop near-constant pictures and those whose exact pixels measure the result.

    Args:
        train: pictures to train with.
        validation: pictures that choose.
        test_fingerprints: digests of the test part's pictures, (N,) of bytes; N may be 0.

    Returns:
        The cleaned training part, and how many were dropped for which reason, the first that
        applies.

    Raises:
        DatasetError: nothing is left of a class.
    """
    digests = train.fingerprints()
    flaws = {
        "near_constant": train.images.reshape(len(train), -1).std(axis=1) < NEAR_CONSTANT_STD,
        "copy_in_validation": np.isin(digests, validation.fingerprints()),
        "copy_in_test": np.isin(digests, test_fingerprints),
    }
    kept, dropped = np.ones(len(train), bool), {}
    for reason, is_flawed in flaws.items():
        dropped[reason] = int((kept & is_flawed).sum())
        kept &= ~is_flawed
    cleaned = train.take(kept)
    why = "all are near-constant or copies of validation or test pictures"
    _check_none_is_gone(train, cleaned, f"{why}. Add others, or remove the class.")
    return cleaned, dropped


def without_voted_out(train: FaceSet, votes: Path) -> tuple[FaceSet, int]:
    """Drop the pictures that a votes file marks as copies, near-constant or no face.

    Returns:
        What is left of the training part, and how many were dropped.

    Raises:
        DatasetError: the votes cannot be used, or nothing is left of a class.
    """
    flawed = Votes(votes).flawed(train)
    kept = train.take(~flawed)
    why = f"{votes} marks all as copies, near-constant or no face"
    _check_none_is_gone(train, kept, f"{why}. Correct it, add pictures, or leave --votes out.")
    return kept, int(flawed.sum())


def _check_none_is_gone(train: FaceSet, cleaned: FaceSet, why: str) -> None:
    before, after = train.counts(), cleaned.counts()
    gone = [
        f"{name} ({before[name]})" for name in train.classes if before[name] and not after[name]
    ]
    if gone:
        raise DatasetError(f"no training picture is left of {', '.join(gone)}: {why}")
