"""Episodes: runs of moments in breach, from the one that starts a run to the one that settles it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pandas as pd

from alerts.moments import (
    DAY,
    MICROSECOND,
    NEVER,
    NORMAL,
    RED,
    Bools,
    Ints,
    Levels,
    as_utc,
    micros,
    new_patient,
    run_length,
    same_moment,
)


@dataclass(frozen=True)
class Episode:
    """One run of breach of one rule in one patient. Moments are UTC."""

    patient_id: int
    started_at: datetime
    last_at: datetime  # the last moment in breach
    settled_at: datetime | None  # the moment that settled it
    level: int  # the highest reached
    evidence_at: datetime  # the first moment at which it was reached
    since: datetime  # measured_at of the earliest reading in the evidence of that moment
    figure: float  # what that moment found ...
    limit: float  # ... and what it was held against
    kind: int  # whose figure it is
    side: int  # LOW or HIGH: on which side of the limit the figure lies
    confirmed: bool  # False: the evidence holds a reading that waits for a person
    moments: int  # how many moments were in breach


COLUMNS = tuple(Episode.__dataclass_fields__)
MOMENTS = frozenset({"started_at", "last_at", "settled_at", "evidence_at", "since"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def episodes(states: pd.DataFrame, settles_after: int, settles_days: float = 0) -> pd.DataFrame:
    """States of one rule → its episodes, sorted by patient_id, started_at; the columns of Episode.

    states: patient_id, at, level, since, figure, limit, kind, side, confirmed; sorted by patient_id, at.
    A breach (level above normal) starts an episode; the `settles_after`-th normal moment in a row settles it,
    and the next breach starts another. A neutral moment neither starts one nor counts towards settling: the
    normal ones are counted afresh after it. Of several states at one moment the highest level holds.

    settles_days: one that has not been red settles no sooner than so long after its last breach, so that the same thing
    again within that time is no new episode unless it is worse. A red one settles by count alone: red again is new.
    """
    if settles_after < 1:
        raise ValueError("settles_after counts normal moments, so it is 1 or more.")
    if not (states["level"].to_numpy(np.int8) > NORMAL).any():
        return none_found()  # what most rules find of most people
    patient, at, level, row = _one_a_moment(states)
    first = new_patient(patient)
    normal = run_length(level == NORMAL, first)
    settles = normal == settles_after
    if settles_days:
        settles = _in_time(level, at, first, normal >= settles_after, round(settles_days * DAY))
    # A stretch ends with the moment that settles, or with the patient. It holds one episode or none.
    starts = first.copy()
    starts[1:] |= settles[:-1]
    stretch = np.cumsum(starts) - 1
    ends = np.append(np.flatnonzero(starts)[1:], len(at)) - 1

    breach = np.flatnonzero(level > NORMAL)
    stretch_of = stretch[breach]
    opens = np.flatnonzero(new_patient(stretch_of))  # the first breach of each stretch that has one
    highest = np.maximum.reduceat(level[breach], opens)
    count = np.diff(np.append(opens, len(breach)))
    reached = np.flatnonzero(level[breach] == np.repeat(highest, count))
    evidence = breach[reached[np.searchsorted(reached, opens)]]
    end = ends[stretch_of[opens]]
    picked = row[evidence]
    columns = {name: states[name].array.take(picked) for name in COLUMNS if name in states}
    columns |= {
        "started_at": as_utc(at[breach[opens]]),
        "last_at": as_utc(at[breach[np.append(opens[1:], len(breach)) - 1]]),
        "settled_at": as_utc(np.where(settles[end], at[end], NEVER)),
        "evidence_at": as_utc(at[evidence]),
        "moments": count,
    }
    return pd.DataFrame({name: columns[name] for name in COLUMNS}, copy=False)


def _in_time(level: Levels, at: Ints, first: Bools, normal: Bools, quiet: int) -> Bools:
    """The moments that settle an episode: red ones the first that may, the others the first that may after `quiet`."""
    settles = np.zeros(len(at), dtype=bool)
    breach = np.flatnonzero(level > NORMAL)
    starts = np.append(np.flatnonzero(first), len(at))
    end = np.minimum(np.append(breach[1:], len(at)), starts[np.searchsorted(starts, breach, side="right")])
    rows = np.arange(len(at))
    next_normal = np.append(np.minimum.accumulate(np.where(normal, rows, len(at))[::-1])[::-1], len(at))
    worst = NORMAL
    for last, until in zip(breach.tolist(), end.tolist(), strict=True):
        worst = max(worst, int(level[last]))
        sooner = last + 1 if worst == RED else last + int(np.searchsorted(at[last:until], at[last] + quiet))
        settled = int(next_normal[min(sooner, until)]) if sooner < until else until
        if settled < until:
            settles[settled] = True
        if settled < until or until == len(at) or first[until]:
            worst = NORMAL
    return settles


def _one_a_moment(states: pd.DataFrame) -> tuple[Ints, Ints, Levels, Ints]:
    """patient, at, level and the row they come from, the highest level where a moment has several."""
    patient = states["patient_id"].to_numpy(np.int64)
    at = micros(states["at"])
    level = states["level"].to_numpy(np.int8)
    row = np.arange(len(at))
    again = same_moment(patient, at)
    if again.any():
        # The rest of the key only makes the choice among equal levels the same whatever order they came in.
        figure, confirmed = states["figure"].to_numpy(), states["confirmed"].to_numpy(np.bool_)
        row = np.lexsort((figure, ~confirmed, -level.astype(np.int64), at, patient))[~again]
    return patient[row], at[row], level[row], row


@cache
def none_found() -> pd.DataFrame:
    """No episode, with the columns of one. One frame for all who ask: nobody writes to it."""
    nothing = as_utc(np.empty(0, np.int64))
    columns = {
        "patient_id": np.empty(0, np.int64),
        "started_at": nothing,
        "last_at": nothing,
        "settled_at": nothing,
        "level": np.empty(0, np.int8),
        "evidence_at": nothing,
        "since": nothing,
        "figure": np.empty(0, np.float64),
        "limit": np.empty(0, np.float64),
        "kind": np.empty(0, np.int16),
        "side": np.empty(0, np.int8),
        "confirmed": np.empty(0, np.bool_),
        "moments": np.empty(0, np.int64),
    }
    return pd.DataFrame(columns)[list(COLUMNS)]


def rows(found: pd.DataFrame) -> Iterator[Episode]:
    """A frame of episodes one by one."""
    if found.empty:
        return
    columns = []
    for name in COLUMNS:
        column = found[name]
        columns.append(_moments(column) if name in MOMENTS else column.tolist())
    for row in zip(*columns, strict=True):
        yield Episode(*row)


def _moments(column: "pd.Series[pd.Timestamp]") -> list[datetime | None]:
    return [None if at == NEVER else EPOCH + at * MICROSECOND for at in micros(column).tolist()]


def judge_from(changed: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Since when to judge afresh, so that what comes out equals judging the whole history.

    changed: patient_id, since: the earliest moment at which something of theirs became different
    known: patient_id, rule, started_at, settled_at (NaT: not settled): the episodes that are kept
    Gives patient_id, rule, since, as `rules.run` takes it. A rule whose episode was under way is judged from
    that episode's start; every other one, by the row with the empty rule, from the change. Known episodes
    that start at or after a rule's `since` are replaced by what comes out, the others stay.
    """
    everything = changed.assign(rule="")[["patient_id", "rule", "since"]]
    both = known.merge(changed[["patient_id", "since"]], on="patient_id")
    goes_on = both["settled_at"].isna() | (both["settled_at"] >= both["since"])
    under_way = both[(both["started_at"] < both["since"]) & goes_on]
    earlier = under_way.groupby(["patient_id", "rule"])["started_at"].min().rename("since").reset_index()
    return pd.concat([everything, earlier], ignore_index=True) if len(earlier) else everything
