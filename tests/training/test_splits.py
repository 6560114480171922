import shutil

import cv2
import numpy as np
import pytest

from webapp.core.errors import DatasetError
from webapp.training.cleaning import without_flawed, without_voted_out
from webapp.training.dataset import FaceSet
from webapp.training.splits import (
    choosing_part,
    is_validation_folder,
    load_splits,
    reporting_rows,
    split_folder,
)
from webapp.training.votes import CLASS_OF_COLUMN


@pytest.fixture
def alone(data):
    """A data folder whose validation part must be made."""
    shutil.rmtree(data / "validation")
    return data


@pytest.fixture
def kaggle(alone):
    """The layout of Kaggle's picture archive: train/ and test/."""
    shutil.copytree(alone / "train", alone / "test")
    for number in range(20):
        (alone / f"test/calm/{number:03d}.png").unlink()
        (alone / f"test/tense/{number:03d}.png").unlink()
    return alone


def test_without_a_validation_part_a_stratified_tenth_is_set_aside(alone):
    train, validation, _ = load_splits(alone)
    assert train.counts() == {"calm": 36, "tense": 36}
    assert validation.counts() == {"calm": 4, "tense": 4}
    assert not set(train.files) & set(validation.files)


@pytest.mark.parametrize("name", ["val", "valid", "dev", "Validation", "VAL"])
def test_the_validation_part_may_have_another_name(data, name):
    expected = load_splits(data).validation.files
    (data / "validation").rename(data / "part")
    (data / "part").rename(data / name)
    (data / "train").rename(data / "Train")
    found = load_splits(data).validation.files
    assert [file.partition("/")[2] for file in found] == [f.partition("/")[2] for f in expected]
    assert split_folder(data, "validation") == data / name
    assert is_validation_folder(data / name)


def test_two_validation_parts_are_refused(data):
    shutil.copytree(data / "validation", data / "val")
    with pytest.raises(DatasetError, match="found val and validation"):
        load_splits(data)


def test_a_part_of_an_unknown_name_is_not_left_out_unnoticed(alone):
    shutil.copytree(alone / "train", alone / "holdout")
    with pytest.raises(DatasetError, match=r"holdout: has class folders.*Call it validation or"):
        load_splits(alone)
    shutil.rmtree(alone / "holdout" / "calm")
    shutil.rmtree(alone / "holdout" / "tense")
    assert load_splits(alone).train


def test_the_same_pictures_are_set_aside_whatever_their_files_are_called(alone):
    before = set(load_splits(alone).validation.fingerprints())
    for number, path in enumerate(sorted(alone.rglob("*.png"), reverse=True)):
        path.rename(path.with_name(f"new {number:03d}.png"))
    assert set(load_splits(alone).validation.fingerprints()) == before


def test_a_picture_more_moves_few_others(alone, noise):
    before = set(load_splits(alone).validation.fingerprints())
    cv2.imwrite(str(alone / "train/calm/000 more.png"), noise)
    assert len(before - set(load_splits(alone).validation.fingerprints())) <= 1


@pytest.mark.parametrize("copies", [1, 7])
def test_twins_are_never_set_apart(alone, copies):
    for number in range(40):
        for copy in range(copies):
            shutil.copy(
                alone / f"train/calm/{number:03d}.png", alone / f"train/calm/{number}-{copy}.png"
            )
    train, validation, _ = load_splits(alone)
    assert not np.isin(train.fingerprints(), validation.fingerprints()).any()
    assert validation.counts()["calm"] == pytest.approx(4 * (copies + 1), abs=copies)


def test_twins_of_different_classes_stay_together(alone):
    for number in range(39):
        shutil.copy(alone / f"train/calm/{number:03d}.png", alone / f"train/tense/c{number}.png")
    train, validation, _ = load_splits(alone)
    assert not np.isin(train.fingerprints(), validation.fingerprints()).any()


def test_a_test_part_neither_trains_nor_chooses(kaggle):
    train, validation, test_fingerprints = load_splits(kaggle)
    assert len(test_fingerprints) == 40
    assert not np.isin(validation.fingerprints(), test_fingerprints).any()
    cleaned, dropped = without_flawed(train, validation, test_fingerprints)
    assert dropped == {"near_constant": 0, "copy_in_validation": 0, "copy_in_test": 40}
    assert not np.isin(cleaned.fingerprints(), test_fingerprints).any()
    assert len(cleaned) + len(validation) == 40


def test_a_test_part_of_any_layout_is_fingerprinted(kaggle):
    shutil.move(kaggle / "test/calm", kaggle / "elsewhere")
    (kaggle / "test/calm").symlink_to(kaggle / "elsewhere")
    (kaggle / "test/calm/circle").symlink_to(kaggle / "test")
    (kaggle / "test/labels.csv").write_text("x")
    (kaggle / "test/tense/broken.png").write_text("not a picture")
    assert len(load_splits(kaggle).test_fingerprints) == 40


def test_about_half_of_the_validation_part_only_reports():
    images = np.random.default_rng(3).integers(0, 256, (400, 48, 48)).astype(np.uint8)
    faces = FaceSet(images, np.arange(400) % 2, ("",) * 400, ("calm", "tense"))
    reporting = reporting_rows(faces)
    assert 160 < reporting.sum() < 240
    chosen_by = choosing_part(faces).fingerprints()
    np.testing.assert_array_equal(chosen_by, faces.fingerprints()[~reporting])


def test_a_picture_stays_in_its_half_whatever_lies_beside_it(data):
    faces = load_splits(data).validation
    rows = np.random.default_rng(1).permutation(len(faces))[:7]
    twice = faces.take(np.append(rows, rows))
    np.testing.assert_array_equal(reporting_rows(twice), np.tile(reporting_rows(faces)[rows], 2))


def test_pictures_that_all_only_report_cannot_choose(data):
    faces = load_splits(data).validation
    with pytest.raises(DatasetError, match=r"that choose, got \d+ that all only report"):
        choosing_part(faces.take(reporting_rows(faces)))


def test_copies_and_flat_pictures_are_dropped_and_counted(data):
    shutil.copytree(data / "validation/tense", data / "test/tense")
    shutil.copy(data / "validation/calm/000.png", data / "train/calm/copy.png")
    shutil.copy(data / "validation/tense/000.png", data / "train/tense/twice a copy.png")
    shutil.move(data / "validation/tense/001.png", data / "train/tense/copy of test.png")
    cv2.imwrite(str(data / "train/tense/flat.png"), np.full((48, 48), 127, np.uint8))
    cleaned, dropped = without_flawed(*load_splits(data))
    assert dropped == {"near_constant": 1, "copy_in_validation": 2, "copy_in_test": 1}
    assert cleaned.counts() == {"calm": 40, "tense": 40}


def test_a_class_of_flat_pictures_is_refused(data):
    for path in (data / "train/calm").iterdir():
        cv2.imwrite(str(path), np.full((48, 48), 9, np.uint8))
    with pytest.raises(DatasetError, match=r"no training picture is left of calm \(40\)"):
        without_flawed(*load_splits(data))


def votes_against(path, *files):
    """Write a votes file by which these pictures are no faces."""
    header = ",".join(["file", *CLASS_OF_COLUMN, "not_a_face"])
    rows = [f"{file}{',0' * len(CLASS_OF_COLUMN)},10" for file in files]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_what_taggers_call_no_face_is_dropped_and_counted(data, tmp_path):
    votes = votes_against(tmp_path / "votes.csv", "train/calm/000.png", "train/tense/001.png")
    kept, dropped = without_voted_out(load_splits(data).train, votes)
    assert (dropped, kept.counts()) == (2, {"calm": 39, "tense": 39})
    assert not {"train/calm/000.png", "train/tense/001.png"} & set(kept.files)


@pytest.mark.parametrize("names", [("tense",), ("calm", "tense")])
def test_votes_that_leave_nothing_of_a_class_are_refused(data, tmp_path, names):
    train = load_splits(data).train
    files = [file for file in train.files if file.split("/")[1] in names]
    votes = votes_against(tmp_path / "votes.csv", *files)
    gone = r", ".join(rf"{name} \(40\)" for name in names)
    message = rf"is left of {gone}: .*votes\.csv marks all as .*Correct it"
    with pytest.raises(DatasetError, match=message):
        without_voted_out(train, votes)


@pytest.mark.parametrize("twins", [0, 3])
def test_a_class_too_small_to_split_is_refused(alone, twins):
    (alone / "train/tiny").mkdir()
    for number in range(1 + twins):
        shutil.copy(alone / "train/calm/000.png", alone / f"train/tiny/{number}.png")
        cv2.imwrite(str(alone / f"train/tiny/{number}.png"), np.eye(48, dtype=np.uint8) * 255)
    message = (
        rf"train/tiny: {1 + twins} pictures are too few .*at least 2.*make a folder validation/"
    )
    with pytest.raises(DatasetError, match=message):
        load_splits(alone)


def test_two_pictures_are_enough_to_split(alone):
    (alone / "train/tiny").mkdir()
    for number in range(2):
        cv2.imwrite(str(alone / f"train/tiny/{number}.png"), np.eye(48) * (100 + 100 * number))
    train, validation, _ = load_splits(alone)
    assert (train.counts()["tiny"], validation.counts()["tiny"]) == (1, 1)
