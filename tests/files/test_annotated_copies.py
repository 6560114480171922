import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.files.test_records import picture
from webapp.core.errors import OutputError
from webapp.files.annotated_copies import KEPT_SUFFIXES, AnnotatedCopies
from webapp.files.picture_files import read_picture
from webapp.vision.safe_picture import SafePicture, safe_picture

BLACK = np.zeros((80, 100, 3), np.uint8)
ONE = picture([[30, 30, 60, 60]], [[0, 1, 0]])
DRAWN = safe_picture(BLACK, ONE.faces, ONE.predictions)
WHITE = safe_picture(BLACK + 255, ONE.faces, ONE.predictions)


@pytest.mark.parametrize(
    ("below", "written"),
    [
        *(("a/b.jpg", "a/b.jpg"), ("B.PNG", "B.PNG"), ("a.webp", "a.webp"), ("a.bmp", "a.bmp")),
        *(("a.tif", "a.tif"), ("a.gif", "a.gif.png"), ("none", "none.png")),
        *(("two words/läch.jpg", "two words/läch.jpg"), ("-n.jpg", "-n.jpg")),
    ],
)
def test_a_copy_shows_the_box_in_the_structure_of_the_originals(tmp_path, below, written):
    path = AnnotatedCopies(tmp_path, set()).write(Path(below), DRAWN)
    assert path == tmp_path / written
    assert read_picture(path, 10_000).max() > 150
    assert list(path.parent.iterdir()) == [path]
    assert BLACK.max() == 0


def test_an_original_is_never_replaced(tmp_path):
    original = tmp_path / "a.jpg"
    original.write_bytes(b"original")
    copies = AnnotatedCopies(tmp_path, {os.path.realpath(original)})
    with pytest.raises(OutputError, match="would replace an original"):
        copies.write(Path("a.jpg"), DRAWN)
    os.symlink(original, tmp_path / "link.jpg")
    with pytest.raises(OutputError, match="would replace an original"):
        copies.write(Path("link.jpg"), DRAWN)
    assert original.read_bytes() == b"original"


def test_two_pictures_of_one_run_do_not_share_a_copy(tmp_path):
    copies = AnnotatedCopies(tmp_path, set())
    path = copies.write(Path("a.gif"), DRAWN)
    first = path.read_bytes()
    with pytest.raises(OutputError, match=r"of another picture of this run; that of a\.gif\.png"):
        copies.write(Path("a.gif.png"), WHITE)
    assert path.read_bytes() == first


@pytest.mark.parametrize("suffix", sorted(KEPT_SUFFIXES))
def test_an_older_copy_is_replaced(tmp_path, suffix):
    below = Path(f"a{suffix}")
    AnnotatedCopies(tmp_path, set()).write(below, DRAWN)
    path = AnnotatedCopies(tmp_path, set()).write(below, WHITE)
    assert read_picture(path, 10_000)[-1, -1].min() > 200
    assert cv2.imread(str(path)).shape == BLACK.shape


def test_an_older_copy_that_is_read_as_an_original_is_never_replaced(tmp_path):
    path = AnnotatedCopies(tmp_path, set()).write(Path("a.jpg"), DRAWN)
    with pytest.raises(OutputError, match="would replace an original"):
        AnnotatedCopies(tmp_path, {os.path.realpath(path)}).write(Path("a.jpg"), DRAWN)


def test_nothing_but_an_older_copy_is_replaced(tmp_path):
    other = tmp_path / "other.jpg"
    other.write_bytes(cv2.imencode(".jpg", BLACK)[1].tobytes())
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    os.symlink(other, tmp_path / "link.jpg")
    os.symlink("nowhere", tmp_path / "broken.jpg")
    os.link(other, tmp_path / "hard.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    before = {path: path.lstat() for path in tmp_path.iterdir()}
    for path in before:
        with pytest.raises(OutputError, match="is no annotated copy; it was left as it is"):
            AnnotatedCopies(tmp_path, set()).write(Path(path.name), DRAWN)
    assert {path: path.lstat() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        AnnotatedCopies(tmp_path / "taken", set()).write(Path("a.jpg"), DRAWN)


def test_a_size_that_the_format_lacks_is_reported(tmp_path):
    wide = np.zeros((2, 17_000, 3), np.uint8)
    with pytest.raises(OutputError, match=r"17,000 by 2 pixels are too many .* as \.webp"):
        AnnotatedCopies(tmp_path, set()).write(Path("a.webp"), SafePicture(wide))
