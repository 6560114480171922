"""Cameras over RTSP, of a real server: H.264 over TCP."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.rtsp_server import RtspServer, rtsp_server
from webapp.core.errors import SourceError
from webapp.vision.camera import READ_TIMEOUT_MS, UrlSource

WHITE = 255


@pytest.fixture
def server() -> Iterator[RtspServer]:
    with rtsp_server() as server:
        yield server


def check_picture(source: UrlSource) -> None:
    image = source.read()
    assert image.shape == (240, 320, 3)
    assert image.mean() > WHITE - 5
    # It comes at the camera's pace, not at ours.
    assert source.frame_interval_s is None


def refusal(url: str) -> str:
    with pytest.raises(SourceError) as caught:
        UrlSource(url)
    assert "hunter2" not in str(caught.value) and "127.0.0.1" not in str(caught.value)
    return str(caught.value)


def test_a_stream_with_sound_is_read_and_comes_back_after_a_power_cut(server):
    url = server.url("/sound")
    with closing(UrlSource(url)) as source:
        check_picture(source)
        server.kill()
        with pytest.raises(SourceError, match="the stream stopped"):
            while True:
                source.read()
    assert "nothing takes connections" in refusal(url)
    server.start()
    with closing(UrlSource(url)) as source:
        check_picture(source)


def test_who_may_not_see_it_is_told_what_is_wrong(server):
    assert "wants a user name and password" in refusal(server.url("/locked"))
    assert "refuses the user name" in refusal(server.url("/locked", "mira:hunter2"))
    assert "write / as %2F" in refusal(server.url("/locked", "mira:hunter2/"))
    with closing(UrlSource(server.url("/locked", "mira:p%2Fw"))) as source:
        check_picture(source)


def test_a_path_without_pictures_is_told_from_one_without_anything(server):
    assert "nothing at this path" in refusal(server.url("/cellar"))
    assert "nothing that can be read as pictures" in refusal(server.url("/only-sound"))


def test_a_stream_that_falls_silent_ends_without_passing_off_an_old_picture(server):
    """FFmpeg holds the last one back until another begins, and gives it when the time is up."""
    with closing(UrlSource(server.url("/plain"))) as source:
        check_picture(source)
        server.mute()
        waits_s = []
        with pytest.raises(SourceError, match="the stream stopped"):
            while True:
                begun_s = time.monotonic()
                source.read()
                waits_s.append(time.monotonic() - begun_s)
    assert max(waits_s) < READ_TIMEOUT_MS / 1000
