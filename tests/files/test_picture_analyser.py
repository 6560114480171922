"""The real detector and network on scikit-image's astronaut."""

import threading
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from webapp.config import Settings
from webapp.core.faces import Faces
from webapp.files.picture_analyser import PictureAnalyser
from webapp.reader import load_models
from webapp.vision.still_pictures import decode_picture

FACE_XYXY = np.array([178, 63, 268, 176])


@pytest.fixture(scope="module")
def analyser() -> PictureAnalyser:
    return PictureAnalyser(load_models(Settings()))


def encoded(kind: str, mode: str = "RGB", **options) -> bytes:
    file = BytesIO()
    Image.fromarray(astronaut()).convert(mode).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "P")),
        *(("PNG", "RGBA"), ("PNG", "I;16"), ("WEBP", "RGB"), ("BMP", "RGB"), ("TIFF", "RGB")),
    ],
)
def test_one_smiling_face_in_every_format(analyser, kind, mode):
    if mode == "I;16":
        file = BytesIO()
        grey = np.asarray(Image.fromarray(astronaut()).convert("L"))
        Image.fromarray(grey.astype(np.uint16) * 257).save(file, kind)
        data = file.getvalue()
    else:
        data = encoded(kind, mode)
    read = analyser.analyse(decode_picture(data, "astronaut", 10**6))
    (face,) = read.record("astronaut")["faces"]
    assert np.abs(np.array(face["box_xyxy"]) - FACE_XYXY).max() <= 12
    assert (face["emotion"], face["uncertain"]) == ("happy", False)


class Doubting:
    """Sees the astronaut's face, and doubts it."""

    name = "yunet"

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        return replace(Faces.from_boxes(FACE_XYXY[None]), scores=np.full(1, 0.59, np.float32))


def test_a_face_that_the_detector_doubts_is_none(analyser):
    models = replace(load_models(Settings()), detector=Doubting())
    assert len(PictureAnalyser(models).analyse(astronaut()).faces) == 0


def test_a_turned_picture_reads_like_the_upright_one(analyser):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = BytesIO()
    Image.fromarray(np.rot90(astronaut()).copy()).save(file, "PNG", exif=exif)
    turned = analyser.analyse(decode_picture(file.getvalue(), "turned", 10**6))
    assert turned.record("") == analyser.analyse(astronaut()[:, :, ::-1].copy()).record("")


@pytest.mark.parametrize("size_wh", [(1, 1), (1, 3000), (3000, 1), (7, 5), (100, 40_000)])
def test_strips_and_specks_have_no_faces(analyser, size_wh):
    image = np.full((size_wh[1], size_wh[0], 3), 120, np.uint8)
    assert analyser.analyse(image).record("")["faces"] == []


def test_threads_get_the_same_reading(analyser):
    image = astronaut()[:, :, ::-1].copy()
    alone, found = analyser.analyse(image).record(""), []
    threads = [
        threading.Thread(target=lambda: found.append(analyser.analyse(image).record("")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 4
