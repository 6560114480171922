import errno

import pytest

from tests.full_disk import no_room_for
from webapp.disk.atomic import OWNER_ONLY, Part, create_file, replace_files, replacing


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_take_the_place_of_earlier_ones(tmp_path):
    (tmp_path / "a").write_bytes(b"earlier")
    replace_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert contents(tmp_path) == {"a": b"1", "b": b"2"}


def test_a_full_disk_leaves_the_earlier_ones_alone(tmp_path):
    (tmp_path / "a").write_bytes(b"earlier")
    with no_room_for("b"), pytest.raises(OSError, match="No space left") as full:
        replace_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert full.value.errno == errno.ENOSPC
    assert contents(tmp_path) == {"a": b"earlier"}


def test_a_link_is_replaced_and_its_victim_left_alone(tmp_path):
    (tmp_path / "victim").write_bytes(b"victim")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    replace_files({tmp_path / "link": b"new"})
    assert not (tmp_path / "link").is_symlink()
    assert contents(tmp_path) == {"victim": b"victim", "link": b"new"}


def test_a_target_that_is_a_folder_stands(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        replace_files({tmp_path / "a": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_block_writes_under_the_name_of_the_target(tmp_path):
    (tmp_path / "a.png").write_bytes(b"earlier")
    with replacing(tmp_path / "a.png") as part:
        part.write_bytes(b"new")
        assert part.name == "a.png"
        assert (tmp_path / "a.png").read_bytes() == b"earlier"
    assert contents(tmp_path) == {"a.png": b"new"}


def test_a_block_that_fails_replaces_nothing(tmp_path):
    (tmp_path / "a").write_bytes(b"earlier")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a") as part:
        part.write_bytes(b"half")
        raise ZeroDivisionError
    assert contents(tmp_path) == {"a": b"earlier"}


def test_the_longest_name_has_room_for_its_part(tmp_path):
    path = tmp_path / ("a" * 255)
    replace_files({path: b"1"})
    assert path.read_bytes() == b"1"


def test_a_part_may_be_discarded_twice(tmp_path):
    part = Part(tmp_path / "a")
    part.discard()
    part.discard()
    assert contents(tmp_path) == {}


def test_a_file_is_created_once(tmp_path):
    create_file(tmp_path / "a", b"first", OWNER_ONLY)
    create_file(tmp_path / "a", b"second", OWNER_ONLY)
    assert contents(tmp_path) == {"a": b"first"}


@pytest.mark.parametrize(
    "write",
    [
        lambda path: create_file(path, b"", OWNER_ONLY),
        lambda path: replace_files({path: b""}, OWNER_ONLY),
    ],
)
def test_a_secret_is_for_its_owner_alone(tmp_path, write):
    write(tmp_path / "secret")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_other_files_are_for_whom_the_umask_says(tmp_path):
    (tmp_path / "usual").touch()
    replace_files({tmp_path / "a": b""})
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode
