import json
import os
import signal
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.cameras.fakes import FakeClassifier, FakeDetector, crop
from tests.files.pictures import animation, corner_picture, encode
from webapp.cameras.analysis import FaceModels
from webapp.core.errors import ModelMissingError, OutputError
from webapp.core.faces import Faces
from webapp.files.image_run import STDOUT, ImageOptions, run_image
from webapp.files.picture_files import read_picture
from webapp.files.picture_paths import PictureSearch

JPEG = encode(corner_picture(), "JPEG")


class SignallingDetector(FakeDetector):
    """Has a signal sent to the process while it looks at its second picture."""

    def __init__(self, number: int) -> None:
        super().__init__(1)
        self._number = number

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        if self.calls == 1:
            os.kill(os.getpid(), self._number)
        return super().detect(image_bgr, width_px)


READ = partial(read_picture, max_pixels=10_000)


def load_models(detector: FakeDetector | None = None) -> FaceModels:
    return FaceModels(detector or FakeDetector(1), crop, FakeClassifier(), ("angry",))


def run(*paths: str, detector: FakeDetector | None = None, **changes) -> int:
    options = {"json_file": None, "out": None} | changes
    return run_image(ImageOptions(paths, **options), lambda: load_models(detector), READ)


@pytest.fixture
def photos(tmp_path, monkeypatch) -> Path:
    for number in range(3):
        path = tmp_path / "photos" / f"{number}" / "a.jpg"
        path.parent.mkdir(parents=True)
        path.write_bytes(JPEG)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"


def test_a_table_without_options(photos, capsys):
    assert run("photos") == 0
    out, err = capsys.readouterr()
    assert "photos/1/a.jpg      1  angry 80%" in out and err == ""
    assert out.endswith("3 pictures, 3 faces: 3 angry\n")


def test_json_keeps_the_given_paths(photos, capsys):
    given = ["photos/0/a.jpg", "./photos/1/a.jpg", str(photos / "2" / "a.jpg")]
    assert run(*given, json_file=Path("out.json")) == 0
    assert [record["path"] for record in json.loads(Path("out.json").read_text())] == given
    assert run(*given, json_file=STDOUT) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["path"] for line in lines] == given


def test_copies_keep_the_structure_and_the_originals(photos):
    assert run("photos", out=Path("drawn")) == 0
    for number in range(3):
        assert (photos / f"{number}" / "a.jpg").read_bytes() == JPEG
        copy = read_picture(Path("drawn") / f"{number}" / "a.jpg", 10_000)
        assert copy.shape == (40, 60, 3)


@pytest.mark.parametrize("given", ["photos", "photos/**/*.jpg", "photos/*", "photos/*/*"])
def test_copies_are_not_read_as_originals_the_next_time(photos, given):
    assert run(given, out=photos / "drawn") == 0
    assert run(given, out=photos / "drawn", json_file=Path("out.json")) == 0
    assert len(json.loads(Path("out.json").read_text())) == 3


def test_copies_into_the_folder_of_the_originals_are_refused(photos, capsys):
    assert run("photos", out=photos) == 1
    assert capsys.readouterr().err.count("would replace an original") == 3
    assert (photos / "0" / "a.jpg").read_bytes() == JPEG


def test_copies_replace_no_photograph_that_is_not_read(photos, capsys):
    older = photos / "old" / "a.jpg"
    older.parent.mkdir()
    older.write_bytes(JPEG)
    (photos / "old" / "b.jpg").write_bytes(JPEG)
    (photos / "a.jpg").write_bytes(b"another photograph")
    assert run("photos/old", out=photos) == 1
    assert (photos / "a.jpg").read_bytes() == b"another photograph"
    assert read_picture(photos / "b.jpg", 10_000).shape == (40, 60, 3)
    assert f"{photos / 'a.jpg'}: is there already" in capsys.readouterr().err


def test_a_picture_is_not_replaced_by_the_json(photos):
    with pytest.raises(OutputError, match="is one of the pictures"):
        run("photos", json_file=photos / "0" / "a.jpg")
    assert (photos / "0" / "a.jpg").read_bytes() == JPEG


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"<svg/>", "is not a picture"),
        (JPEG[:-9], "is damaged or cut short"),
        (animation("GIF"), "is animated"),
        (encode(corner_picture().resize((200, 100)), "PNG"), "has 200 by 100 pixels"),
    ],
)
def test_a_bad_file_is_reported_at_the_end_and_the_rest_done(photos, capsys, data, message):
    (photos / "1" / "a.jpg").write_bytes(data)
    assert run("photos", json_file=Path("out.json")) == 1
    assert f"photos/1/a.jpg: {message}" in capsys.readouterr().err
    records = json.loads(Path("out.json").read_text())
    assert [record["path"] for record in records] == ["photos/0/a.jpg", "photos/2/a.jpg"]


def test_ten_thousand_files_with_one_bad_in_the_middle(tmp_path, capsys):
    folder = tmp_path / "many"
    folder.mkdir()
    (tmp_path / "a.bmp").write_bytes(encode(corner_picture().resize((8, 8)), "BMP"))
    for number in range(10_000):
        os.link(tmp_path / "a.bmp", folder / f"{number:05}.bmp")
    (folder / "05000.bmp").unlink()
    (folder / "05000.bmp").write_bytes(b"not a picture")
    assert run(str(folder), json_file=tmp_path / "out.json") == 1
    assert len(json.loads((tmp_path / "out.json").read_text())) == 9_999
    assert capsys.readouterr().err.count("\n") == 2


def test_nothing_found_loads_no_model(tmp_path, capsys):
    def refuse() -> FaceModels:
        raise ModelMissingError("not asked for")

    options = ImageOptions((str(tmp_path), "nothing*"), None, None)
    assert run_image(options, refuse, READ) == 1
    assert "no picture in this folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_keeps_what_was_read(photos, capsys, number, expected):
    before = set(Path.cwd().iterdir())
    json_file = Path("out.json")
    status = run("photos", json_file=json_file, detector=SignallingDetector(number))
    assert status == expected
    assert len(json.loads(json_file.read_text())) == 2
    assert set(Path.cwd().iterdir()) - before == {json_file.absolute()}
    assert "interrupted; what was read until then is kept" in capsys.readouterr().err


def test_a_signal_while_the_model_loads_writes_nothing(photos, capsys):
    def interrupted_reader() -> FaceModels:
        os.kill(os.getpid(), signal.SIGINT)
        return load_models()

    json_file = Path("out.json")
    json_file.write_text("older")
    options = ImageOptions(("photos", "nothing*"), json_file, None)
    assert run_image(options, interrupted_reader, READ) == 130
    assert json_file.read_text() == "older"
    assert capsys.readouterr().err == "\nevenkeel: interrupted before the first picture.\n"


def test_a_signal_in_the_search_loads_no_model(photos, monkeypatch, capsys):
    def interrupted_add(self, argument: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        add(self, argument)

    def refuse() -> FaceModels:
        raise ModelMissingError("not asked for")

    add = PictureSearch.add
    monkeypatch.setattr(PictureSearch, "add", interrupted_add)
    assert run_image(ImageOptions(("photos",), None, None), refuse, READ) == 130
    assert capsys.readouterr().err == "\nevenkeel: interrupted before the first picture.\n"


class AlternatingDetector(FakeDetector):
    """Finds no face, one, two, none, one and so on."""

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        self.face_count = self.calls % 3
        return super().detect(image_bgr, width_px)


@pytest.mark.parametrize("out", [None, Path("drawn")])
def test_the_faces_of_several_pictures_are_read_at_once_with_their_places(
    tmp_path, monkeypatch, out
):
    monkeypatch.chdir(tmp_path)
    names = [f"{number:02}.jpg" for number in range(20)]
    for name in names:
        Path(name).write_bytes(JPEG)
    classifier = FakeClassifier()
    reader = FaceModels(AlternatingDetector(), crop, classifier, ("angry",))
    options = ImageOptions(tuple(names), Path("out.json"), out)
    assert run_image(options, lambda: reader, READ) == 0
    records = json.loads(Path("out.json").read_text())
    assert [record["path"] for record in records] == names
    assert [len(record["faces"]) for record in records] == [n % 3 for n in range(20)]
    assert sum(classifier.batches) == sum(n % 3 for n in range(20))
    # Copies wait for nobody: their pictures may be large.
    assert len(classifier.batches) == (20 if out else 3)


def test_names_are_passed_over_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["-n.jpg", "lächeln 笑.jpg", "two words.jpg", os.fsdecode(b"bytes \xff.jpg")]
    for name in names:
        Path(name).write_bytes(JPEG)
    assert run(*names, json_file=Path("out.json"), out=Path("drawn")) == 0
    assert [record["path"] for record in json.loads(Path("out.json").read_text())] == names
    assert sorted(os.listdir("drawn")) == sorted(names)
