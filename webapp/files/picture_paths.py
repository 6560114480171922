"""The pictures that files, folders and patterns on a command line stand for."""

import glob
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from webapp.vision.still_pictures import SUFFIXES

HIDDEN = "."


@dataclass(frozen=True)
class PicturePath:
    """A picture to read.

    Attributes:
        given: the path as it was given, or its folder as given and the way on from there.
        root: the folder, absolute, whose structure below counts.
    """

    given: str
    root: Path

    def below(self, base: Path) -> Path:
        """Return the way from `base`, a folder above or at `root`, to the file."""
        return Path(os.path.abspath(self.given)).relative_to(base)


class PictureSearch:
    """Finds pictures, each once, and notes what could not be searched."""

    def __init__(
        self, leave_out: Path | None = None, is_over: Callable[[], bool] = lambda: False
    ) -> None:
        """Prepare.

        Args:
            leave_out: a folder that is passed over, unless a search begins in it: where the
                annotated copies go.
            is_over: called at every folder; true ends the search, whose failures then mean nothing.
        """
        self.failures: list[str] = []
        self._left_out = Path(os.path.realpath(leave_out)) if leave_out else None
        self._is_over = is_over
        self._found: dict[str, PicturePath] = {}

    @property
    def pictures(self) -> list[PicturePath]:
        """What was found, in the order of the arguments and, within each, of the names."""
        return list(self._found.values())

    def add(self, argument: str) -> None:
        """Search a file, a folder or a pattern as in a shell (`**` for any depth).

        A file is taken whatever its name; from folders and patterns, what is named like a picture
        and is not hidden. What exists under this very name comes before a pattern.
        """
        if os.path.isdir(argument):
            self._add_folder(argument)
        elif os.path.lexists(argument) or not glob.has_magic(argument):
            self._add_file(argument, Path(os.path.abspath(argument)).parent)
        else:
            self._add_matches(argument)

    def common_folder(self) -> Path:
        """Return the deepest folder that holds the roots of all, of which there is one at least."""
        return Path(os.path.commonpath([picture.root for picture in self._found.values()]))

    def _add_file(self, path: str, root: Path) -> None:
        # However it is spelled, `a.jpg` or `./a.jpg`, it is read once.
        self._found.setdefault(os.path.abspath(path), PicturePath(path, root))

    def _add_folder(self, folder: str) -> None:
        count, root = len(self.failures), Path(os.path.abspath(folder))
        paths = list(self._walk(folder))
        for path in paths:
            self._add_file(path, root)
        if not paths and len(self.failures) == count:
            named = ", ".join(sorted(SUFFIXES))
            self.failures.append(f"{folder}: no picture in this folder; looked for {named}.")

    def _add_matches(self, pattern: str) -> None:
        matches, root = sorted(glob.glob(pattern, recursive=True)), Path(os.path.abspath(pattern))
        while glob.has_magic(str(root)):
            root = root.parent
        # Pipes and devices too: opening one reports what it is, as within folders.
        files = [match for match in matches if _is_picture(match) and not os.path.isdir(match)]
        pictures = [path for path in files if self._is_searched(os.path.dirname(path), root)]
        # `**` names every folder and, beside them, all that they hold.
        below = [] if "**" in pattern else [match for match in matches if os.path.isdir(match)]
        folders = [folder for folder in below if self._is_searched(folder, root)]
        for path in pictures:
            self._add_file(path, root)
        for folder in folders:
            self._add_folder(folder)
        if not pictures and not folders:
            self.failures.append(f"{pattern}: no picture matches. Check path and pattern.")

    def _walk(self, folder: str) -> Iterator[str]:
        # Links to folders are not followed: they may lead in circles.
        for here, folders, names in os.walk(folder, onerror=self._note):
            if self._is_over():
                return
            below = [name for name in sorted(folders) if not name.startswith(HIDDEN)]
            folders[:] = [
                name for name in below if self._is_searched(os.path.join(here, name), folder)
            ]
            for name in sorted(names):
                if _is_picture(name):
                    yield os.path.join(here, name)

    def _is_searched(self, folder: str, root: str | Path) -> bool:
        """Return whether a search that begins at `root` takes what lies in a folder."""
        return not self._is_left_out(folder) or self._is_left_out(root)

    def _is_left_out(self, folder: str | Path) -> bool:
        if self._left_out is None:
            return False
        return Path(os.path.realpath(folder)).is_relative_to(self._left_out)

    def _note(self, error: OSError) -> None:
        reason = f"cannot be listed ({error.strerror}). Check who may read it."
        self.failures.append(f"{error.filename}: {reason}")


def _is_picture(path: str) -> bool:
    name = os.path.basename(path)
    return not name.startswith(HIDDEN) and os.path.splitext(name)[1].lower() in SUFFIXES
