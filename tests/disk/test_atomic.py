import errno

import pytest

from webapp.disk.atomic import replace_files


def test_files_take_the_place_of_earlier_ones(tmp_path):
    (tmp_path / "a").write_bytes(b"earlier")
    replace_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "b": b"2"}


def test_a_full_disk_leaves_the_earlier_ones_alone(tmp_path):
    (tmp_path / "a").write_bytes(b"earlier")
    (tmp_path / "new.b").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as full:
        replace_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert full.value.errno == errno.ENOSPC
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"earlier"}
