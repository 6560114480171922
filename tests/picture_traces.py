"""Looks for pictures and videos where a server might have left them."""

import os
import re
import stat
from collections.abc import Collection, Iterable
from pathlib import Path

from tests.gunicorn_server import GunicornServer
from tests.server_processes import all_processes

# JPEG with its first segment, PNG, WebP and AVI, MP4 and its kin, Matroska.
MAGIC = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n|RIFF.{4}(WEBP|AVI )|\0ftyp[a-z]|\x1aE\xdf\xa3", re.DOTALL
)
# Grey, 4:2:0, BGR and BGRA.
BYTES_PER_PIXEL = (1.0, 1.5, 3.0, 4.0)
MARK_BYTES = 48


def mark_of(data: bytes) -> bytes:
    """Return a piece out of the middle, by which it is known again."""
    return data[len(data) // 2 :][:MARK_BYTES]


class Traces:
    """What must not be found: these pieces, anything that begins as a picture, and raw frames."""

    def __init__(self, marks: Iterable[bytes], sizes_wh: Iterable[tuple[int, int]]) -> None:
        self._marks = list(marks)
        self._raw = {int(w * h * per) for w, h in sizes_wh for per in BYTES_PER_PIXEL}

    def in_bytes(self, data: bytes) -> bool:
        """Return whether these are, or hold, a picture."""
        has_mark = any(mark in data for mark in self._marks)
        return has_mark or bool(MAGIC.search(data)) or len(data) in self._raw

    def in_folders(self, folders: Iterable[Path], given: Collection[Path]) -> list[str]:
        """Return the files in some folders that hold one, but for those that the test gave."""
        paths = (path for folder in folders for path in folder.rglob("*"))
        return [
            str(path)
            for path in paths
            if path not in given and path.is_file() and self.in_bytes(path.read_bytes())
        ]

    def held_open(self, server: GunicornServer, folders: Collection[Path]) -> list[str]:
        """Return the files that the server's processes may write to, though nobody finds them.

        A file without a name counts where it holds a picture, one elsewhere in any case.

        Raises:
            PermissionError: we are not root, and the processes let nobody else look.
        """
        found = []
        for process_id in all_processes(server):
            folder = Path(f"/proc/{process_id}/fd")
            for name in os.listdir(folder):
                target = os.readlink(folder / name)
                if target.startswith("/memfd:") or not _is_file(folder / name):
                    continue
                if target.endswith(" (deleted)"):
                    is_bad = self.in_bytes((folder / name).read_bytes())
                else:
                    is_ours = any(Path(target).is_relative_to(each) for each in folders)
                    is_bad = _is_writable(process_id, name) and not is_ours
                if is_bad:
                    found.append(f"{process_id} {target}")
        return found


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(path.stat().st_mode)


def _is_writable(process_id: int, descriptor: str) -> bool:
    text = Path(f"/proc/{process_id}/fdinfo/{descriptor}").read_text()
    flags = re.search(r"flags:\s*([0-7]+)", text)
    assert flags
    return int(flags[1], 8) & os.O_ACCMODE != os.O_RDONLY
