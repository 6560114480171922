from pathlib import Path

import pytest

from webapp.core.errors import DatasetError
from webapp.training.cleaning import without_flawed
from webapp.training.pictures import fingerprint
from webapp.training.splits import load_splits

HEADER = "emotion,pixels,Usage"
PIXELS = " ".join(str(i % 256) for i in range(48 * 48))
OTHER = " ".join(str((7 * i) % 256) for i in range(48 * 48))
THIRD = " ".join(str((11 * i) % 256) for i in range(48 * 48))
GOOD = [f"3,{PIXELS},Training", f"0,{OTHER},Training", f"0,{THIRD},PublicTest"]


def written(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    path = folder / "fer2013.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_kaggle_s_csv(tmp_path):
    private = f"1,{PIXELS},PrivateTest"
    train, validation, test_fingerprints = load_splits(written(tmp_path, [*GOOD, private]))
    assert train.classes == validation.classes == ("angry", "happy")
    assert train.labels.tolist() == [1, 0]
    assert validation.labels.tolist() == [0]
    assert train.images[0, 1, 0] == 48
    assert test_fingerprints.tolist() == [fingerprint(train.images[0])]


def test_private_test_rows_never_train(tmp_path):
    rows = [*GOOD, f"3,{THIRD.replace('200', '201')},Training", f"1,{PIXELS},PrivateTest"]
    train, dropped = without_flawed(*load_splits(written(tmp_path, rows)))
    assert dropped == {"near_constant": 0, "copy_in_validation": 0, "copy_in_test": 1}
    assert len(train) == 2


@pytest.mark.parametrize(
    "header",
    [
        "emotion, pixels, Usage",
        "\ufeffemotion,pixels,Usage",
        "emotion,pixels,usage",
        "LABEL,Pixels,split",
        '"emotion","pixels","Usage"',
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_other_editions_of_the_header(tmp_path, header, separator):
    rows = [row.replace(",", separator) for row in GOOD]
    path = written(tmp_path, rows, header.replace(",", separator))
    assert load_splits(path).train.labels.tolist() == [1, 0]


def test_other_words_for_parts_and_classes(tmp_path):
    rows = [f"happy,{PIXELS},train", f"Angry,{OTHER},TRAINING", f"0,{THIRD},val"]
    train, validation, test_fingerprints = load_splits(written(tmp_path, rows))
    assert (train.labels.tolist(), validation.labels.tolist()) == ([1, 0], [0])
    assert not len(test_fingerprints)


@pytest.mark.parametrize("header", ["emotion,pixels", "pixels;emotion"])
def test_a_file_without_parts_is_split_as_a_folder_is(tmp_path, header):
    rows = []
    for number in range(20):
        pixels = " ".join(str((number + (3 + number) * i) % 256) for i in range(48 * 48))
        rows.append(f"{number % 2},{pixels}" if header[0] == "e" else f"{pixels};{number % 2}")
    train, validation, _ = load_splits(written(tmp_path, rows, header))
    assert train.counts() == {"angry": 9, "disgust": 9}
    assert validation.counts() == {"angry": 1, "disgust": 1}


@pytest.mark.parametrize(
    "row",
    [
        f"9,{PIXELS},Training",
        f"x,{PIXELS},Training",
        f"-1,{PIXELS},Training",
        f",{PIXELS},Training",
        f"3,{PIXELS.replace('200', '300')},Training",
        f"3,{PIXELS.replace('200', '-2')},Training",
        f"3,{PIXELS.replace('200', 'x')},PrivateTest",
        f"3,{PIXELS} 1,PublicTest",
        "3,1 2 3,Training",
        "3,,Training",
        "3",
        f"3,{PIXELS},Elsewhere",
        f"3,{PIXELS}",
        f'3,"{PIXELS},Training',
    ],
)
def test_a_broken_row_is_named(tmp_path, row):
    path = written(tmp_path, [*GOOD, row])
    with pytest.raises(DatasetError, match=r"fer2013\.csv, line 5: broken row .*Remove it"):
        load_splits(path)


@pytest.mark.parametrize("field", ["1 " * 100_000, "\0"])
def test_a_field_that_no_csv_has(tmp_path, field):
    path = written(tmp_path, [*GOOD, f"3,{field},Training"])
    with pytest.raises(DatasetError, match=r"fer2013\.csv, line 5: "):
        load_splits(path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows for Training"),
        (GOOD[:2], r"no rows for PublicTest\. Use the complete"),
        (GOOD[2:], "no rows for Training"),
        ([GOOD[0], GOOD[2]], "line 3: angry occurs in no row for Training"),
        ([GOOD[1], GOOD[2]], "at least two classes, found only angry"),
    ],
)
def test_a_part_or_a_class_that_is_not_there(tmp_path, rows, message):
    with pytest.raises(DatasetError, match=message):
        load_splits(written(tmp_path, rows))


def test_other_columns(tmp_path):
    path = written(tmp_path, ["1,2"], "emotion,b")
    expected = "expected the columns emotion and pixels, and Usage .*; pixels is missing in: emo"
    with pytest.raises(DatasetError, match=expected):
        load_splits(path)


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08\x00\xff\xfe\xfd" * 50, b"", b"\0" * 99])
def test_another_file_is_refused_plainly(tmp_path, content):
    archive = tmp_path / "fer2013.tar.gz"
    archive.write_bytes(content)
    with pytest.raises(DatasetError, match=r"fer2013\.tar\.gz.*"):
        load_splits(archive)
