"""Tests of cameras over https, against a server whose certificate was made up for the test."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gunicorn_server import free_port
from tests.mjpeg_camera import MjpegCamera
from tests.services import require_or_skip
from webapp.core.errors import SourceError
from webapp.vision.camera import UrlSource, source_opener

MAKE_CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    "-subj /CN={0} -addext subjectAltName=DNS:{0},IP:127.0.0.1"
)


@pytest.fixture(scope="module", params=["localhost", "other.test"])
def named(request: pytest.FixtureRequest) -> str:
    """The name that the certificate stands for."""
    return str(request.param)


@pytest.fixture(scope="module")
def certificate(named: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that only itself vouches for; its key lies beside it."""
    require_or_skip("openssl", shutil.which("openssl") is not None)
    path = tmp_path_factory.mktemp("certificate") / "camera.pem"
    files = ["-keyout", str(path.with_suffix(".key")), "-out", str(path)]
    command = [*MAKE_CERTIFICATE.format(named).split(), *files]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    """Where the camera listens."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_suffix(".key"))
    camera = MjpegCamera(free_port(), tls)
    camera.switch_on()
    yield camera.port
    camera.switch_off()


def can_read(url: str) -> bool:
    """Return whether a camera gives a picture."""
    try:
        source = source_opener(url, Path())()
    except SourceError as error:
        assert "certificate" in str(error)
        return False
    is_read = source.read().ndim == 3
    source.close()
    return is_read


def test_a_certificate_that_nobody_vouches_for_is_refused(port: int) -> None:
    assert not can_read(f"https://localhost:{port}/video")


def test_one_of_a_trusted_authority_is_taken_for_its_own_name(
    port: int, named: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert can_read(f"https://localhost:{port}/video") == (named == "localhost")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f000001", "[::1]", "[::1"])
def test_an_address_is_not_given_to_ffmpeg_which_compares_none(host: str) -> None:
    with pytest.raises(SourceError, match=r"Name the camera by one.*https\+insecure"):
        UrlSource(f"https://{host}:9/video")


def test_a_camera_can_be_left_unchecked_and_no_other_is_with_it(port: int) -> None:
    assert can_read(f"HTTPS+insecure://127.0.0.1:{port}/video")
    assert not can_read(f"https://localhost:{port}/video")


def test_ffmpeg_checks_it_too(port: int) -> None:
    with pytest.raises(SourceError):
        UrlSource(f"https://localhost:{port}/video")
    UrlSource(f"https+insecure://localhost:{port}/video").close()
