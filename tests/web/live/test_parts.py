"""Tests of the parts that viewers of one camera share."""

import gc

from webapp.web.live.parts import Parts


def test_a_picture_is_wrapped_once_for_all() -> None:
    parts, jpeg = Parts(), b"a picture"
    part = parts.part_of("demo", jpeg)
    assert part == (
        b"Content-Type: image/jpeg\r\nContent-Length: 9\r\n\r\na picture\r\n--frame\r\n"
    )
    assert parts.part_of("demo", jpeg) is part


def test_each_camera_has_its_own() -> None:
    parts, first, second = Parts(), b"first", b"second"
    parts.part_of("demo", first)
    assert b"second" in parts.part_of("door", second)
    assert b"first" in parts.part_of("demo", first)


def test_a_newer_picture_replaces_an_older_one() -> None:
    parts = Parts()
    parts.part_of("demo", b"old")
    assert b"new" in parts.part_of("demo", b"new")


def test_none_is_kept_when_the_last_viewer_leaves() -> None:
    parts, jpeg = Parts(), bytes(bytearray(b"a picture"))
    parts.enter("demo")
    parts.enter("demo")
    part = parts.part_of("demo", jpeg)
    parts.leave("demo")
    assert parts.part_of("demo", jpeg) is part
    parts.leave("demo")
    assert not [kept for kept in gc.get_referrers(jpeg) if isinstance(kept, tuple)]
