"""Sorts faces into class folders by what most FER+ taggers saw in them, for `benchmarks.alerts`.

python -m benchmarks.majority_faces --data fer2013 --out DIR [--split validation]
"""

import argparse
import shutil
from pathlib import Path

import numpy as np

from webapp.training.dataset import FER_CLASSES, load_folder
from webapp.training.votes import MAJORITY, Votes


def main() -> None:
    """Copy every picture that most taggers agree on; the others are left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds the split and index.csv")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    options = parser.parse_args()
    faces = load_folder(options.data / options.split, base=options.data, classes=FER_CLASSES)
    counts = Votes(options.data / "index.csv").counts(faces)
    for row in np.flatnonzero(counts.max(axis=1) > MAJORITY):
        folder = options.out / FER_CLASSES[int(counts[row].argmax())]
        folder.mkdir(parents=True, exist_ok=True)
        source = options.data / faces.files[row]
        shutil.copyfile(source, folder / f"{source.parent.name}-{source.name}")


if __name__ == "__main__":
    main()
