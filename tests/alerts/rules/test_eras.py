"""Bounds that changed: each moment by those that held then, whatever is judged again and when."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest

from alerts.moments import as_utc
from alerts.rules import run
from ingest.catalogue import KINDS
from tests.alerts.agreements import OXYGEN_RULE

START = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
END = START + 100 * DAY
OXYGEN, PULSE = KINDS["oxygen_saturation"].id, KINDS["heart_rate"].id
NEVER = as_utc(pd.array([], dtype="int64").to_numpy())
NO_PAUSES = pd.DataFrame({"patient_id": pd.array([], dtype="int64"), "starts_at": NEVER, "ends_at": NEVER})
NOWHERE = pd.DataFrame(
    {"patient_id": pd.array([], dtype="int64"), "pathway": [], "enrolled_at": NEVER, "ended_at": NEVER}
)


def bounds(*rows):
    """(patient, kind, (red_low, amber_low), set on day, replaced on day or None), as the checker is given them."""
    frame = pd.DataFrame(
        [
            (p, k, low, amber, None, None, START + s * DAY, None if r is None else START + r * DAY)
            for p, k, (low, amber), s, r in rows
        ],
        columns=[
            "patient_id",
            "kind",
            "red_low",
            "amber_low",
            "amber_high",
            "red_high",
            "set_at",
            "replaced_at",
        ],
    )
    for name in ("set_at", "replaced_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    four = dict.fromkeys(["red_low", "amber_low", "amber_high", "red_high"], "float64")
    return frame.astype({"patient_id": "int64", "kind": "int16", **four}).iloc[::-1]  # the newest first


def judged(values, held, since=START, at=END):
    """Episodes as (patient, severity's level, day it began, last day, day it settled)."""
    frame = pd.DataFrame(values, columns=["patient_id", "day", "value"])
    frame["measured_at"] = pd.DatetimeIndex([START + day * DAY for day in frame["day"]]).as_unit("us")
    frame = frame.assign(confirmed=True).sort_values(["patient_id", "measured_at"], ignore_index=True)
    history = {OXYGEN: frame[["patient_id", "measured_at", "value", "confirmed"]]}
    found = run([OXYGEN_RULE], history, held, NOWHERE, NO_PAUSES, since=since, at=at)
    assert found.failures.empty

    def day(moment):
        return None if pd.isna(moment) else (moment - START) / DAY

    return [
        (row.patient_id, row.level, day(row.started_at), day(row.last_at), day(row.settled_at))
        for row in found.episodes[OXYGEN_RULE.id].itertuples()
    ]


AMBER, RED = 3, 4
EASED = bounds((1, OXYGEN, (88, 92), 0, 10), (1, OXYGEN, (80, 84), 10, None))


def test_what_was_measured_before_a_change_is_judged_by_what_held_then():
    low = [(1, day, 86.0) for day in range(5, 9)]
    assert judged(low, EASED) == [(1, RED, 5, 8, None)]
    assert judged(low, bounds((1, OXYGEN, (80, 84), 0, None))) == []


def test_an_episode_under_way_goes_on_and_settles_by_the_new_bounds():
    low = [(1, day, 86.0) for day in (8, 9, 10, 11, 12)]
    assert judged(low, EASED) == [(1, RED, 8, 9, 11)]


def test_tighter_bounds_find_nothing_before_them():
    held = bounds((1, OXYGEN, (80, 84), 0, 10), (1, OXYGEN, (88, 92), 10, None))
    assert judged([(1, day, 86.0) for day in range(5, 13)], held) == [(1, RED, 10, 12, None)]


def test_a_row_of_readings_may_begin_before_the_change():
    """The moment is judged by its bounds; what it looks back at is held against them too."""
    held = bounds((1, OXYGEN, (70, 84), 0, 10), (1, OXYGEN, (70, 92), 10, None))
    assert judged([(1, 9, 90.0), (1, 10, 90.0)], held) == [(1, AMBER, 10, 10, None)]


def test_the_first_bounds_hold_back_to_the_beginning():
    assert judged([(1, 2, 80.0)], bounds((1, OXYGEN, (88, 92), 5, None))) == [(1, RED, 2, 2, None)]
    held = bounds((1, OXYGEN, (88, 92), 5, 6), (1, OXYGEN, (70, 75), 6, None))
    assert judged([(1, 2, 80.0)], held) == [(1, RED, 2, 2, None)]


def test_where_none_hold_any_more_nothing_is_raised_from_then_on():
    held = bounds((1, OXYGEN, (88, 92), 0, 10), (1, OXYGEN, (None, None), 10, 10))
    assert judged([(1, 9, 80.0), (1, 11, 80.0)], held) == [(1, RED, 9, 9, None)]
    again = bounds((1, OXYGEN, (88, 92), 0, 10), (1, OXYGEN, (88, 92), 20, None))
    assert judged([(1, 15, 80.0)], again) == []
    assert judged([(1, 20, 80.0)], again) == [(1, RED, 20, 20, None)]


def test_a_change_to_another_kind_or_another_patient_changes_nothing():
    values = [(1, day, 86.0) for day in range(5, 13)] + [(2, day, 86.0) for day in range(5, 13)]
    held = bounds(
        (1, OXYGEN, (88, 92), 0, None), (1, PULSE, (40, 45), 0, 8), (1, PULSE, (30, 35), 8, None),
        (2, OXYGEN, (88, 92), 0, 10), (2, OXYGEN, (80, 84), 10, None), (3, OXYGEN, (1, 2), 0, 9), (3, OXYGEN, (2, 3), 9, None),
    )  # fmt: skip
    assert judged(values, held) == [(1, RED, 5, 12, None), (2, RED, 5, 9, 11)]


@pytest.mark.parametrize("seed", range(30))
def test_judging_again_from_any_moment_at_which_nothing_is_under_way_gives_the_same(seed):
    chance = random.Random(seed)
    held, values = [], []
    for patient in range(1, 5):
        days = [0, *sorted(chance.sample(range(1, 90), chance.randint(0, 4))), None]
        for start, end in pairwise(days):
            low = chance.randint(80, 90)
            held.append((patient, OXYGEN, (low, low + chance.randint(1, 5)), start, end))
        values += [
            (patient, day, float(chance.randint(80, 96))) for day in range(0, 95, chance.randint(1, 3))
        ]
    whole = judged(values, bounds(*held))
    later = START + chance.randint(1, 90) * DAY
    day = (later - START) / DAY
    busy = {p for p, _, began, _, end in whole if began < day and (end is None or end >= day)}
    free = set(range(1, 5)) - busy
    again = judged(values, bounds(*held), since=later)
    assert [one for one in again if one[0] in free] == [
        one for one in whole if one[0] in free and one[2] >= day
    ]
    # And each patient alone comes to the same as in a batch.
    for patient in range(1, 5):
        alone = judged([v for v in values if v[0] == patient], bounds(*(h for h in held if h[0] == patient)))
        assert alone == [one for one in whole if one[0] == patient]
