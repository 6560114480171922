"""The memory of a process, as Linux reports it."""

from pathlib import Path


def resident_kib_of(pid: int) -> int:
    """Return the resident memory of a process, 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0
