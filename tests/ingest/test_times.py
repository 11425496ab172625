from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Refused
from ingest import times
from ingest.times import LONDON, LocalSequence, check_age, local_day, resolve

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


wall_time = datetime.fromisoformat


def at(text):
    return wall_time(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc", "offset"),
    [
        ("2026-11-20T08:02:00+00:00", "2026-11-20T08:02:00", 0),
        ("2026-11-20T08:02:00Z", "2026-11-20T08:02:00", 0),
        ("2026-11-20t08:02:00z", "2026-11-20T08:02:00", 0),
        ("2026-11-20 08:02+05:30", "2026-11-20T02:32:00", 330),
        ("2026-11-20T08:02:00.123456-04:00", "2026-11-20T12:02:00.123456", -240),
        ("2026-07-01T00:30:00+01:00", "2026-06-30T23:30:00", 60),
        ("2028-02-29T23:59:59+00:00", "2028-02-29T23:59:59", 0),
    ],
)
def test_a_time_with_an_offset_is_exact(text, utc, offset):
    moment = resolve(text)
    assert moment == times.Moment(at(utc), offset)
    assert moment.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "fold", "utc", "offset", "doubt"),
    [
        ("2026-07-01T09:00", 0, "2026-07-01T08:00:00", 60, None),
        ("2026-12-01T09:00", 0, "2026-12-01T09:00:00", 0, None),
        ("2026-10-25T00:59:59", 0, "2026-10-24T23:59:59", 60, None),
        ("2026-10-25T01:00", 0, "2026-10-25T00:00:00", 60, "happened_twice"),
        ("2026-10-25T01:59:59", 0, "2026-10-25T00:59:59", 60, "happened_twice"),
        ("2026-10-25T01:00", 1, "2026-10-25T01:00:00", 0, "happened_twice"),
        ("2026-10-25T01:59:59", 1, "2026-10-25T01:59:59", 0, "happened_twice"),
        ("2026-10-25T02:00", 1, "2026-10-25T02:00:00", 0, None),
        ("2027-03-28T00:59:59", 0, "2027-03-28T00:59:59", 0, None),
        ("2027-03-28T01:30", 0, "2027-03-28T01:30:00", 0, "did_not_exist"),
        ("2027-03-28T01:30", 1, "2027-03-28T01:30:00", 0, "did_not_exist"),
        ("2027-03-28T02:00", 0, "2027-03-28T01:00:00", 60, None),
        ("2028-02-29T12:00", 0, "2028-02-29T12:00:00", 0, None),
    ],
)
def test_a_time_without_an_offset_is_londons(text, fold, utc, offset, doubt):
    assert resolve(text, fold_hint=fold) == times.Moment(at(utc), offset, assumed_zone=True, doubt=doubt)


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28), date(2028, 2, 29)])
@pytest.mark.parametrize("fold", [0, 1])
def test_every_minute_around_a_change_of_clocks_agrees_with_the_zone_itself(day, fold):
    wall = datetime.combine(day, time.min) - timedelta(hours=12)
    for _ in range(48 * 60):
        zoned = wall.replace(tzinfo=LONDON, fold=fold)
        expected = zoned.astimezone(UTC)
        exists = expected.astimezone(LONDON).replace(tzinfo=None) == wall
        if not exists:
            expected = wall.replace(tzinfo=UTC)  # the clock that had not been moved yet
        moment = resolve(wall.isoformat(), fold_hint=fold)
        assert moment.at == expected
        assert (moment.doubt == "did_not_exist") is not exists
        assert timedelta(minutes=moment.offset_minutes) == wall - moment.at.replace(tzinfo=None)
        wall += timedelta(minutes=1)


@given(st.datetimes(min_value=wall_time("1901-01-01T00:00"), max_value=wall_time("2037-01-01T00:00")))
def test_any_local_time_agrees_with_the_zone_itself(wall):
    first = wall.replace(tzinfo=LONDON)
    in_doubt = first.utcoffset() != first.replace(fold=1).utcoffset()
    moment = times.of_wall(wall)
    assert moment.at == first.astimezone(UTC)
    assert (moment.doubt is not None) is in_doubt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-20",
        "20261120",
        "2026-11-20T08",
        "08:02",
        "1899-12-31T23:59:00+00:00",
        "0001-01-01T00:00:00+00:00",
        "2026-02-29T08:02:00Z",
        "2026-13-01T08:02:00Z",
        "2026-11-20T25:02:00Z",
        "2026-11-20T08:02:00+15:00",
        "2026-11-20T08:02:00 Europe/London",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٦-11-20T08:02:00Z",
        "2026-11-20T08:02:00Z\0",
        "1795161720",
    ],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(Refused) as refused:
        resolve(text)
    assert refused.value.code == "time_not_understood"
    assert refused.value.field == "measured_at"


@given(st.one_of(st.text(), st.datetimes(timezones=st.timezones()).map(datetime.isoformat)))
def test_any_text_is_a_moment_in_utc_or_refused(text):
    try:
        moment = resolve(text)
    except Refused as refused:
        assert refused.code == "time_not_understood"  # noqa: PT017 what else it could be is a moment
    else:
        assert moment.at.tzinfo is UTC


def test_people_count_days_by_the_clock_on_their_wall():
    assert local_day(at("2026-05-31T23:30:00")) == date(2026, 6, 1)
    assert local_day(at("2026-12-31T23:30:00")) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("measured", "code"),
    [
        (NOW + timedelta(minutes=5), None),
        (NOW + timedelta(minutes=5, microseconds=1), "measured_in_future"),
        (NOW - timedelta(days=365 * 20), None),
        (NOW - timedelta(days=365 * 20 + 6), "measured_too_long_ago"),
        (datetime(1999, 12, 31, tzinfo=UTC), "measured_too_long_ago"),
    ],
)
def test_a_reading_of_the_future_or_of_another_age_is_refused(measured, code):
    if code is None:
        check_age(measured, NOW)
        return
    with pytest.raises(Refused) as refused:
        check_age(measured, NOW)
    assert refused.value.code == code


def test_before_2020_the_year_2000_is_the_older_bound():
    with pytest.raises(Refused):
        check_age(datetime(1999, 12, 31, tzinfo=UTC), datetime(2010, 1, 1, tzinfo=UTC))


# The night of 25 October 2026, every 20 minutes of UTC: the wall shows 01:00, 01:20 and 01:40 twice.
NIGHT = [datetime(2026, 10, 24, 23, 0, tzinfo=UTC) + timedelta(minutes=20 * step) for step in range(12)]


def walls(moments):
    return [moment.astimezone(LONDON).replace(tzinfo=None) for moment in moments]


def in_sequence(wall_times):
    sequence = LocalSequence()
    for wall in wall_times:
        sequence.note(wall)
    return [sequence.moment(wall).at for wall in wall_times]


@pytest.mark.parametrize("moments", [NIGHT, NIGHT[::-1], NIGHT[3:9], NIGHT[3:9][::-1]])
def test_a_step_back_in_the_hour_that_happens_twice_begins_its_second_pass(moments):
    assert in_sequence(walls(moments)) == moments


def test_without_a_step_back_the_hour_is_its_first_pass():
    first = [moment for moment in NIGHT if moment < at("2026-10-25T01:00:00")]
    assert in_sequence(walls(first)) == first


def test_two_octobers_in_one_file_are_told_apart():
    before = [moment - timedelta(days=364) for moment in NIGHT]  # 26 October 2025, a Sunday too
    assert walls(before)[3] == wall_time("2025-10-26T01:00")
    assert in_sequence(walls(before + NIGHT)) == before + NIGHT
    assert in_sequence(walls(NIGHT[::-1] + before[::-1])) == NIGHT[::-1] + before[::-1]


@given(
    st.lists(st.integers(min_value=0, max_value=59), min_size=1, max_size=6),
    st.integers(min_value=-120, max_value=180),
    st.booleans(),
)
def test_any_series_with_steps_below_an_hour_is_read_as_it_was_written(gaps, start, newest_first):
    """Two neighbours less than an hour apart always show the step, if either pass holds two of them."""
    moment = at("2026-10-25T00:00:00") + timedelta(minutes=start)
    moments = [moment]
    for gap in gaps:
        moment += timedelta(minutes=gap)
        moments.append(moment)
    shown = walls(moments)
    stepped = any(after < before for before, after in pairwise(shown))
    second = [m for m in moments if at("2026-10-25T01:00:00") <= m < at("2026-10-25T02:00:00")]
    if second and not stepped:
        return  # nothing in the file says which pass it was
    ups = sum((b > a) - (b < a) for a, b in pairwise(shown))
    if ups <= 0:
        return  # the direction of so short a file cannot be seen
    order = moments[::-1] if newest_first else moments
    assert in_sequence(walls(order)) == order


def test_an_offset_with_seconds_is_kept_exactly_in_the_moment():
    odd = timezone(timedelta(minutes=-75, seconds=-30))
    text = datetime(2026, 11, 20, 8, 0, tzinfo=odd).isoformat()
    assert resolve(text).at == at("2026-11-20T09:15:30")
