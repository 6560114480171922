import os
from pathlib import Path

import numpy as np
import pytest

from tests.reading.test_records import reading
from webapp.core.errors import OutputError
from webapp.reading.annotated_copies import AnnotatedCopies
from webapp.reading.picture_files import read_picture

BLACK = np.zeros((80, 100, 3), np.uint8)
ONE = reading([[30, 30, 60, 60]], [[0, 1, 0]])


@pytest.mark.parametrize(
    ("below", "written"),
    [
        *(("a/b.jpg", "a/b.jpg"), ("B.PNG", "B.PNG"), ("a.webp", "a.webp"), ("a.bmp", "a.bmp")),
        *(("a.tif", "a.tif"), ("a.gif", "a.gif.png"), ("none", "none.png")),
        *(("two words/läch.jpg", "two words/läch.jpg"), ("-n.jpg", "-n.jpg")),
    ],
)
def test_a_copy_shows_the_box_in_the_structure_of_the_originals(tmp_path, below, written):
    path = AnnotatedCopies(tmp_path, set()).write(Path(below), BLACK, ONE)
    assert path == tmp_path / written
    assert read_picture(path, 10_000).max() > 150
    assert [file for file in path.parent.iterdir() if file.suffix == ".part"] == []
    assert BLACK.max() == 0


def test_an_original_is_never_replaced(tmp_path):
    original = tmp_path / "a.jpg"
    original.write_bytes(b"original")
    copies = AnnotatedCopies(tmp_path, {os.path.realpath(original)})
    with pytest.raises(OutputError, match="would replace an original"):
        copies.write(Path("a.jpg"), BLACK, ONE)
    os.symlink(original, tmp_path / "link.jpg")
    with pytest.raises(OutputError, match="would replace an original"):
        copies.write(Path("link.jpg"), BLACK, ONE)
    os.link(original, tmp_path / "hard.jpg")
    copies.write(Path("hard.jpg"), BLACK, ONE)
    assert original.read_bytes() == b"original"


def test_an_older_copy_is_replaced(tmp_path):
    copies = AnnotatedCopies(tmp_path, set())
    (tmp_path / "a.jpg").write_bytes(b"older")
    assert copies.write(Path("a.jpg"), BLACK, ONE).read_bytes()[:2] == b"\xff\xd8"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        AnnotatedCopies(tmp_path / "taken", set()).write(Path("a.jpg"), BLACK, ONE)


def test_a_size_that_the_format_lacks_is_told(tmp_path):
    wide = np.zeros((2, 17_000, 3), np.uint8)
    with pytest.raises(OutputError, match=r"17,000 by 2 pixels are too many .* as \.webp"):
        AnnotatedCopies(tmp_path, set()).write(Path("a.webp"), wide, reading([], []))
