from pathlib import Path

import cv2
import numpy as np
import pytest

CLASSES = ("calm", "tense")


def write_faces(folder: Path, count: int, seed: int) -> None:
    """Write pictures whose class shows in the direction of their stripes."""
    rng = np.random.default_rng(seed)
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            ramp = np.sin(np.arange(48) * (0.4 + 0.1 * rng.random()) + 6 * rng.random())
            stripes = np.tile(ramp, (48, 1)) if label else np.tile(ramp[:, None], (1, 48))
            noisy = 128 + 90 * stripes + rng.normal(0, 8, (48, 48))
            image = np.clip(noisy, 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / name / f"{number:03d}.png"), image)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A tiny image-folder set of two classes."""
    write_faces(tmp_path / "data" / "train", 40, seed=1)
    write_faces(tmp_path / "data" / "validation", 10, seed=2)
    return tmp_path / "data"


@pytest.fixture
def noise() -> np.ndarray:
    """A picture (48, 48) uint8 that nothing but itself equals."""
    return np.random.default_rng(7).integers(0, 256, (48, 48)).astype(np.uint8)
