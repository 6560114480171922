"""Tests of what is found out about swap."""

import os
from pathlib import Path

import pytest

from webapp.disk.swap import clear_swaps

HEAD = "Filename\tType\tSize\tUsed\tPriority\n"


@pytest.fixture
def swap(tmp_path: Path) -> Path:
    """A swap file, and the device on which it lies."""
    path = tmp_path / "swapfile"
    path.touch()
    (tmp_path / "swaps").write_text(f"{HEAD}{path} file 1024 0 -2\n")
    return path


def device_of(path: Path, devices: Path) -> Path:
    number = path.stat().st_dev
    return devices / f"{os.major(number)}:{os.minor(number)}"


def test_no_swap_is_no_danger(tmp_path: Path) -> None:
    (tmp_path / "swaps").write_text(HEAD)
    assert clear_swaps(tmp_path / "swaps", tmp_path) == []
    assert clear_swaps(tmp_path / "nowhere", tmp_path) == []


def test_a_disk_in_the_clear_is_named(tmp_path: Path, swap: Path) -> None:
    assert clear_swaps(tmp_path / "swaps", tmp_path / "devices") == [str(swap)]


@pytest.mark.parametrize(("uuid", "is_clear"), [("CRYPT-LUKS2-1", False), ("LVM-1", True)])
def test_an_encrypted_one_is_none_also_below_other_layers(
    tmp_path: Path, swap: Path, uuid: str, is_clear: bool
) -> None:
    below = device_of(swap, tmp_path / "devices") / "slaves" / "dm-0" / "dm"
    below.mkdir(parents=True)
    (below / "uuid").write_text(uuid)
    assert bool(clear_swaps(tmp_path / "swaps", tmp_path / "devices")) == is_clear


def test_compressed_memory_is_no_disk(tmp_path: Path) -> None:
    (tmp_path / "swaps").write_text(f"{HEAD}/nowhere/zram0 partition 1024 0 100\n")
    assert clear_swaps(tmp_path / "swaps", tmp_path / "devices") == []
