from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.core.history import HistoryRow, combine
from webapp.core.local_time import wall_s_of_epoch
from webapp.core.timeline import (
    HOUR_S,
    NICE_SPANS_S,
    Timeline,
    coarsened,
    shared_hours,
    span_for,
    span_start_s,
    walls_s_of_epochs,
)

ROME = ZoneInfo("Europe/Rome")
DAY_S = 86400
ZONES = st.sampled_from(
    [UTC, ROME, *map(ZoneInfo, ("America/Havana", "Asia/Kolkata", "Australia/Lord_Howe"))]
)


def timeline(start_s, data_s, values, scales=None) -> Timeline:
    data_s, values = np.array(data_s, float), np.array(values, float)
    counts = np.stack([values, 2 * values], axis=1) if len(values) else np.zeros((0, 2))
    return Timeline(
        start_s=np.array(start_s, np.int64),
        end_s=np.array(start_s, np.int64) + 10,
        length_s=10,
        data_s=data_s,
        faces_s=data_s / 2,
        faces_mean=values,
        faces_max=values.astype(int),
        counts_mean=counts,
        classes=("calm", "tense"),
        indicator_mean=values,
        indicator_max=values,
        scale=np.full(len(values), 2) if scales is None else np.array(scales, int),
    )


def test_spans_are_weighed_by_their_time_with_data():
    merged = coarsened(timeline([0, 10, 50, 60], [10, 5, 0, 10], [2, 5, 9, 4]), 60)
    assert merged.start_s.tolist() == [0, 60]
    assert merged.data_s.tolist() == [15, 10]
    assert merged.faces_mean.tolist() == [3, 4]
    assert merged.counts_mean.tolist() == [[3, 6], [4, 8]]
    assert merged.indicator_mean.tolist() == [3, 4]
    assert merged.indicator_max.tolist() == [9, 4]
    assert merged.no_data_share().tolist() == [0.75, pytest.approx(1 - 10 / 60)]


@pytest.mark.parametrize(
    ("values", "data_s", "scales", "expected"),
    [
        ([2, 4], [10, 10], [1, 1], (1, 3, 4, 10)),
        ([2, 4], [10, 10], [2, 2], (2, 3, 4, 10)),
        ([80, 4, 6], [10, 10, 10], [1, 2, 2], (2, 5, 6, 10)),
        # Also when an older server wrote for a while again.
        ([4, 80, 6], [10, 10, 10], [2, 1, 2], (2, 5, 6, 10)),
        # The newest scale has no readings yet, or nobody has any.
        ([80, 0], [10, 0], [1, 2], (1, 80, 80, 5)),
        ([0, 0], [0, 0], [1, 2], (2, 0, 0, 0)),
    ],
)
def test_only_readings_of_the_newest_scale_make_the_indicator(values, data_s, scales, expected):
    rows = timeline([10 * n for n in range(len(values))], data_s, values, scales)
    merged = coarsened(rows, 60)
    columns = (merged.scale, merged.indicator_mean, merged.indicator_max, merged.faces_s)
    assert tuple(column.item() for column in columns) == expected
    assert merged.data_s.item() == sum(data_s)
    assert merged.faces_max.item() == max(values)


ROWS = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from([0.0, 5.0, 10.0]), st.sampled_from([1, 2])),
    min_size=1,
    max_size=30,
)


@given(ROWS)
def test_columns_are_merged_as_rows_are(drawn):
    values, data_s, scales = zip(*drawn, strict=True)
    of = timeline([10 * n for n in range(len(drawn))], data_s, values, scales)
    merged = coarsened(of, 60)
    for place, start_s in enumerate(merged.start_s.tolist()):
        inside = range(start_s // 10, min(start_s // 10 + 6, len(of)))
        row = combine([row_of(of, at) for at in inside], start_s, 60)
        assert row_of(merged, place) == row


def row_of(of: Timeline, at: int) -> HistoryRow:
    names = {field.name for field in fields(HistoryRow)} - {"length_s", "classes"}
    columns = {name: getattr(of, name)[at].tolist() for name in names}
    columns["counts_mean"] = tuple(columns["counts_mean"])
    return HistoryRow(**columns, length_s=of.length_s, classes=of.classes)


def test_a_span_without_data_has_means_of_zero():
    merged = coarsened(timeline([0, 60, 120], [0, 10, 0.5], [2, 4, 6]), 60)
    assert merged.faces_mean.tolist() == merged.indicator_mean.tolist() == [0, 4, 6]


def test_nothing_stays_nothing():
    assert len(coarsened(timeline([], [], []), 3600)) == 0


def test_columns_of_different_length_are_a_mistake():
    with pytest.raises(ValueError, match="columns of"):
        timeline([0, 10], [1, 1], [1])


@given(st.floats(1, 1e9), st.integers(2, 1000))
def test_a_range_never_has_more_points_than_asked_for(range_s, most_points):
    length_s = span_for(0.0, range_s, most_points)
    assert range_s / length_s + 1 <= most_points + 1e-6
    assert length_s in NICE_SPANS_S or length_s % 86400 == 0


@pytest.mark.parametrize(
    ("range_s", "length_s"),
    [
        *((100, 10), (101, 20), (201, 30), (301, 60), (601, 120), (1201, 300), (3001, 600)),
        *((6001, 900), (9001, 3600), (36000, 3600)),
        # An hour is to spare: the range may hold a day of 25.
        *((36001, 7200), (68400, 7200), (68401, 10800), (104401, 21600), (212401, 43200)),
        *((428401, 86400), (860400, 86400), (860401, 2 * 86400)),
    ],
)
def test_a_range_has_the_shortest_spans_that_are_few_enough(range_s, length_s):
    assert span_for(1e6, 1e6 + range_s, 11) == length_s


@pytest.mark.parametrize(("range_s", "length_s"), [(50, 60), (80_000, DAY_S)])
def test_one_point_is_one_span(range_s, length_s):
    assert span_for(0, range_s, 1) == length_s


@pytest.mark.parametrize(
    ("known_until_s", "data_s", "share"),
    [
        *((25, 15, 0.4), (30, 15, 0.5), (60, 15, 0.75), (15, 15, 0.0), (0, 15, 0.0), (-5, 15, 0.0)),
        *((0.5, 15, 0.0), (0.5, 0, 1.0)),
    ],
)
def test_what_is_not_known_yet_is_not_missing(known_until_s, data_s, share):
    merged = coarsened(timeline([0], [data_s], [2]), 60)
    assert merged.no_data_share(known_until_s).tolist() == [pytest.approx(share)]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_are_those_of_the_zone(day, hours):
    midnight = datetime.fromisoformat(day).replace(tzinfo=ROME)
    start_s = int((midnight - timedelta(hours=1)).astimezone(UTC).timestamp()) // 10 * 10
    rows = np.arange(start_s, start_s + 30 * HOUR_S, 10)
    merged = coarsened(timeline(rows, np.full(len(rows), 10.0), np.ones(len(rows))), DAY_S, ROME)
    assert datetime.fromtimestamp(int(merged.start_s[1]), ROME) == midnight
    assert (merged.end_s - merged.start_s).tolist()[1] == hours * HOUR_S
    assert merged.data_s[1] == hours * HOUR_S
    assert merged.no_data_share()[1] == 0.0


@given(st.integers(0, 2**31), st.sampled_from([60, HOUR_S, 7200, 6 * HOUR_S, DAY_S]), ZONES)
def test_a_moment_lies_after_the_start_of_its_span(at_s, length_s, zone):
    start_s = span_start_s(at_s, length_s, zone)
    assert 0 <= at_s - start_s < length_s + HOUR_S


@pytest.mark.parametrize(
    ("zone", "length_s", "start"),
    [
        ("Europe/Rome", 60, "2026-04-04T12:34"),
        ("Europe/Rome", 6 * HOUR_S, "2026-04-04T10:00"),
        ("Europe/Rome", DAY_S, "2026-04-03T22:00"),
        # Up to an hour, spans begin by UTC.
        ("Asia/Kolkata", HOUR_S, "2026-04-04T12:00"),
        ("Asia/Kolkata", 2 * HOUR_S, "2026-04-04T12:30"),
    ],
)
def test_a_span_begins_by_the_clock(zone, length_s, start):
    at_s, zone = datetime(2026, 4, 4, 12, 34, 56, tzinfo=UTC).timestamp(), ZoneInfo(zone)
    start_s = datetime.fromisoformat(f"{start}Z").timestamp()
    assert span_start_s(at_s, length_s, zone) == start_s
    merged = coarsened(timeline([int(at_s)], [1], [1]), length_s, zone)
    assert merged.start_s.tolist() == [start_s]
    assert merged.end_s.tolist() == [start_s + length_s]


@pytest.mark.parametrize(
    ("zone", "length_s", "shared"),
    [
        ("Asia/Kolkata", DAY_S, ["2026-04-03T18:00", "2026-04-04T18:00", "2026-04-05T18:00"]),
        ("Asia/Kolkata", HOUR_S, []),
        ("Europe/Rome", DAY_S, []),
        # Clocks go back by half an hour on 5 April, at 02:00.
        ("Australia/Lord_Howe", DAY_S, ["2026-04-05T13:00"]),
    ],
)
def test_hours_are_shared_where_midnight_is_at_half_past(zone, length_s, shared):
    zone = ZoneInfo(zone)
    from_s = span_start_s(datetime(2026, 4, 4, 12, tzinfo=UTC).timestamp(), length_s, zone)
    hours = shared_hours(from_s, from_s + DAY_S + 1, length_s, zone)
    assert hours == [datetime.fromisoformat(f"{hour}:00Z").timestamp() for hour in shared]


@settings(max_examples=100)
@given(st.integers(0, 2**31), st.integers(60 * HOUR_S, 900 * DAY_S), st.integers(2, 500), ZONES)
def test_local_spans_are_no_more_than_asked_for(from_s, range_s, most_points, zone):
    length_s = span_for(from_s, from_s + range_s, most_points)
    row_s = min(length_s, HOUR_S)
    first = -(-span_start_s(from_s, length_s, zone) // row_s) * row_s
    rows = np.arange(first, from_s + range_s, row_s)[: 30 * 500]
    merged = coarsened(timeline(rows, np.full(len(rows), 1.0), np.ones(len(rows))), length_s, zone)
    assert len(merged) <= most_points
    assert np.all(merged.start_s[1:] >= merged.end_s[:-1])


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
def test_many_times_are_converted_as_each_is(name):
    zone = ZoneInfo(name)
    at_s = np.arange(1_760_000_000, 1_792_000_000, 5_000, np.int64)
    expected = [wall_s_of_epoch(each, zone) for each in at_s.tolist()]
    assert walls_s_of_epochs(at_s, zone).tolist() == expected


def test_no_times_give_none():
    assert walls_s_of_epochs(np.array([], np.int64), UTC).tolist() == []
