import pytest

from webapp.core.camera_list import (
    CameraSource,
    parse_camera_lines,
    parse_cameras,
)


def sources(cameras: tuple[CameraSource, ...]) -> dict[str, str]:
    return {camera.name: camera.source for camera in cameras}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("demo", {"demo": "demo"}),
        ("door=0,hall=clip.mp4", {"door": "0", "hall": "clip.mp4"}),
        (" a = 0 , b=1", {"a": "0", "b": "1"}),
        ("a=rtsp://h/s, b=rtsp://h/t", {"a": "rtsp://h/s", "b": "rtsp://h/t"}),
        ("a=0,,b=1,", {"a": "0", "b": "1"}),
        ("a=0,\r\nb=1,\r\n", {"a": "0", "b": "1"}),
        ("a=/v/a,b.mp4,b=0", {"a": "/v/a,b.mp4", "b": "0"}),
        ("a=rtsp://u:p=w@h/s?x=1&y=2,3, b=1", {"a": "rtsp://u:p=w@h/s?x=1&y=2,3", "b": "1"}),
        ("a=http://h/s?x=1,b=rtsp://k/", {"a": "http://h/s?x=1", "b": "rtsp://k/"}),
        ('a="http://h/x?r=1x1,fps=10",b=1', {"a": "http://h/x?r=1x1,fps=10", "b": "1"}),
        ("a=http://h/s;transport=tcp", {"a": "http://h/s;transport=tcp"}),
        ("a=http://h/x=y", {"a": "http://h/x=y"}),
        ("a=0 1280x720@30 mjpg,b=/dev/v4l/by-id/usb-C-index0", {
            "a": "0 1280x720@30 mjpg", "b": "/dev/v4l/by-id/usb-C-index0"
        }),
    ],
)  # fmt: skip
def test_cameras_in_one_line_or_more(text, expected):
    assert sources(parse_cameras(text)) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("0", "none at character 1"),
        (",", "there is none"),
        ("door=0,hall=", "none at character 8"),
        ("the door=0", "none at character 1"),
        ("a=0,a=1", "names that differ"),
        ("a=0\nb=0 big", "the source of b at character 5"),
        ("a=0;b=1", "one source alone"),
        ("a=0 b=1", "one source alone"),
        ("a=rtsp://h/s;b=rtsp://h/t", "one source alone"),
        ("a=rtsp://h/s; b=1", "without blanks"),
        ("a=http://h/x?r=640x480,fps=10", "a comma at character 23 that either"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text, part):
    with pytest.raises(ValueError, match=part):
        parse_cameras(text)


def test_a_file_has_a_camera_in_each_line():
    text = "# the cellar\n\ndoor = http://h/x?r=640x480,fps=10\r\n  hall=0,\n"
    assert sources(parse_camera_lines(text)) == {"door": "http://h/x?r=640x480,fps=10", "hall": "0"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("# nothing yet\n", "there is none"),
        ("a=0\n\nb", "none in line 3"),
        ("a=0,b=1", "the source of a in line 1"),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(text, part):
    with pytest.raises(ValueError, match=part):
        parse_camera_lines(text)
