import json
import resource
from contextlib import suppress
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.files.test_records import picture
from webapp.core.errors import OutputError
from webapp.files.record_sinks import JsonLines, JsonList, Table, printable

HAPPY = picture([[1, 2, 30, 40]], [[0.1, 0.8, 0.1]]).record("two words/läch.jpg")
NOBODY = picture([], []).record("empty.jpg")
CROWD = picture([[0, 0, 9, 9]] * 6, [[0.4, 0.3, 0.3]] * 6, [True] + [False] * 5).record("crowd.png")


@pytest.mark.parametrize("records", [[], [HAPPY], [NOBODY, HAPPY, CROWD]])
def test_a_list_in_a_file(tmp_path, records):
    path = tmp_path / "made" / "out.json"
    with JsonList(path) as sink:
        for record in records:
            sink.add(record)
        assert not path.exists()
    assert json.loads(path.read_text()) == records
    assert list(path.parent.iterdir()) == [path]


def test_an_interruption_leaves_a_shorter_list(tmp_path):
    path = tmp_path / "out.json"
    with pytest.raises(KeyboardInterrupt), JsonList(path) as sink:
        sink.add(HAPPY)
        raise KeyboardInterrupt
    assert json.loads(path.read_text()) == [HAPPY]


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError, match="cannot be written"), JsonList(tmp_path / "taken" / "a"):
        pass


def test_a_disk_that_is_full_leaves_the_older_file(tmp_path):
    path = tmp_path / "out.json"
    path.write_text("older")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OutputError, match="cannot be written"), JsonList(path) as sink:
            for _ in range(1000):
                sink.add(CROWD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("sink_of", [JsonLines, Table])
def test_a_stream_that_takes_no_more(sink_of):
    refused = pytest.raises(OutputError, match=r"standard output cannot be written \(No space")
    # Closing it fails again, for what is left in its buffer.
    with suppress(OSError), Path("/dev/full").open("w") as stream, refused, sink_of(stream) as sink:
        sink.add(HAPPY)


def test_lines_come_at_once():
    stream = StringIO()
    with JsonLines(stream) as sink:
        sink.add(HAPPY)
        assert json.loads(stream.getvalue()) == HAPPY
        sink.add(NOBODY)
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [HAPPY, NOBODY]


def test_a_table_shows_every_picture_and_the_sums():
    stream = StringIO()
    with Table(stream) as sink:
        for record in (HAPPY, NOBODY, CROWD):
            sink.add(record)
    assert stream.getvalue().splitlines() == [
        "picture             faces  expressions",
        "two words/läch.jpg      1  happy 80%",
        "empty.jpg               0",
        "crowd.png               6  uncertain, angry 40%, angry 40%, angry 40%, 2 more",
        "3 pictures, 7 faces: 5 angry, 1 happy, 1 uncertain",
    ]


def test_a_table_of_nothing_is_nothing():
    stream = StringIO()
    with Table(stream):
        pass
    assert stream.getvalue() == ""


def test_a_name_cannot_command_the_terminal():
    assert printable("a\x1b[2Jb\nc\udc80ü", StringIO()) == "a�[2Jb�c�ü"


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "two words/l?ch.jpg"), ("latin-1", "two words/läch.jpg")]
)
def test_a_terminal_without_a_letter_gets_a_question_mark(encoding, shown):
    stream = TextIOWrapper(BytesIO(), encoding)
    with Table(stream) as sink:
        sink.add(HAPPY)
        sink.add(picture([], []).record("日本.jpg"))
    stream.seek(0)
    assert [line.split("  ")[0] for line in stream.read().splitlines()[1:3]] == [shown, "??.jpg"]
