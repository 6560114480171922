import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from webapp.core.errors import TrainingError
from webapp.training.torch_weights import MAGIC, read_state_dict

VALUES = np.arange(6, dtype=np.float32)


class Storage:
    """Stands in a pickle where PyTorch puts a reference to bytes that follow."""

    def __init__(self, kind: str, key: str, count: int) -> None:
        self.reference = ("storage", Name("torch", kind), key, "cpu", count, None)


class Name:
    """A global that need not exist here to be written."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Tensor:
    def __init__(self, storage: Storage, offset: int, shape: tuple, strides: tuple) -> None:
        self.arguments = (storage, offset, shape, strides, False, OrderedDict())


class TorchPickler(pickle._Pickler):
    """Writes the few opcodes that `torch.save` writes."""

    def persistent_id(self, value):
        return value.reference if isinstance(value, Storage) else None

    def save_name(self, value):
        self.write(pickle.GLOBAL + f"{value.module}\n{value.name}\n".encode())

    def save_tensor(self, value):
        self.save_name(Name("torch._utils", "_rebuild_tensor_v2"))
        self.save(value.arguments)
        self.write(pickle.REDUCE)

    dispatch = {**pickle._Pickler.dispatch, Name: save_name, Tensor: save_tensor}  # noqa: RUF012


def write(path, tensors, storages):
    with path.open("wb") as file:
        for part in (MAGIC, 1001, {"little_endian": True}, tensors, list(storages)):
            TorchPickler(file, protocol=2).dump(part)
        for values in storages.values():
            file.write(struct.pack("<q", len(values)) + values.tobytes())


def test_arrays_come_back_with_their_strides(tmp_path):
    storage = Storage("FloatStorage", "7", 6)
    tensors = OrderedDict(
        rows=Tensor(storage, 0, (2, 3), (3, 1)),
        columns=Tensor(storage, 0, (2, 3), (1, 2)),
        tail=Tensor(storage, 4, (2,), (1,)),
    )
    write(tmp_path / "w.pth", tensors, {"7": VALUES})
    arrays = read_state_dict(tmp_path / "w.pth")
    np.testing.assert_array_equal(arrays["rows"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(arrays["columns"], [[0, 2, 4], [1, 3, 5]])
    np.testing.assert_array_equal(arrays["tail"], [4, 5])


def test_a_view_beyond_its_storage_is_refused(tmp_path):
    tensors = {"w": Tensor(Storage("FloatStorage", "7", 6), 4, (3,), (1,))}
    write(tmp_path / "w.pth", tensors, {"7": VALUES})
    with pytest.raises(TrainingError, match="expected a PyTorch state dict"):
        read_state_dict(tmp_path / "w.pth")


def test_code_in_the_file_is_refused_and_not_run(tmp_path):
    tensors = {"w": Name("os", "system")}
    write(tmp_path / "w.pth", tensors, {})
    with pytest.raises(TrainingError, match=r"it holds a os\.system"):
        read_state_dict(tmp_path / "w.pth")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"\x80\x02K\x01."])
def test_another_file_is_reported(content, tmp_path):
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(TrainingError, match=r"w\.pth: expected a PyTorch state dict"):
        read_state_dict(tmp_path / "w.pth")


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(TrainingError, match=r"none\.pth"):
        read_state_dict(tmp_path / "none.pth")
