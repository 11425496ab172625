"""Judging in columns gives what judging item by item gives, whatever stands in an upload."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foundation.errors import Refused
from ingest import in_columns, plausibility, times, times_in_columns
from ingest.catalogue import KINDS
from ingest.changes import Usual
from ingest.items import PROVENANCES, BadItem, FileItem, Item
from ingest.judged import Judged, microseconds, moment
from ingest.units import ACCEPTED

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
USUAL = Usual(
    mean_7d={1: 120.0},
    last={KINDS["body_weight"].id: (NOW - timedelta(hours=5), 80.0)},
    oxygen_scale_2=True,
)

ZONES = (
    "Z",
    "+00:00",
    "-00:00",
    "+01:00",
    "-05:30",
    "+14:00",
    "+14:01",
    "+23:59",
    "+05:60",
    "z",
    "",
    "+0100",
)
few_moments = st.sampled_from([NOW - timedelta(minutes=minutes) for minutes in (-6, -5, 0, 1, 2)])
any_moments = st.integers(
    microseconds(datetime(1999, 12, 30, tzinfo=UTC)), microseconds(datetime(2027, 1, 1, tzinfo=UTC))
).map(moment)


@st.composite
def written(draw):
    """A moment as programs write it, well or badly."""
    at = draw(st.one_of(few_moments, few_moments, any_moments))
    text = at.replace(tzinfo=None).isoformat(
        sep=draw(st.sampled_from("TT t")),
        timespec=draw(st.sampled_from(["seconds", "seconds", "milliseconds", "microseconds", "minutes"])),
    )
    text += draw(st.sampled_from(ZONES))
    if draw(st.integers(0, 9)) == 0:  # a slip
        place = draw(st.integers(0, len(text) - 1))
        text = (
            text[:place]
            + draw(st.sampled_from(["0", "9", "x", "-", "٣", "", "€", ".", " "]))
            + text[place + 1 :]
        )
    return text


numbers = st.one_of(
    st.sampled_from([0.0, -0.0, 5.0, 5.5, 80.5, 97.0, 120.0, float("nan"), float("inf"), -1.0, 1e308]),
    st.sampled_from(
        [
            bound + step
            for kind in KINDS.values()
            for bound in (kind.reject_below, kind.reject_above, kind.confirm_below, kind.confirm_above)
            if bound is not None
            for step in (-0.5, 0.0, 0.5)
        ]
    ),
)
values = st.one_of(
    numbers, numbers, numbers, st.sampled_from(["5.5", "HI", "80,5", "yes", True, False, 7]),
    st.fixed_dictionaries({"systolic": st.sampled_from([120.0, 121.0, 210.0]), "diastolic": st.just(80.0)}),
)  # fmt: skip
kinds_and_units = st.sampled_from(
    [(name, unit) for name in KINDS for unit in (KINDS[name].unit_label or None, *list(ACCEPTED.get(name, ()))[-1:], "furlong")]
    + [("blood_pressure", "mmHg"), ("systolic", "mmHg"), ("height", "cm")] * 5
)  # fmt: skip
provenances = st.sampled_from(PROVENANCES)


@st.composite
def items(draw):
    """One item of an upload, or what could not be read."""
    kind, unit = draw(kinds_and_units)
    told = {
        "kind": kind, "unit": unit, "value": draw(values), "measured_at": draw(written()), "provenance": draw(provenances),
    }  # fmt: skip
    made = draw(st.integers(0, 9))
    if made == 0:
        return BadItem(0, "field_missing", "This reading has no value. Send it with one.", "value")
    if made <= 3:
        return FileItem(**told, given_time=draw(st.sampled_from([None, "23/11/2026 08:00"])), line=7)
    return Item(**told)


@st.composite
def nearly_plain(draw):
    """One item that is plainly good, or would be if another did not speak of the same moment, or by one number."""
    kind, unit = draw(
        st.sampled_from([("heart_rate", "bpm"), ("interstitial_glucose", "mmol/L"), ("steps", None)])
    )
    at = draw(few_moments).isoformat()
    return Item(kind=kind, unit=unit, value=draw(st.sampled_from([20.0, 20.5, 70.0, 70.5])), measured_at=at)


def found(judged: Judged):
    """All of it, comparable."""
    judged.spread()
    rows = zip(judged.index, judged.kind_id, judged.measured_at, judged.offset_minutes, strict=True)
    more = zip(map(repr, judged.value), judged.given, judged.provenance, strict=True)
    return (
        sorted([(*row, *rest) for row, rest in zip(rows, more, strict=True)], key=lambda row: row[:2]),
        judged.held, judged.rejected, judged.duplicates,
    )  # fmt: skip


@given(st.lists(st.one_of(items(), nearly_plain()), max_size=25), st.sampled_from([None, USUAL]))
def test_every_item_gets_the_same_verdict_and_row_in_columns_as_by_itself(sent, usual):
    one_by_one = plausibility.judge(sent, received_at=NOW, usual=usual)
    assert found(in_columns.judge(sent, received_at=NOW, usual=usual)) == found(one_by_one)


@given(st.lists(written(), max_size=10))
@example(["2026-02-29T08:00:00Z", "2024-02-29T08:00:00Z", "2026-04-31T08:00:00Z", "2026-11-20T24:00:00Z"])
@example(["2026-11-20T08:00:60Z", "2026-00-20T08:00:00Z", "2026-11-00T08:00:00Z", "2026-13-01T08:00:00Z"])
def test_a_moment_read_in_columns_is_the_moment_read_by_itself(texts):
    many = times_in_columns.resolve(texts)
    for text, read, at, offset in zip(texts, *(column.tolist() for column in many), strict=True):
        if read:
            assert (moment(at), offset) == (times.resolve(text).at, times.resolve(text).offset_minutes)


@given(
    any_moments, st.integers(-14 * 60, 14 * 60), st.sampled_from(["seconds", "milliseconds", "microseconds"])
)
def test_the_plain_ways_of_writing_a_moment_are_all_read_in_columns(at, minutes, timespec):
    local = at.astimezone(timezone(timedelta(minutes=minutes))).isoformat(timespec=timespec)
    many = times_in_columns.resolve([local, at.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"])
    assert many.read.tolist() == [True, True]
    assert many.offset_minutes.tolist() == [minutes, 0]
    assert microseconds(times.resolve(local).at) == many.at[0] == many.at[1]


def test_what_is_plainly_good_is_judged_in_columns():
    sent = [
        Item(kind=kind, unit=unit, value=value, measured_at=f"2026-11-23T08:{minute:02d}:00+00:00")
        for minute, (kind, unit, value) in enumerate(
            [
                ("heart_rate", "bpm", 70.0),
                ("body_weight", "kg", 80.5),
                ("steps", None, 900.0),
                ("glucose", "mmol/L", 5.5),
            ]
        )
    ]
    judged = in_columns.judge(sent, received_at=NOW)
    assert judged.plain is not None
    assert judged.plain.index.tolist() == [0, 1, 2, 3]
    assert not judged.index
    assert len(judged) == 4


@pytest.mark.parametrize("text", ["2026-11-20T08:02:00+14:01", "2026-02-30T08:02:00Z"])
def test_a_time_that_is_none_is_left_to_be_refused(text):
    assert not times_in_columns.resolve([text]).read.any()
    with pytest.raises(Refused):
        times.resolve(text)


def test_an_upload_of_nothing_is_judged():
    assert len(in_columns.judge([], received_at=NOW)) == 0
    assert np.array_equal(times_in_columns.resolve([]).read, [])
