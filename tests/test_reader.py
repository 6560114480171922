import subprocess
import sys

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from webapp.config import ROOT
from webapp.core.errors import PictureError
from webapp.reader import read_image

BGR = astronaut()[:, :, ::-1]


def test_a_path_and_its_pixels_read_alike(tmp_path):
    path = tmp_path / "astronaut.png"
    cv2.imwrite(str(path), BGR)
    record = read_image(path).record("a")
    assert [face["emotion"] for face in record["faces"]] == ["happy"]
    assert record == read_image(str(path)).record("a") == read_image(BGR).record("a")


def test_grey_pixels_are_read():
    assert len(read_image(cv2.cvtColor(BGR.copy(), cv2.COLOR_BGR2GRAY)).faces) == 1


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros(8, np.uint8),
    ],
    ids=lambda image: f"{image.shape} {image.dtype}",
)
def test_other_arrays_are_refused_with_what_came(image):
    with pytest.raises(PictureError, match="expected pixels as an array"):
        read_image(image)


def test_the_module_needs_neither_flask_nor_a_database():
    script = (
        "import sys, webapp.reader; "
        "print([name for name in ('flask', 'sqlalchemy', 'tensorflow') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
