import pytest

from tests.files.videos import full_disk, not_root
from webapp.core.errors import OutputError
from webapp.files import video_part
from webapp.files.video_part import PartFile


def test_it_takes_its_name_when_it_is_kept(tmp_path):
    target = tmp_path / "made" / "too" / "out.csv"
    part = PartFile(target)
    part.part.write_text("new")
    assert not target.exists()
    part.keep()
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_an_older_file_stays_until_then(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("older")
    part = PartFile(target)
    part.part.write_text("new")
    assert target.read_text() == "older"
    part.discard()
    part.discard()
    assert target.read_text() == "older"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "real", tmp_path / "link.csv"
    target.write_text("older")
    link.symlink_to(target)
    part = PartFile(link)
    assert part.part.suffix == ".csv", "by which programs choose a format"
    part.part.write_text("new")
    part.keep()
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_a_link_to_what_is_no_file_is_refused(tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to("/dev/null")
    with pytest.raises(OutputError, match=r"link\.csv is not a file"):
        PartFile(link)
    assert link.is_symlink()


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OutputError, match="is not a file"):
        PartFile(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match=r"taken/out\.csv cannot be written"):
        PartFile(tmp_path / "taken" / "out.csv")


def test_a_folder_without_permission(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o555)
    with not_root(), pytest.raises(OutputError, match=r"cannot be written \(Permission denied\)"):
        PartFile(tmp_path / "theirs" / "out.csv")


def test_a_disk_that_is_full(tmp_path):
    part = PartFile(tmp_path / "out.csv")
    with full_disk(10), pytest.raises(OutputError, match="cannot be written"), part.writing():
        part.part.write_text("more than ten bytes")
    part.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_nearly_full(tmp_path, monkeypatch):
    part = PartFile(tmp_path / "out.csv")
    part.check_room()
    monkeypatch.setattr(video_part, "LEAST_ROOM_BYTES", 2**60)
    with pytest.raises(OutputError, match="nearly full"):
        part.check_room()
    part.discard()
