"""Networks run by LiteRT: serving needs no TensorFlow."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from webapp.core.errors import ModelContractError
from webapp.vision.model_files import INPUT_SHAPE, first_line

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

# A face costs no less in larger batches, but the interpreter keeps the largest one's memory.
MOST_AT_ONCE = 8
# To change an input's size takes YuNet 6 ms; an interpreter of 640 by 360 pixels keeps 24 MB.
MOST_SIZES = 4


class ResizableNetwork:
    """Runs a network whose input changes its size now and then; for one thread at a time."""

    def __init__(self, content: bytes) -> None:
        """Prepare.

        Args:
            content: of a .tflite file.
        """
        self._content = content
        # By the shape of their input, the one used longest ago first.
        self._interpreters: dict[tuple[int, ...], Interpreter] = {}

    def __call__(self, values: np.ndarray) -> list[np.ndarray]:
        """Run the forward pass; returns the outputs in the order of the network."""
        shape = values.shape
        interpreter = self._interpreters.pop(shape, None) or self._resized(shape)
        self._interpreters[shape] = interpreter
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
        interpreter.invoke()
        return [interpreter.get_tensor(end["index"]) for end in interpreter.get_output_details()]

    def _resized(self, shape: tuple[int, ...]) -> "Interpreter":
        from ai_edge_litert.interpreter import Interpreter

        if len(self._interpreters) < MOST_SIZES:
            interpreter = Interpreter(model_content=self._content, num_threads=1)
        else:
            interpreter = self._interpreters.pop(next(iter(self._interpreters)))
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], shape)
        interpreter.allocate_tensors()
        return interpreter


class LiteRTNetwork:
    """Runs `model.tflite`; safe to share between threads.

    One interpreter stands behind a lock. Each takes 15 to 30 MB, as it packs the weights for
    itself (measured with 3.4 million parameters), so cameras share as many as there are cores:
    see `cameras.analysis.SharedModels`. A thread of lower priority needs its own: it may lose the
    processor while it holds the lock, and whoever waits for it then waits as long as it does.

    Args:
        path: the file that `training.export` wrote.
        class_count: outputs expected.
        thread_count: cores one call may use.

    Raises:
        ModelContractError: LiteRT cannot read the file, or it is not a network of this shape.
    """

    def __init__(self, path: Path, class_count: int, thread_count: int = 1) -> None:
        self._lock = threading.Lock()
        self._class_count = class_count
        self._interpreter = _interpreter(path, thread_count)
        ends = self._interpreter.get_input_details() + self._interpreter.get_output_details()
        expected = [(-1, *INPUT_SHAPE), (-1, class_count)]
        got = [tuple(map(int, end["shape_signature"])) for end in ends]
        if got != expected or any(end["dtype"] != np.float32 for end in ends):
            raise ModelContractError(
                f"{path}: expected float32 input {expected[0]} and output {expected[1]}, got "
                f"{got}. Make it anew: python -m webapp export --model {path.parent}"
            )
        self._input, self._output = ends[0]["index"], ends[1]["index"]
        self._batch = 0

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        """Run the forward pass.

        Args:
            faces: (N, 48, 48, 1) float32 in [0, 1], from `to_model_input`; N may be 0.

        Returns:
            Probabilities (N, C) float32, rows sum to 1.
        """
        readings = np.empty((len(faces), self._class_count), np.float32)
        for start in range(0, len(faces), MOST_AT_ONCE):
            part = faces[start : start + MOST_AT_ONCE]
            with self._lock:
                if len(part) != self._batch:
                    # 0.2 ms for a size seen before, 5 ms once for a new one: padding to a few
                    # sizes, so that this happens less often, would cost a face's 2 to 3 ms each
                    # time.
                    self._interpreter.resize_tensor_input(self._input, part.shape)
                    self._interpreter.allocate_tensors()
                    self._batch = len(part)
                self._interpreter.set_tensor(self._input, part)
                self._interpreter.invoke()
                readings[start : start + len(part)] = self._interpreter.get_tensor(self._output)
        return readings


def _interpreter(path: Path, thread_count: int) -> "Interpreter":
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(str(path), num_threads=thread_count)
        # Operations that LiteRT lacks show only here.
        interpreter.allocate_tensors()
        return interpreter
    except (ValueError, RuntimeError) as error:
        raise ModelContractError(
            f"{path}: not a model that LiteRT reads ({first_line(error)}). "
            f"Make it anew: python -m webapp export --model {path.parent}"
        ) from error
