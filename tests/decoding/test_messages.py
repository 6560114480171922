"""Tests of what a decoder and its asker understand, and what they do not."""

import json

import pytest

from webapp.core.errors import MessageError
from webapp.decoding.messages import (
    Beyond,
    Decoded,
    DecodePicture,
    Ended,
    FrameDecoded,
    GoOn,
    Opened,
    OutOfMemory,
    Passed,
    Refused,
    StartDecoder,
    from_bytes,
    to_bytes,
)


@pytest.mark.parametrize(
    "message",
    [
        StartDecoder(10**9),
        DecodePicture("lächeln 笑\udcff\n.jpg", 50_000_000),
        Decoded(40, 60),
        Opened(29.97, None, ""),
        Opened(10.0, 30, "a.avi gives an impossible rate"),
        Beyond(True),
        Passed(-1.5),
        FrameDecoded(40, 60, 0.1, 1),
        GoOn(),
        Ended(3.0, "cut off"),
        Refused("PictureError", "a.jpg: is empty"),
        OutOfMemory(),
    ],
    ids=str,
)
def test_a_message_comes_out_as_it_went_in(message):
    assert from_bytes(to_bytes(message)) == message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\0",
        b"[" * 100_000,
        b"3",
        b"{}",
        b'{"is": []}',
        b'{"is": "Started", "more": 1}',
        *(
            json.dumps({"is": "Decoded"} | values).encode()
            for values in (
                {"height": 40},
                {"height": 40, "width": "60"},
                {"height": 40, "width": 60.0},
                {"height": 40, "width": True},
                {"height": 40, "width": 10**30},
                {"height": 40, "width": None},
                {"height": 40, "width": 60, "__class__": "x"},
            )
        ),
        b'{"is": "Passed", "time_s": NaN}',
        b'{"is": "Passed", "time_s": Infinity}',
        b'{"is": "Passed", "time_s": 1}',
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(MessageError, match=r"^expected "):
        from_bytes(data)
