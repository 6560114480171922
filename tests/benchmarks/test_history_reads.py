import pytest

from benchmarks.history_reads import (
    DAY_S,
    RANGES,
    Place,
    Timing,
    as_rows,
    draw_places,
    goal_words,
)

START_S = 1_700_000_000


@pytest.mark.parametrize(("days", "fitting"), [(0, 0), (1, 4), (20, 6), (365, 9)])
def test_every_range_that_fits_is_drawn(days, fitting):
    places = draw_places(["a", "b"], START_S, START_S + days * DAY_S, rounds=3)
    assert {place.range for place in places} == set(list(RANGES)[:fitting])
    assert all(place.to_s - place.from_s == RANGES[place.range] for place in places)
    assert all(place.from_s >= START_S and place.to_s <= START_S + days * DAY_S for place in places)


def test_ranges_come_in_no_order_and_no_place_twice():
    places = draw_places(["a", "b"], START_S, START_S + 365 * DAY_S, rounds=9)
    order = [place.range for place in places]
    assert order != sorted(order, key=list(RANGES).index)
    assert len(set(places)) == len(places)
    assert [order.count(name) for name in RANGES] == [9] * 8 + [2], "a year fits once a camera"
    assert places == draw_places(["a", "b"], START_S, START_S + 365 * DAY_S, rounds=9)


def test_a_place_is_asked_for_in_utc():
    assert Place("5 minutes", "door", START_S, START_S + 300).as_query() == {
        "camera": "door",
        "from": "2023-11-14T22:13:20Z",
        "to": "2023-11-14T22:18:20Z",
    }


def test_a_row_tells_first_answers_and_repeated_ones_apart():
    timings = [
        Timing("1 hour", 361, first_ms=250.0, again_ms=10.0, read_ms=3.0),
        Timing("5 minutes", 31, first_ms=9.0, again_ms=5.0, read_ms=1.0),
        Timing("1 hour", 360, first_ms=150.0, again_ms=14.0, read_ms=5.0),
    ]
    minutes, hour = as_rows(timings)
    assert (minutes["range"], minutes["places"]) == ("5 minutes", 1)
    assert list(hour.values()) == ["1 hour", 2, 361, "200", "250", "12", "14", "4"]
    assert goal_words(timings) == ("Under 200 ms: 2 of 3 first answers, 3 of 3 when asked again.")
    assert as_rows([]) == []
