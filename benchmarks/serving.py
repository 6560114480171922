"""Milliseconds a face takes on one core: Keras, tf.function, XLA and LiteRT, in one run.

python -m benchmarks.serving [--model DIR] [--rounds N] [--json FILE]
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clips import table
from webapp.config import Settings
from webapp.core.errors import EvenkeelError
from webapp.vision.backends import silence_tensorflow
from webapp.vision.litert import LiteRTNetwork
from webapp.vision.model_files import INPUT_SHAPE, LITERT_FILE, load_network, read_metadata

BATCHES = (1, 2, 3, 5, 8, 16)
Forward = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Settings.model_dir)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path, dest="json_file")
    options = parser.parse_args()
    try:
        figures = measure(options.model, options.rounds)
    except EvenkeelError as error:
        raise SystemExit(str(error)) from error
    print(as_table(figures))
    if options.json_file:
        options.json_file.write_text(json.dumps(figures, indent=1) + "\n")


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Time every path on the same faces, in turns, so that the machine's load is the same for all.

    Returns:
        By path, the median ms a face by batch size and the largest difference to Keras.
    """
    use_one_cpu()
    paths = forward_passes(folder)
    figures = {name: {"ms_a_face": {}, "max_difference": 0.0} for name in paths}
    for batch in BATCHES:
        faces = np.random.default_rng(batch).random((batch, *INPUT_SHAPE), np.float32)
        # The first call compiles for this size.
        answers = {name: forward(faces) for name, forward in paths.items()}
        for name, spent_ms in timed(paths, faces, rounds).items():
            difference = float(np.abs(answers[name] - answers["Keras"]).max())
            seen = figures[name]
            seen["ms_a_face"][batch] = round(spent_ms / batch, 3)
            seen["max_difference"] = max(seen["max_difference"], difference)
    return figures


def timed(paths: dict[str, Forward], faces: np.ndarray, rounds: int) -> dict[str, float]:
    """Return the median ms of a call by path."""
    spent_ms: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(rounds):
        for name, forward in paths.items():
            started_at_s = time.perf_counter()
            forward(faces)
            spent_ms[name].append(1000.0 * (time.perf_counter() - started_at_s))
    return {name: float(np.median(values)) for name, values in spent_ms.items()}


def use_one_cpu() -> None:
    """Pin the process where the system can, and let TensorFlow start one thread."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    silence_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def forward_passes(folder: Path) -> dict[str, Forward]:
    """Return the four ways to run the same weights; each takes and gives NumPy arrays."""
    import tensorflow as tf

    metadata = read_metadata(folder)
    if metadata.litert_sha256 is None:
        raise SystemExit(f"No compiled copy; run python -m webapp export --model {folder}")
    network, _ = load_network(folder)
    signature = [tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)]

    def keras_call(faces: np.ndarray) -> Any:
        return network(faces, training=False)

    graph = tf.function(keras_call, input_signature=signature, autograph=False)
    xla = tf.function(keras_call, autograph=False, jit_compile=True)
    return {
        "Keras": lambda faces: keras_call(faces).numpy(),
        "tf.function": lambda faces: graph(faces).numpy(),
        "XLA": lambda faces: xla(tf.constant(faces)).numpy(),
        "LiteRT": LiteRTNetwork(folder / LITERT_FILE, len(metadata.classes)),
    }


def as_table(figures: dict[str, Any]) -> str:
    """Format the figures as Markdown, a row for each path."""
    return table(
        [
            {
                "ms a face": name,
                **{f"batch {batch}": f"{ms:.2f}" for batch, ms in seen["ms_a_face"].items()},
                "largest difference to Keras": f"{seen['max_difference']:.0e}",
            }
            for name, seen in figures.items()
        ]
    )


if __name__ == "__main__":
    main()
