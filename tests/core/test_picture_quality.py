"""What viewers may ask for."""

import pytest

from webapp.core.picture_quality import FULL, PictureQuality, parse_quality, reduced


@pytest.mark.parametrize(
    ("width", "jpeg", "quality"),
    [
        (None, None, FULL),
        ("640", None, PictureQuality(640)),
        (None, "50", PictureQuality(None, 50)),
        ("320", "70", PictureQuality(320, 70)),
    ],
)
def test_one_of_few(width, jpeg, quality):
    assert parse_quality(width, jpeg) == quality


@pytest.mark.parametrize(
    ("width", "jpeg", "named"),
    [
        ("641", None, "w: expected 960, 640, 320 or nothing, got '641'"),
        ("0640", None, "w: expected"),
        ("", "70", "w: expected"),
        ("640", "99", "q: expected 80, 70, 50 or nothing, got '99'"),
        ("9" * 5000, None, "got '99999999999999999999'"),
    ],
)
def test_others_are_refused(width, jpeg, named):
    with pytest.raises(ValueError, match=named):
        parse_quality(width, jpeg)


def test_what_is_reduced_is_never_larger_or_finer():
    assert reduced(FULL) == PictureQuality(640, 50)
    assert reduced(PictureQuality(320, 50)) == PictureQuality(320, 50)
