"""Tests of how files are recognised by their beginning."""

import pytest

from webapp.core.errors import PictureError
from webapp.uploads import file_kinds
from webapp.uploads.file_kinds import kind_of


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "picture"),
        (b"GIF89a", "picture"),
        (b"BM\x36\0", "picture"),
        (b"II*\0", "picture"),
        (b"RIFF\x10\0\0\0AVI LIST", "video"),
        (b"\0\0\0\x20ftypisom", "video"),
        (b"\0\0\0\x14ftypqt  ", "video"),
        (b"\0\0\0\x08wide", "video"),
        (b"\x1aE\xdf\xa3", "video"),
        (b"G" + bytes(187) + b"G", "video"),
    ],
)
def test_the_kind_of_a_file(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b"\0", b"G", b"text", b"RIFF\x10\0\0\0WAVEfmt ", b"#EXTM3U\n", b"ffconcat"),
        *(b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypmif1", b"<?xml", b"%PDF-1.7", b"PK\x03\x04"),
    ],
)
def test_it_refuses(head: bytes) -> None:
    with pytest.raises(PictureError):
        kind_of(head)


def test_a_photograph_of_a_phone_is_a_picture_where_it_can_be_read(monkeypatch) -> None:
    head = b"\0\0\0\x18ftypheic"
    monkeypatch.setattr(file_kinds, "readable_formats", lambda: ("HEIF",))
    assert kind_of(head) == "picture"
    monkeypatch.setattr(file_kinds, "readable_formats", lambda: ())
    with pytest.raises(PictureError, match=r"HEIC or AVIF photograph.*pillow-heif"):
        kind_of(head)
