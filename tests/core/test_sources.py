import pytest

from webapp.core.sources import Device, check_source, parse_device, place_of, source_kind


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("demo", "demo"),
        ("12", "camera"),
        ("0 1280x720", "camera"),
        ("/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1:1.0-video-index0", "camera"),
        ("clips/crew.mp4", "file"),
        ("0.mp4", "file"),
        ("rtsp://camera/stream", "url"),
        ("HTTP://camera/video", "url"),
    ],
)
def test_source_kind(source, kind):
    assert source_kind(source) == kind


@pytest.mark.parametrize(
    ("source", "device"),
    [
        ("0", Device("0")),
        ("0 1280x720@30 mjpg", Device("0", (1280, 720), 30.0, "MJPG")),
        ("1  yuyv  640x480", Device("1", (640, 480), None, "YUYV")),
        ("/dev/video2 @7.5", Device("/dev/video2", None, 7.5)),
    ],
)
def test_what_is_asked_of_a_device(source, device):
    assert parse_device(source) == device


@pytest.mark.parametrize(
    ("source", "other", "is_same"),
    [
        ("0", "0 1280x720@30 mjpg", True),
        ("0", "1", False),
        ("browser 9", "browser 25 counts", True),
        ("rtsp://me:old@camera/1", "rtsp://me:new@camera/1", True),
        ("rtsp://camera/1", "rtsp://camera/2", False),
        ("rtsp://camera/1", "rtsp://camera:8554/1", False),
        ("http://camera?channel=1", "http://camera?channel=2", False),
    ],
)
def test_places_are_told_apart_by_device_and_address_alone(source, other, is_same):
    assert (place_of(source) == place_of(other)) == is_same


@pytest.mark.parametrize("wishes", ["big", "1280x720 640x480", "0x0", "640x480@", "@0", "a.mp4"])
def test_other_wishes_are_refused(wishes):
    with pytest.raises(ValueError, match="1280x720@30 mjpg"):
        parse_device(f"0 {wishes}")


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:p@ss:w@cam/s",
        "rtsp://admin:p%2Fw@cam:554/s?a=b@c#d",
        "http://cam:8080/live@main",
        "http://[fe80::1]:8080/x",
        "https+insecure://10.0.0.7/x",
    ],
)
def test_urls_that_can_be_meant(url):
    check_source(url)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("rtsp://admin:hunter/2@cam/s", "%2F"),
        ("rtsp://admin:hunter?2@cam/s", "%3F"),
        ("rtsp://admin:12#hunter2@cam/s", "%23"),
        ("rtsp://cam:high/s", "port is a number"),
        ("http:///hunter2", "with a host"),
        ("http://[::1/hunter2", "with a host"),
        ("rtsp://cam/hunter2 640x480", "without blanks"),
        ("admin:hunter2@10.0.0.7", "without @"),
        ("rtsp:/admin:hunter2@10.0.0.7/s", "without @"),
        ("clip.mp4 640x480", "after a device alone"),
        ("clip\x00.mp4", "control characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_never_repeated(source, part):
    with pytest.raises(ValueError, match=part) as caught:
        check_source(source)
    assert "hunter" not in str(caught.value)
