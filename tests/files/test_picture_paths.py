import os
from pathlib import Path

import pytest

from webapp.files.picture_paths import PictureSearch


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """Empty files: what they hold is not looked at."""
    for name in [
        *("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "-n.jpg", "[1].jpg"),
        *("deep/er/c.webp", "deep/d.tif", ".cache/e.jpg", "out/b.jpg", "none/readme.md"),
    ]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path / "photos")
    return tmp_path / "photos"


def search(*arguments: str, leave_out: Path | None = None) -> PictureSearch:
    found = PictureSearch(leave_out)
    for argument in arguments:
        found.add(argument)
    return found


def given_paths(*arguments: str, leave_out: Path | None = None) -> list[str]:
    found = search(*arguments, leave_out=leave_out)
    assert not found.failures
    return [picture.given for picture in found.pictures]


def test_a_folder_gives_its_pictures_and_those_below(tree):
    assert given_paths(".", leave_out=Path("out")) == [
        *("./-n.jpg", "./[1].jpg", "./a.PNG", "./b.jpg", "./deep/d.tif", "./deep/er/c.webp")
    ]
    assert given_paths(f"{tree}/deep") == [f"{tree}/deep/d.tif", f"{tree}/deep/er/c.webp"]


def test_a_file_is_taken_whatever_its_name(tree):
    assert given_paths("notes.txt", ".hidden.jpg", "-n.jpg", "[1].jpg", "out/../b.jpg") == [
        *("notes.txt", ".hidden.jpg", "-n.jpg", "[1].jpg", "out/../b.jpg")
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", ["-n.jpg", "[1].jpg", "b.jpg"]),
        ("*", ["-n.jpg", "[1].jpg", "a.PNG", "b.jpg", "deep/d.tif", "deep/er/c.webp", "out/b.jpg"]),
        ("**/*.webp", ["deep/er/c.webp"]),
        ("deep/**", ["deep/d.tif", "deep/er/c.webp"]),
        ("d*p", ["deep/d.tif", "deep/er/c.webp"]),
    ],
)
def test_patterns(tree, pattern, expected):
    found = search(pattern)
    assert [picture.given for picture in found.pictures] == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*/*.*", ["deep/d.tif"]),
        ("**/b*", ["b.jpg"]),
        ("[do]*", ["deep/d.tif", "deep/er/c.webp"]),
        ("*ut/*", []),
        ("out/*", ["out/b.jpg"]),
        ("ou[t]*/../b.jpg", ["out/../b.jpg"]),
    ],
)
def test_a_pattern_passes_over_what_is_left_out(tree, pattern, expected):
    found = search(pattern, leave_out=Path("out"))
    assert [picture.given for picture in found.pictures] == expected


def test_a_link_to_what_is_left_out_is_read_where_it_lies(tree):
    os.symlink(tree / "out" / "b.jpg", tree / "deep" / "link.jpg")
    for argument in ("deep", "deep/**"):
        assert "deep/link.jpg" in given_paths(argument, leave_out=Path("out"))


def test_a_search_below_what_is_left_out_is_meant(tree):
    deep = ["deep/d.tif", "deep/er/c.webp"]
    assert given_paths("deep", leave_out=Path(".")) == deep
    assert given_paths("deep/**", leave_out=Path(".")) == deep
    assert given_paths("d*", leave_out=Path(".")) == deep


def test_a_pattern_leaves_what_is_no_file_to_the_reader(tree):
    os.symlink("nowhere", tree / "deep" / "broken.jpg")
    os.mkfifo(tree / "deep" / "pipe.jpg")
    (tree / "deep" / "folder.jpg").mkdir()
    assert given_paths("deep/**/*.jpg") == ["deep/broken.jpg", "deep/pipe.jpg"]


def test_what_is_named_twice_is_read_once(tree):
    assert given_paths("b.jpg", "*.jpg", "./b.jpg") == ["b.jpg", "-n.jpg", "[1].jpg"]


def test_a_missing_file_is_left_to_the_reader(tree):
    assert given_paths("nothing.jpg") == ["nothing.jpg"]


@pytest.mark.parametrize(
    ("argument", "reason"), [("none", "no picture in this folder"), ("*.gif", "no picture matches")]
)
def test_nothing_found_is_a_failure(tree, argument, reason):
    found = search(argument, "b.jpg")
    assert [picture.given for picture in found.pictures] == ["b.jpg"]
    assert len(found.failures) == 1 and f"{argument}: {reason}" in found.failures[0]


def test_a_search_can_be_ended_at_every_folder(tree):
    asked = iter([False, True])
    found = PictureSearch(is_over=lambda: next(asked))
    found.add("deep")
    assert [picture.given for picture in found.pictures] == ["deep/d.tif"]


def test_a_circle_of_links_ends(tree):
    os.symlink(tree, tree / "deep" / "round")
    assert given_paths("deep") == ["deep/d.tif", "deep/er/c.webp"]


@pytest.mark.parametrize(
    ("arguments", "below"),
    [
        (["deep"], ["d.tif", "er/c.webp"]),
        (["deep", "b.jpg"], ["deep/d.tif", "deep/er/c.webp", "b.jpg"]),
        (["deep/er/c.webp"], ["c.webp"]),
        (["b.jpg", "out/b.jpg"], ["b.jpg", "out/b.jpg"]),
        (["d*/er/*"], ["deep/er/c.webp"]),
    ],
)
def test_the_structure_below_the_common_folder(tree, arguments, below):
    found = search(*arguments)
    base = found.common_folder()
    assert [str(picture.below(base)) for picture in found.pictures] == below
