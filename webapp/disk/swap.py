"""Whether what stands in memory may come to lie on a disk in the clear."""

import os
from pathlib import Path

SWAPS, DEVICES = Path("/proc/swaps"), Path("/sys/dev/block")
# Compressed memory is no disk.
IN_MEMORY = "zram"
ENCRYPTED = "CRYPT-"


def clear_swaps(swaps: Path = SWAPS, devices: Path = DEVICES) -> list[str]:
    """Return the swap areas that are on a disk and, as far as can be seen, not encrypted.

    Args:
        swaps: lists those in use, a line each after the first, the path in front.
        devices: holds a folder for each block device, by its numbers.
    """
    try:
        lines = swaps.read_text().splitlines()[1:]
    except OSError:
        return []
    names = [line.split()[0] for line in lines if line.strip()]
    return [name for name in names if not _is_safe(Path(name), devices)]


def _is_safe(path: Path, devices: Path) -> bool:
    try:
        found = path.stat()
    except OSError:
        return path.name.startswith(IN_MEMORY)
    number = found.st_rdev or found.st_dev
    return _is_encrypted(devices / f"{os.major(number)}:{os.minor(number)}")


def _is_encrypted(device: Path) -> bool:
    """Return whether a device, or all that it lies on, is encrypted by dm-crypt."""
    if device.resolve().name.startswith(IN_MEMORY):
        return True
    mapping = device / "dm" / "uuid"
    if mapping.exists() and mapping.read_text().startswith(ENCRYPTED):
        return True
    below = list((device / "slaves").glob("*"))
    return bool(below) and all(_is_encrypted(each) for each in below)
