"""Cameras over HTTP that do what cameras do, not what the standard says."""

import threading
from base64 import b64encode
from contextlib import closing
from http.server import BaseHTTPRequestHandler

import cv2
import numpy as np
import pytest

from tests.http_server import answering, send, send_open
from webapp.core.errors import SourceError
from webapp.vision import http_camera
from webapp.vision.camera import source_opener
from webapp.vision.http_camera import HttpCameraOpener

MULTIPART = "multipart/x-mixed-replace; boundary=frame"


def picture(brightness: int) -> bytes:
    return cv2.imencode(".jpg", np.full((48, 64, 3), brightness, np.uint8))[1].tobytes()


def part(brightness: int) -> bytes:
    return b"--frame\r\nContent-Type: image/jpg\r\n\r\n" + picture(brightness) + b"\r\n"


def brightness_of(image: np.ndarray) -> int:
    assert image.shape == (48, 64, 3)
    return round(float(image.mean()), -1)


def opener(url: str, max_pixels: int | None = None) -> HttpCameraOpener:
    made = source_opener(url, http_camera.__file__, max_pixels)
    assert isinstance(made, HttpCameraOpener)
    return made


def first_picture(url: str, max_pixels: int | None = None) -> np.ndarray:
    with closing(opener(url, max_pixels)()) as source:
        return source.read()


def test_the_newest_of_the_pictures_that_have_come_is_read():
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send_open(handler, MULTIPART)
        handler.wfile.write(part(10) + part(50) + part(90))

    with answering(answer) as url:
        source = opener(f"{url}/video")()
        assert brightness_of(source.read()) == 90
        with pytest.raises(SourceError, match="the stream stopped"):
            source.read()
        source.close()


def test_an_address_with_one_picture_is_asked_over_and_over(monkeypatch):
    monkeypatch.setattr(http_camera, "SNAPSHOT_INTERVAL_S", 0.0)
    asked = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.client_address)
        send(handler, 200, picture(20 * len(asked)), Content_Type="image/jpeg")

    with answering(answer) as url:
        source = opener(f"{url}/snapshot")()
        assert [brightness_of(source.read()) for _ in range(3)] == [20, 40, 60]
        source.close()
    # One connection for all.
    assert len(set(asked)) == 1


def test_a_picture_may_be_sent_as_anything():
    png = cv2.imencode(".png", np.full((48, 64, 3), 50, np.uint8))[1].tobytes()
    with answering(lambda handler: send(handler, 200, png)) as url:
        assert brightness_of(first_picture(url)) == 50


def sign_in_of(handler: BaseHTTPRequestHandler) -> str:
    return handler.headers.get("Authorization", "")


def basic(handler: BaseHTTPRequestHandler) -> None:
    wanted = "Basic " + b64encode("admin:p@ss/wörd".encode()).decode()
    if sign_in_of(handler) == wanted:
        send(handler, 200, picture(50), Content_Type="image/jpeg")
    else:
        send(handler, 401, WWW_Authenticate='Basic realm="camera"')


def digest(handler: BaseHTTPRequestHandler) -> None:
    if 'username="admin"' in sign_in_of(handler) and 'nonce="abc"' in sign_in_of(handler):
        send(handler, 200, picture(50), Content_Type="image/jpeg")
    else:
        send(handler, 401, WWW_Authenticate='Digest realm="camera", nonce="abc", qop="auth"')


@pytest.mark.parametrize("answer", [basic, digest])
def test_it_signs_in_as_the_camera_wants_it(answer):
    with answering(answer) as url:
        address = url.replace("//", "//admin:p%40ss%2Fw%C3%B6rd@") + "/snapshot"
        assert brightness_of(first_picture(address)) == 50


def test_it_follows_where_the_camera_sends_it_and_not_for_ever():
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/old":
            send(handler, 302, Location="/new")
        elif handler.path == "/new":
            send(handler, 200, picture(50), Content_Type="image/jpeg")
        else:
            send(handler, 302, Location="/loop")

    with answering(answer) as url:
        assert brightness_of(first_picture(f"{url}/old")) == 50
        with pytest.raises(SourceError):
            first_picture(f"{url}/loop")


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason"),
    [
        (401, {"WWW_Authenticate": 'Basic realm="x"'}, b"", "refuses the user name or password"),
        (403, {}, b"", "does not let this user"),
        (404, {}, b"", "nothing at this path"),
        (503, {}, b"", r"an error of its own \(503\)"),
        (200, {"Content_Type": "text/html"}, b"<p>Welcome", "leads to a web page"),
        (200, {"Content_Type": "text/plain"}, b" <!DOCTYPE html><p>", "leads to a web page"),
        (200, {"Content_Type": "application/json"}, b"{}", "nothing that can be read as pictures"),
        (200, {"Content_Type": "video/mp4"}, b"no video", "nothing that can be read as pictures"),
        (200, {"Content_Type": "image/jpeg"}, b"broken", "nothing that can be read as pictures"),
    ],
)
def test_each_reason_has_its_sentence(status, headers, body, reason):
    with answering(lambda handler: send(handler, status, body, **headers)) as url:
        address = url.replace("//", "//admin:hunter2@") + "/hidden"
        with pytest.raises(SourceError, match=reason) as caught:
            first_picture(address)
    assert "hunter2" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_sign_in_that_is_missing_is_asked_for():
    answer = {"WWW_Authenticate": "Digest realm=x, nonce=y"}
    with (
        answering(lambda handler: send(handler, 401, **answer)) as url,
        pytest.raises(SourceError, match="Write them into its address"),
    ):
        first_picture(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/", "nothing takes connections"),
        ("http://camera.invalid/", "host name is not known"),
    ],
)
def test_a_camera_that_is_not_there(url, reason):
    with pytest.raises(SourceError, match=reason):
        first_picture(url)


def test_a_server_without_tls_is_told_from_one_with_a_wrong_certificate():
    with (
        answering(lambda handler: send(handler, 200)) as url,
        pytest.raises(SourceError, match="does not speak TLS"),
    ):
        first_picture(url.replace("http", "https+insecure"))


def test_a_slow_camera_is_given_more_time(monkeypatch):
    monkeypatch.setattr(http_camera, "LEAST_PATIENCE_S", 0.3)
    goes_on, leaves = threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send_open(handler, MULTIPART)
        handler.wfile.write(part(50))
        if goes_on.wait(60):
            handler.wfile.write(part(90))
            leaves.wait(60)

    with answering(answer) as url:
        open_camera = opener(url)
        source = open_camera()
        assert brightness_of(source.read()) == 50
        with pytest.raises(SourceError, match="the stream stopped"):
            source.read()
        source.close()
        assert open_camera._patience_s == pytest.approx(0.6)
        goes_on.set()
        source = open_camera()
        readings = {brightness_of(source.read())}
        if 90 not in readings:
            readings.add(brightness_of(source.read()))
        assert 90 in readings
        leaves.set()
        source.close()


def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", None)
    with (
        answering(lambda handler: send(handler, 200, picture(1), Content_Type="image/jpeg")) as url,
        pytest.raises(SourceError, match="64 by 48 pixels"),
    ):
        first_picture(url, max_pixels=64 * 48 - 1)


def test_a_stream_without_a_picture_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(http_camera, "MOST_PICTURE_BYTES", 1 << 18)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send_open(handler, MULTIPART)
        handler.wfile.write(picture(50)[:-2])
        while True:
            handler.wfile.write(bytes(1 << 16))

    with (
        answering(answer) as url,
        pytest.raises(SourceError, match="nothing that can be read as pictures"),
    ):
        first_picture(url)


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        (MULTIPART, "nothing that can be read as pictures"),
        ("image/jpeg", "does not answer in time"),
    ],
)
def test_bytes_that_never_become_a_picture_are_not_read_for_ever(content_type, reason, monkeypatch):
    monkeypatch.setattr(http_camera, "LEAST_PATIENCE_S", 0.2)
    leaves = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send_open(handler, content_type)
        while not leaves.wait(0.01):
            handler.wfile.write(b"noise")

    with answering(answer) as url, pytest.raises(SourceError, match=reason):
        first_picture(url)
    leaves.set()
