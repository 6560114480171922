import pytest

from webapp.core.camera_mask import format_mask, parse_mask

STRIP = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.333333), (0.0, 0.333333))


def test_areas_are_written_and_read_alike():
    text = format_mask((STRIP, STRIP[:3]))
    assert text == "0,0 50,0 50,33.3333 0,33.3333\n0,0 50,0 50,33.3333"
    assert parse_mask(text + "\n\n") == (STRIP, STRIP[:3])
    assert parse_mask(" \n") == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0,0 50,0", "3 to 40 corners in line 1, got 2"),
        ("0,0 50,0 101,0", "from 0 to 100, got “101,0” in line 1"),
        ("0,0 1,1 2,0\n0,0 nan,1 2,0", "got “nan,1” in line 2"),
        ("0,0 1,1 -2,0", "got “-2,0”"),
        ("0 0 1 1", "got “0”"),
        (" ".join(["1,1"] * 41), "got 41"),
        ("0,0 1,1 2,0\n" * 21, "at most 20 areas, got 21"),
    ],
)
def test_what_is_no_area_is_refused_with_its_place(text, fault):
    with pytest.raises(ValueError, match=fault):
        parse_mask(text)
