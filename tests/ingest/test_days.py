from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.days import EPOCH, MICROSECOND, local_days

LONDON = ZoneInfo("Europe/London")
# From the days around a change of clocks, from a summer and from a winter; sometimes all of them at once.
STARTS = [
    datetime(2026, 10, 23, tzinfo=UTC),
    datetime(2027, 3, 26, tzinfo=UTC),
    datetime(2026, 6, 1, tzinfo=UTC),
]
MOMENTS = st.builds(
    lambda start, minutes: start + timedelta(minutes=minutes),
    st.sampled_from(STARTS),
    st.integers(0, 6 * 24 * 60),
)


@given(st.lists(MOMENTS, max_size=12))
def test_a_moment_lies_in_the_day_of_the_clock_on_the_wall(moments):
    days = local_days(np.array([(moment - EPOCH) // MICROSECOND for moment in moments], dtype=np.int64))
    assert [EPOCH.date() + timedelta(days=day) for day in days.tolist()] == [
        moment.astimezone(LONDON).date() for moment in moments
    ]


@given(st.lists(st.integers(0, 23 * 60 + 59), min_size=1, max_size=5))
def test_half_past_midnight_in_summer_is_a_new_day_though_it_is_still_the_old_one_in_greenwich(minutes):
    midnight = datetime(2026, 6, 1, tzinfo=LONDON)
    at = [(midnight + timedelta(minutes=one) - EPOCH) // MICROSECOND for one in minutes]
    assert set(local_days(np.array(at)).tolist()) == {(midnight.date() - EPOCH.date()).days}
