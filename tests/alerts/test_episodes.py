from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.episodes import COLUMNS, Episode, episodes, rows
from alerts.moments import AMBER, BLUE, NEUTRAL, NORMAL, RED, YELLOW
from tests.alerts.rules.drawn import patiently

START = datetime(2026, 10, 24, 22, tzinfo=UTC)


def moment(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def states(drawn: list[tuple[int, int, int]]) -> pd.DataFrame:
    """(patient, hour, level) with evidence that tells one row from another."""
    rows_ = [
        {
            "patient_id": patient,
            "at": moment(hour),
            "level": level,
            "since": moment(hour - level),
            "figure": float(hour * 10 + level),
            "limit": float(level),
            "kind": 4,
            "side": 1,
            "confirmed": hour % 2 == 0,
        }
        for patient, hour, level in drawn
    ]
    frame = pd.DataFrame(rows_, columns=[*states_columns])
    return frame.astype(states_columns)


states_columns: dict[str, Any] = {
    "patient_id": "int64",
    "at": "datetime64[us, UTC]",
    "level": "int8",
    "since": "datetime64[us, UTC]",
    "figure": "float64",
    "limit": "float64",
    "kind": "int16",
    "side": "int8",
    "confirmed": "bool",
}


def twin(drawn: list[tuple[int, int, int]], settles_after: int, quiet_hours: int = 0) -> list[Episode]:
    """One patient after another, one moment after another."""
    found = []
    for patient in sorted({patient for patient, _, _ in drawn}):
        hours = sorted({hour for p, hour, _ in drawn if p == patient})
        running: dict[str, Any] | None = None
        normals = 0
        for hour in hours:
            level = max(level for p, h, level in drawn if (p, h) == (patient, hour))
            normals = normals + 1 if level == NORMAL else 0
            if level > NORMAL:
                if running is None:
                    running = {
                        "patient_id": patient,
                        "started_at": moment(hour),
                        "level": NORMAL,
                        "moments": 0,
                    }
                    running |= {"settled_at": None, "kind": 4, "side": 1}
                if level > running["level"]:
                    evidence = {
                        "evidence_at": moment(hour),
                        "since": moment(hour - level),
                        "limit": float(level),
                    }
                    running |= evidence | {"figure": float(hour * 10 + level), "confirmed": hour % 2 == 0}
                    running["level"] = level
                running["last_at"] = moment(hour)
                running["moments"] += 1
            elif running is not None and normals >= settles_after:
                if running["level"] != RED and moment(hour) - running["last_at"] < timedelta(
                    hours=quiet_hours
                ):
                    continue
                found.append(Episode(**running | {"settled_at": moment(hour)}))
                running = None
        if running is not None:
            found.append(Episode(**running))
    return found


levels = st.sampled_from([NEUTRAL, NORMAL, NORMAL, YELLOW, BLUE, AMBER, RED])
drawn_states = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 12), levels), max_size=30)


@patiently
@given(drawn_states, st.integers(1, 3))
def test_episodes_and_their_twin_agree(drawn, settles_after):
    frame = states(sorted(drawn, key=lambda state: state[:2]))
    assert list(rows(episodes(frame, settles_after))) == twin(drawn, settles_after)


@patiently
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), levels), min_size=10, max_size=45),
    st.integers(1, 3),
    st.integers(0, 9),
)
def test_episodes_that_settle_by_time_too_and_their_twin_agree(drawn, settles_after, quiet_hours):
    frame = states(sorted(drawn, key=lambda state: state[:2]))
    assert list(rows(episodes(frame, settles_after, quiet_hours / 24))) == twin(
        drawn, settles_after, quiet_hours
    )


@patiently
@given(drawn_states, st.integers(1, 3), st.randoms())
def test_the_order_of_states_at_one_moment_does_not_matter(drawn, settles_after, chance):
    one = episodes(states(sorted(drawn, key=lambda state: state[:2])), settles_after)
    chance.shuffle(drawn)
    other = episodes(states(sorted(drawn, key=lambda state: state[:2])), settles_after)
    pd.testing.assert_frame_equal(one, other)


def run_of(*told: int, settles_after: int = 1, quiet_hours: int = 0) -> list[Episode]:
    drawn = [(1, hour, level) for hour, level in enumerate(told)]
    return list(rows(episodes(states(drawn), settles_after, quiet_hours / 24)))


def test_a_breach_starts_an_episode_and_a_normal_moment_settles_it():
    (found,) = run_of(NORMAL, AMBER, AMBER, NORMAL)
    assert (found.started_at, found.last_at, found.settled_at) == (moment(1), moment(2), moment(3))
    assert found.moments == 2


def test_a_neutral_moment_starts_nothing():
    assert run_of(NEUTRAL, NEUTRAL) == []


def test_an_episode_goes_on_through_a_neutral_moment_and_the_normal_ones_are_counted_afresh():
    (found,) = run_of(RED, NORMAL, NEUTRAL, NORMAL, NORMAL, settles_after=2)
    assert found.settled_at == moment(4)


def test_the_evidence_is_of_the_first_moment_at_the_highest_level():
    (found,) = run_of(AMBER, RED, AMBER, RED)
    assert (found.level, found.evidence_at, found.figure) == (RED, moment(1), 14.0)


def test_an_episode_that_goes_on_is_not_settled():
    (found,) = run_of(AMBER, NORMAL, settles_after=2)
    assert found.settled_at is None


def test_a_breach_after_settling_is_another_episode():
    assert [found.started_at for found in run_of(AMBER, NORMAL, AMBER)] == [moment(0), moment(2)]


def test_the_same_again_within_the_days_it_takes_to_settle_is_the_same_episode():
    (found,) = run_of(AMBER, NORMAL, NORMAL, AMBER, quiet_hours=4)
    assert (found.moments, found.settled_at) == (2, None)


def test_the_days_count_from_the_last_breach():
    (found,) = run_of(AMBER, NORMAL, AMBER, NORMAL, NORMAL, NORMAL, quiet_hours=3)
    assert found.settled_at == moment(5)


def test_a_red_episode_settles_by_count_alone_so_that_red_again_is_another():
    assert [found.started_at for found in run_of(AMBER, RED, NORMAL, RED, quiet_hours=9)] == [
        moment(0),
        moment(3),
    ]


def test_worse_within_those_days_is_the_same_episode_at_its_new_level():
    (found,) = run_of(YELLOW, NORMAL, AMBER, quiet_hours=9)
    assert (found.level, found.evidence_at) == (AMBER, moment(2))


def test_a_neutral_moment_after_those_days_does_not_settle():
    (found,) = run_of(AMBER, NORMAL, NORMAL, NEUTRAL, NORMAL, quiet_hours=3)
    assert found.settled_at == moment(4)


def test_no_states_are_no_episodes_with_the_same_columns():
    none = episodes(states([]), 1)
    some = episodes(states([(1, 0, RED)]), 1)
    assert tuple(none.columns) == COLUMNS
    assert dict(none.dtypes) == dict(some.dtypes)


def test_settling_takes_at_least_one_normal_moment():
    with pytest.raises(ValueError, match="1 or more"):
        episodes(states([]), 0)
