import pytest

from webapp.core.rooms import Fit, Places, Room, fit_into, parse_room
from webapp.core.sources import check_source, source_kind


@pytest.mark.parametrize(
    ("source", "room"),
    [
        ("browser", Room(25)),
        ("Browser 9", Room(9)),
        ("browser 50 counts", Room(50, counts_only=True)),
        ("browser counts", Room(25, counts_only=True)),
    ],
)
def test_rooms_as_sources(source, room):
    assert parse_room(source) == room
    assert source_kind(source) == "browser"


@pytest.mark.parametrize("source", ["browser 0", "browser 51", "browser x", "browser 5 6"])
def test_what_is_no_room(source):
    with pytest.raises(ValueError, match="1 to 50"):
        check_source(source)


@pytest.mark.parametrize(
    ("most", "columns", "tile_wh"), [(1, 1, (640, 360)), (9, 3, (480, 270)), (25, 5, (320, 180))]
)
def test_tiles_stand_in_rows_and_every_point_belongs_to_one(most, columns, tile_wh):
    room = Room(most)
    assert (room.columns, room.tile_wh, room.width_px) == (columns, tile_wh, columns * tile_wh[0])
    for place in range(most):
        x, y = room.tile_xy(place)
        assert room.place_at(x, y) == room.place_at(x + tile_wh[0] - 1, y + tile_wh[1] - 1) == place


def test_a_place_stays_empty_for_a_while_after_somebody_left_it():
    places = Places(2)
    assert places.enter("a", 0) and places.enter("b", 0) and places.enter("a", 1)
    assert not places.enter("c", 2)
    places.leave("a", 10)
    places.leave("nobody", 10)
    assert not places.enter("c", 14.9)
    assert places.enter("c", 15)
    assert places.participants() == {0: "c", 1: "b"}
    assert (places.of("c"), places.of("a")) == (0, None)


@pytest.mark.parametrize(
    ("size_wh", "fit"),
    [
        ((1280, 720), Fit(0.25, 0, 0, 320, 180)),
        ((640, 480), Fit(0.375, 40, 0, 240, 180)),
        ((90, 180), Fit(1.0, 115, 0, 90, 180)),
        ((4000, 1), Fit(0.08, 0, 89, 320, 1)),
    ],
)
def test_a_picture_lies_in_the_middle_of_its_tile(size_wh, fit):
    assert fit_into(*size_wh, (320, 180)) == fit
