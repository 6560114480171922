import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, features

from webapp.core.errors import DatasetError
from webapp.training.dataset import load_folder
from webapp.training.splits import load_splits
from webapp.vision.still_pictures import decode_picture

NOBODY = 65534
LOSSLESS = {"webp": {"lossless": True}}


def add(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def face_of(data: Path, name: str) -> np.ndarray:
    train = load_folder(data / "train", base=data)
    return train.images[train.files.index(f"train/calm/{name}")]


def test_a_folder_with_both_parts(data):
    train, validation, test_fingerprints = load_splits(data)
    assert train.counts() == {"calm": 40, "tense": 40}
    assert validation.counts() == {"calm": 10, "tense": 10}
    assert train.images.shape == (80, 48, 48)
    assert train.files[0] == "train/calm/000.png"
    assert not len(test_fingerprints)


def test_pixels_of_the_right_size_come_unchanged(data, noise):
    add(data / "train/calm/noise.png", noise)
    assert (face_of(data, "noise.png") == noise).all()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif", ".JPEG"])
def test_colour_of_any_kind_of_file(data, suffix):
    add(data / f"train/calm/x{suffix}", np.full((96, 96, 3), (255, 0, 0), np.uint8))
    assert np.ptp(face_of(data, f"x{suffix}")) <= 2
    assert face_of(data, f"x{suffix}").mean() == pytest.approx(0.114 * 255, abs=3)


def test_sixteen_bits(data, noise):
    add(data / "train/calm/deep.png", noise.astype(np.uint16) * 257)
    assert (face_of(data, "deep.png") == noise).all()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("png", "RGBA"),
        ("png", "LA"),
        ("png", "P"),
        ("webp", "RGBA"),
        ("tiff", "RGBA"),
        ("gif", "RGBA"),
    ],
)
def test_transparent_parts_are_white_as_when_serving(data, kind, mode):
    """Hair and collars were cut out for white paper; a network that learnt black would be lost."""
    face = Image.new("RGBA", (48, 48), (90, 90, 90, 255))
    face.paste((0, 0, 0, 0), (0, 0, 48, 20))
    face.convert(mode).save(data / f"train/calm/x.{kind}", **LOSSLESS.get(kind, {}))
    seen = face_of(data, f"x.{kind}")
    served = decode_picture((data / f"train/calm/x.{kind}").read_bytes(), "", 10_000)
    assert (seen == served[..., 0]).all()
    assert (seen[:20] == 255).all() and np.ptp(seen[20:]) == 0 and seen[30, 30] < 100


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_a_photograph_of_a_phone_is_a_picture_like_others(data, noise):
    Image.fromarray(noise).save(data / "train/calm/x.avif", quality=100)
    assert np.abs(face_of(data, "x.avif").astype(int) - noise).mean() < 8


def test_one_that_pillow_cannot_read_is_named_with_the_way_out(data):
    (data / "train/calm/x.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))
    with pytest.raises(DatasetError, match=r"x\.heic \(is a HEIC or AVIF photograph.*pillow-heif"):
        load_folder(data / "train")


def test_an_animation_is_no_face(data):
    frames = [Image.new("L", (48, 48), grey) for grey in (0, 99, 200)]
    frames[0].save(data / "train/calm/x.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(DatasetError, match=r"x\.gif \(is animated or has pages: 3 pictures"):
        load_folder(data / "train")


@pytest.mark.parametrize("shape", [(48, 80), (80, 48)])
def test_of_a_picture_that_is_not_square_the_middle_counts(data, noise, shape):
    wide = np.zeros(shape, np.uint8)
    top, left = (shape[0] - 48) // 2, (shape[1] - 48) // 2
    wide[top : top + 48, left : left + 48] = noise
    add(data / "train/calm/wide.png", wide)
    assert (face_of(data, "wide.png") == noise).all()


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (700, 900)])
def test_any_size(data, size):
    add(data / "train/calm/x.png", np.full(size, 200, np.uint8))
    assert (face_of(data, "x.png") == 200).all()


def test_a_subset_of_known_classes_keeps_their_order(data):
    faces = load_folder(data / "validation", classes=("angry", "tense", "calm"))
    assert faces.counts() == {"angry": 0, "tense": 10, "calm": 10}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("sad", "neutral", "angry"), ("angry", "sad", "neutral")),
        (("wild", "calm"), ("calm", "wild")),
        (("sad", "bored", "angry"), ("angry", "bored", "sad")),
        (("very sad", "fröhlich", "平静"), ("fröhlich", "very sad", "平静")),
        (tuple(f"class {n:02}" for n in range(20)), tuple(f"class {n:02}" for n in range(20))),
    ],
)
def test_classes_have_fer_s_order_or_are_sorted(noise, tmp_path, names, expected):
    for name in names:
        add(tmp_path / name / "0.png", noise)
    faces = load_folder(tmp_path)
    assert faces.classes == expected
    assert [f"{faces.classes[label]}/0.png" for label in faces.labels] == list(faces.files)


def test_what_systems_leave_behind_is_passed_over(data):
    (data / "train/.cache").mkdir()
    for name in (".DS_Store", "._000.png", "Thumbs.db", "desktop.ini"):
        (data / "train/calm" / name).write_text("x")
    assert load_splits(data).train.counts() == {"calm": 40, "tense": 40}


def test_a_class_folder_may_be_a_link(data):
    (data / "validation/calm").rename(data / "elsewhere")
    (data / "validation/calm").symlink_to(data / "elsewhere")
    assert load_splits(data).validation.counts() == {"calm": 10, "tense": 10}


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97])
def test_a_picture_cut_short_is_refused(data, suffix, share):
    image = np.random.default_rng(1).integers(0, 255, (90, 90, 3)).astype(np.uint8)
    whole = cv2.imencode(suffix, image)[1].tobytes()
    (data / f"train/calm/cut{suffix}").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DatasetError, match=rf"train/calm/cut{suffix} \(it .*Replace or remove"):
        load_splits(data)


def test_several_unreadable_files_are_named_at_once(data):
    for number in range(7):
        (data / f"train/tense/bad{number}.png").write_text("not a picture")
    message = (
        r"7 of 87 files .*bad0\.png \(it does not decode\), .*bad4\.png .* and 2 more\. Replace"
    )
    with pytest.raises(DatasetError, match=message):
        load_splits(data)


@contextmanager
def as_nobody():
    """Drop root's right to read everything, where the tests have it."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("name", ["train/calm/000.png", "train/calm", "train"])
def test_what_may_not_be_read_is_named(data, name):
    # Outside pytest's own folders, which are closed to everybody but the one who runs it.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = shutil.copytree(data, Path(folder) / "data")
        (copy / name).chmod(0)
        with as_nobody(), pytest.raises(DatasetError, match=rf"{name}.*Permission denied"):
            load_splits(copy)
        (copy / name).chmod(0o700)


def test_a_class_that_is_not_named_in_utf8_is_refused(data):
    for part in ("train", "validation"):
        (data / part / "calm").rename(data / part / os.fsdecode(b"m\xfcde"))
    message = r"train: expected class folders named in UTF-8, got m\\xfcde\. Rename this folder"
    with pytest.raises(DatasetError, match=message):
        load_splits(data)


def _one_class_only(data):
    shutil.rmtree(data / "train/tense")
    shutil.rmtree(data / "validation/tense")


def _link_in_a_circle(data):
    (data / "train/calm/circle").symlink_to(data / "train")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: shutil.rmtree(data / "train"), "expected a folder with train"),
        (lambda data: (data / "train/empty").mkdir(), r"train/empty: no pictures\. Add"),
        (lambda data: (data / "train/calm/x.psd").write_text("x"), r"x\.psd \(expected one of"),
        (lambda data: (data / "train/calm/x.gif").write_text("x"), r"x\.gif \(is not a picture"),
        (lambda data: (data / "train/calm/x.png").mkdir(), r"calm/x\.png \(expected one of"),
        (_link_in_a_circle, r"calm/circle \(expected one of"),
        (
            lambda data: (data / "train/calm/x.png").symlink_to(data / "gone.png"),
            r"x\.png \(No such file",
        ),
        (
            lambda data: (data / "train/calm/x.png").symlink_to("x.png"),
            r"x\.png \(Too many levels of symbolic links",
        ),
        (
            lambda data: shutil.copytree(data / "validation/calm", data / "validation/other"),
            "unknown classes other; known are calm, tense",
        ),
        (
            lambda data: (data / "train/calm").rename(data / "train/uncertain"),
            r"train/uncertain: .*Name the class otherwise",
        ),
        (_one_class_only, "expected at least two classes, found only calm"),
    ],
)
def test_unusable_folders(data, change, message):
    change(data)
    with pytest.raises(DatasetError, match=message) as raised:
        load_splits(data)
    assert "\n" not in str(raised.value)


def test_a_missing_folder(tmp_path):
    with pytest.raises(DatasetError, match="expected a folder"):
        load_folder(tmp_path / "nowhere")
