"""Pictures per CPU-second by the command `image`, start included, and by the PyPI package `fer`.

python -m benchmarks.pictures --wild wild --fer-python /some/place/bin/python [--every 4]

Ours is the process a shell starts, from its first import to its last line of JSON. Of `fer` two
figures are printed: its process likewise, and the calls that find and read faces alone, without its
start and without opening the files. The largest face of a picture counts for the recall, as in
benchmarks/wild.py. How to install `fer` stands in benchmarks/fer_package.py.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fer_package import comparison_parser
from benchmarks.labelled import NO_FACE, labelled_pictures, macro_recall
from benchmarks.wild import read_with_fer
from webapp.config import ROOT
from webapp.vision.model_files import read_metadata


class ChildrenTime:
    """CPU seconds, user and system, of the processes that a block waited for."""

    cpu_s = 0.0


def main() -> None:
    """Measure both in one run and print JSON."""
    options = comparison_parser(__doc__).parse_args()
    figures = measure(options.wild, options.model, options.fer_python, options.every)
    print(json.dumps(figures, indent=1))


def measure(wild: Path, model: Path, fer_python: Path | None, every: int) -> dict[str, Any]:
    """Read every n-th picture with both, or with ours alone."""
    metadata = read_metadata(model)
    pictures = labelled_pictures(wild, metadata.classes)[::every]
    paths, truth = [path for path, _ in pictures], np.array([label for _, label in pictures])
    with children_time() as ours:
        records = read_by_command([wild] if every == 1 else paths, model)
    figures: dict[str, Any] = {"pictures": len(paths), "weights_sha256": metadata.weights_sha256}
    figures["evenkeel"] = _figures(_labels(records, paths, metadata.classes), truth, ours.cpu_s)
    if fer_python:
        with children_time() as theirs:
            read = read_with_fer(paths, fer_python, metadata.classes)
        figures["fer"] = _figures(read.labels, truth, theirs.cpu_s)
        figures["fer_calls_alone_per_cpu_s"] = round(len(paths) / float(read.cpu_s.sum()), 1)
        figures["times_as_many"] = round(theirs.cpu_s / ours.cpu_s, 1)
        figures["times_as_many_as_calls_alone"] = round(float(read.cpu_s.sum()) / ours.cpu_s, 1)
    return figures


def read_by_command(paths: list[Path], model: Path) -> list[dict[str, Any]]:
    """Run `image` as a shell does, at the default settings, and return its records."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pictures.json"
        names = [str(path.resolve()) for path in paths]
        command = [sys.executable, "-m", "webapp", "image", "--json", str(out), "--", *names]
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"MODEL_DIR": str(model)})
        records: list[dict[str, Any]] = json.loads(out.read_text())
    return records


@contextmanager
def children_time() -> Iterator[ChildrenTime]:
    """Measure the processes that the block starts and waits for."""
    measured, before_s = ChildrenTime(), _children_cpu_s()
    yield measured
    measured.cpu_s = _children_cpu_s() - before_s


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _labels(
    records: list[dict[str, Any]], paths: list[Path], classes: tuple[str, ...]
) -> np.ndarray:
    """Return the label of the largest face of every picture."""

    def area(face: dict[str, Any]) -> int:
        x0, y0, x1, y1 = face["box_xyxy"]
        return int((x1 - x0) * (y1 - y0))

    by_path = {}
    for record in records:
        largest = max(record["faces"], key=area, default=None)
        by_path[record["path"]] = classes.index(largest["emotion"]) if largest else NO_FACE
    return np.array([by_path[str(path.resolve())] for path in paths])


def _figures(labels: np.ndarray, truth: np.ndarray, cpu_s: float) -> dict[str, float]:
    return {
        "found": round(float((labels != NO_FACE).mean()), 4),
        "macro_recall": round(macro_recall(labels, truth), 4),
        "accuracy": round(float((labels == truth).mean()), 4),
        "cpu_s": round(cpu_s, 1),
        "pictures_per_cpu_s": round(len(labels) / cpu_s, 1),
    }


if __name__ == "__main__":
    main()
