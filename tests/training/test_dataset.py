import shutil

import cv2
import numpy as np
import pytest

from webapp.core.errors import DatasetError
from webapp.training.dataset import FER_CLASSES, load_folder, load_splits, without_flawed


def test_a_folder_with_both_parts(data):
    train, validation = load_splits(data, seed=1)
    assert train.counts() == {"calm": 40, "tense": 40}
    assert validation.counts() == {"calm": 10, "tense": 10}
    assert train.images.shape == (80, 48, 48)
    assert train.files[0] == "train/calm/000.png"


def test_without_a_validation_part_a_stratified_tenth_is_set_aside(data):
    shutil.rmtree(data / "validation")
    train, validation = load_splits(data, seed=1)
    assert train.counts() == {"calm": 36, "tense": 36}
    assert validation.counts() == {"calm": 4, "tense": 4}
    assert not set(train.files) & set(validation.files)
    assert load_splits(data, seed=1)[1].files == validation.files
    assert load_splits(data, seed=2)[1].files != validation.files


def test_the_test_part_is_never_read(data):
    (data / "test" / "calm").mkdir(parents=True)
    (data / "test" / "calm" / "broken.png").write_text("not a picture")
    train, validation = load_splits(data, seed=1)
    assert not any(file.startswith("test/") for file in train.files + validation.files)


def test_colour_and_any_size(data):
    picture = np.full((100, 80, 3), (10, 200, 30), np.uint8)
    cv2.imwrite(str(data / "train" / "calm" / "colour.jpg"), picture)
    train, _ = load_splits(data, seed=1)
    assert train.images[train.files.index("train/calm/colour.jpg")].shape == (48, 48)


def test_copies_across_parts_and_flat_pictures_are_dropped(data):
    shutil.copy(data / "validation/calm/000.png", data / "train/calm/copy.png")
    cv2.imwrite(str(data / "train/tense/flat.png"), np.full((48, 48), 127, np.uint8))
    train, dropped = without_flawed(*load_splits(data, seed=1))
    assert dropped == {"near_constant": 1, "copy_in_validation": 1}
    assert train.counts() == {"calm": 40, "tense": 40}


def test_a_subset_of_known_classes_keeps_their_order(data):
    faces = load_folder(data / "validation", classes=("angry", "tense", "calm"))
    assert faces.counts() == {"angry": 0, "tense": 10, "calm": 10}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("sad", "neutral", "angry"), ("angry", "sad", "neutral")),
        (("wild", "calm"), ("calm", "wild")),
        (("sad", "bored", "angry"), ("angry", "bored", "sad")),
    ],
)
def test_classes_have_fer_s_order_or_are_sorted(data, tmp_path, names, expected):
    for name in names:
        shutil.copytree(data / "validation/calm", tmp_path / "other" / name)
    assert load_folder(tmp_path / "other").classes == expected


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: shutil.rmtree(data / "train"), "expected a folder with train"),
        (lambda data: (data / "train" / "empty").mkdir(), "empty: no pictures"),
        (
            lambda data: (data / "train/calm/bad.png").write_text("x"),
            r"bad\.png: not a readable picture",
        ),
        (
            lambda data: shutil.copytree(data / "validation/calm", data / "validation/other"),
            "unknown classes other",
        ),
    ],
)
def test_unusable_folders(data, change, told):
    change(data)
    with pytest.raises(DatasetError, match=told):
        load_splits(data, seed=1)


def _csv(path, rows):
    lines = ["emotion,pixels,Usage", *rows]
    path.write_text("\n".join(lines) + "\n")
    return path


PIXELS = " ".join(str(i % 256) for i in range(48 * 48))


def test_kaggle_s_csv(tmp_path):
    path = _csv(
        tmp_path / "fer2013.csv",
        [f"3,{PIXELS},Training", f"0,{PIXELS},PublicTest", f"1,{PIXELS},PrivateTest"],
    )
    train, validation = load_splits(path, seed=1)
    assert train.classes == FER_CLASSES
    assert (train.labels.tolist(), validation.labels.tolist()) == ([3], [0])
    assert train.images[0, 1, 0] == 48


@pytest.mark.parametrize(
    "row",
    ["9," + PIXELS, "x," + PIXELS, "3,1 2 3", "3,", "3," + PIXELS.replace("200", "300")],
)
def test_a_broken_row_is_named(tmp_path, row):
    path = _csv(tmp_path / "fer2013.csv", [f"{row},Training", f"0,{PIXELS},PublicTest"])
    with pytest.raises(DatasetError, match=r"fer2013\.csv, line 2: broken row"):
        load_splits(path, seed=1)


def test_a_csv_with_other_columns(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="expected the columns emotion, pixels and Usage"):
        load_splits(path, seed=1)


def test_an_archive_or_a_missing_folder_is_told_plainly(tmp_path):
    archive = tmp_path / "fer2013.tar.gz"
    archive.write_bytes(b"\x1f\x8b\x08\x00\xff\xfe\xfd" * 50)
    with pytest.raises(DatasetError, match=r"fer2013\.tar\.gz: expected"):
        load_splits(archive, seed=1)
    with pytest.raises(DatasetError, match="expected a folder"):
        load_folder(tmp_path / "nowhere")
