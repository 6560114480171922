import csv
import errno
import json
import sys

import pytest

from tests.files.readings import CLASSES, video_frame
from tests.files.videos import full_disk
from webapp.core.errors import OutputError
from webapp.files.video_records import STDOUT, CsvRows, JsonRecords

READINGS = [video_frame(0), video_frame(1, ()), video_frame(2, (0.5, 0.1), time_s=1 / 3)]


def test_a_record_is_that_of_a_picture_with_frame_and_time():
    assert READINGS[2].record() == {
        "path": "clip ü.avi",
        "width": 64,
        "height": 48,
        "faces": [
            {
                "box_xyxy": [4, 20, 16, 40],
                "emotion": "angry",
                "uncertain": True,
                "confidence": 0.5,
                "probabilities": {"angry": 0.5, "happy": 0.5},
            },
            {
                "box_xyxy": [24, 20, 36, 40],
                "emotion": "happy",
                "uncertain": False,
                "confidence": 0.9,
                "probabilities": {"angry": 0.1, "happy": 0.9},
            },
        ],
        "frame": 2,
        "time_s": 0.333,
    }


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_a_list_that_appears_when_it_is_whole(tmp_path, count):
    path = tmp_path / "made" / "out.json"
    records = JsonRecords(path)
    for reading in READINGS[:count]:
        records.write(reading)
    assert not path.exists()
    records.finish()
    assert json.loads(path.read_text()) == [reading.record() for reading in READINGS[:count]]
    assert list(path.parent.iterdir()) == [path]


def test_csv_has_a_row_per_face(tmp_path):
    path = tmp_path / "out.csv"
    rows = CsvRows(path, CLASSES)
    for reading in READINGS:
        rows.write(reading)
    rows.finish()
    with path.open(encoding="utf-8", newline="") as file:
        got = list(csv.DictReader(file))
    assert [(row["frame"], row["time_s"], row["face"], row["emotion"]) for row in got] == [
        ("0", "0.0", "1", "angry"),
        ("2", "0.333", "1", "angry"),
        ("2", "0.333", "2", "happy"),
    ]
    assert got[1]["uncertain"] == "1" and got[2]["uncertain"] == "0"
    assert [got[2][name] for name in ("x0", "y0", "x1", "y1")] == ["24", "20", "36", "40"]
    assert (got[2]["confidence"], got[2]["angry"], got[2]["happy"]) == ("0.9", "0.1", "0.9")


def test_a_dash_stands_for_lines_on_standard_output(capsys):
    records = JsonRecords(STDOUT)
    for reading in READINGS:
        records.write(reading)
    records.finish()
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["frame"] for line in lines] == [0, 1, 2]


class BrokenOutput:
    """Standard output that takes nothing."""

    def __init__(self, error: OSError) -> None:
        self._error = error

    def write(self, _: str) -> int:
        raise self._error


def test_standard_output_without_room_is_reported(monkeypatch):
    monkeypatch.setattr(sys, "stdout", BrokenOutput(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(OutputError, match=r"standard output cannot be written \(No space left\)"):
        CsvRows(STDOUT, CLASSES)


def test_a_reader_that_has_enough_ends_the_run(monkeypatch):
    monkeypatch.setattr(sys, "stdout", BrokenOutput(BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        CsvRows(STDOUT, CLASSES)


def test_a_full_disk_leaves_the_older_file(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("older")
    rows = CsvRows(path, CLASSES)
    with full_disk(10_000), pytest.raises(OutputError, match="cannot be written"):
        for number in range(1000):
            rows.write(video_frame(number))
    rows.discard()
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]
