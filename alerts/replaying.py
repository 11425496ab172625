"""What rules would have raised, and when, as checks saw the readings come. Pure.

A moment is judged by what was measured at or before it. So where a patient's readings came in the order in which they
were measured, judging once with everything gives the very episodes that a check after each arrival would have found,
each at the arrival of its first breach. Only who has readings that came after later ones, or that were decided on
afterwards, is judged again and again: just before and just after each thing that came late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alerts import turns
from alerts.arrived import in_order, out_of_order
from alerts.episodes import COLUMNS, judge_from, none_found
from alerts.moments import MICROSECOND, as_moment, as_utc, first_from, micros
from alerts.rules import run
from ingest.catalogue import KINDS
from ingest.times import FUTURE_ALLOWED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from alerts.arrived import Checks, Cohort, Values
    from alerts.moments import Ints
    from alerts.rules import Found, History, RuleSpec

RAISED = [*COLUMNS, "rule", "raised_at", "withdrawn"]
FAILED = ["patient_id", "rule", "error"]


@dataclass(frozen=True)
class Replayed:
    """What came of it."""

    raised: pd.DataFrame  # the columns of Episode, and rule, raised_at, withdrawn: one row a run of breach
    failures: pd.DataFrame  # patient_id, rule, error

    @classmethod
    def of(cls, parts: Iterable[Replayed]) -> Replayed:
        """Several as one."""
        told = [*parts]
        raised = [part.raised for part in told if len(part.raised)]
        failed = [part.failures for part in told if len(part.failures)]
        return cls(
            pd.concat(raised, ignore_index=True) if raised else nothing(),
            pd.concat(failed, ignore_index=True) if failed else pd.DataFrame(columns=FAILED),
        )


def replay(specs: Sequence[RuleSpec], cohort: Cohort, begin: int, checks: Checks) -> Replayed:
    """Every run of breach from `begin` on that a check would have raised, by `checks.until`.

    `raised_at` is the check that found it; what later readings or decisions took back stays, as withdrawn.
    """
    apart = out_of_order(specs, cohort, begin, checks)
    if not len(apart):
        return at_once(specs, cohort, begin, checks)
    others = np.setdiff1d(cohort.patients, apart, assume_unique=True)
    parts = [at_once(specs, cohort.only(others), begin, checks)] if len(others) else []
    return Replayed.of([*parts, *_apart(specs, cohort.only(apart), begin, checks)])


def _apart(specs: Sequence[RuleSpec], cohort: Cohort, begin: int, checks: Checks) -> Iterator[Replayed]:
    """Rules that look at the same kinds together: what is late for them is no more than came late of these."""
    by_kinds: dict[tuple[int, ...], list[RuleSpec]] = {}
    for spec in specs:
        by_kinds.setdefault(tuple(sorted(KINDS[name].id for name in spec.reads)), []).append(spec)
    for kinds, together in by_kinds.items():
        own = replace(cohort, kinds={kind: cohort.kinds[kind] for kind in kinds if kind in cohort.kinds})
        late = out_of_order(together, own, begin, checks)
        others = np.setdiff1d(cohort.patients, late, assume_unique=True)
        if len(others):
            yield at_once(together, own.only(others) if len(late) else own, begin, checks)
        if len(late):
            yield one_by_one(together, own.only(late), begin, checks)


# ------------------------------------------------------------------ judged once


def at_once(specs: Sequence[RuleSpec], cohort: Cohort, begin: int, checks: Checks) -> Replayed:
    """Patients whose readings came in order, judged with everything."""
    since = pd.DataFrame(
        {"patient_id": cohort.patients, "since": as_utc(np.full(len(cohort.patients), begin))}
    )
    found = _run(specs, cohort, history(cohort.kinds), since, as_moment(checks.until))
    frame = _flat(found)
    when = _when(frame, cohort.patients, cohort.kinds.values(), checks)
    frame["raised_at"] = as_utc(np.minimum(when, checks.until))
    return Replayed(frame.assign(withdrawn=False)[RAISED], found.failures)


def _when(frame: pd.DataFrame, patients: Ints, kinds: Iterable[Values], checks: Checks) -> Ints:
    """The check that saw the first breach of each episode: of a deadline that passed, the one that looks at that moment."""
    started = micros(frame["started_at"])
    found = checks.looking(np.minimum(started, checks.until))
    place, at, seen = in_order(patients, kinds)
    if len(at) and len(started):
        of = np.searchsorted(patients, frame["patient_id"].to_numpy(np.int64))
        row = first_from(place, at, of, started + 1) - 1
        there = (row >= 0) & (place[row] == of) & (at[row] == started)
        found = np.where(there, seen[row], found)
    return found


# ------------------------------------------------------------------ judged again and again


def one_by_one(specs: Sequence[RuleSpec], cohort: Cohort, begin: int, checks: Checks) -> Replayed:
    """Patients with something late, judged just before and just after each of these, side by side."""
    lookback = max((spec.lookback for spec in specs), default=timedelta()) + timedelta(days=1)
    raised, failures = nothing(), []
    for turn in turns.plan(specs, cohort, begin, checks):
        stands = raised[~raised["withdrawn"].to_numpy(np.bool_)]
        changed = pd.DataFrame({"patient_id": turn.patient, "since": as_utc(turn.since)})
        since = judge_from(changed, stands[["patient_id", "rule", "started_at", "settled_at"]])
        known = turns.known_by(cohort, turn, since, lookback // MICROSECOND)
        found = _judged(specs, cohort, known, since, turn)
        frame = _flat(found)
        of = np.searchsorted(turn.patient, frame["patient_id"].to_numpy(np.int64))
        when = np.clip(_when(frame, cohort.patients, known.values(), checks), turn.least[of], turn.at[of])
        raised = _replaced(raised, frame.assign(raised_at=as_utc(when), withdrawn=False)[RAISED], since)
        failures.append(found.failures)
    failed = [frame for frame in failures if len(frame)]
    return Replayed(raised, pd.concat(failed).drop_duplicates() if failed else pd.DataFrame(columns=FAILED))


def _judged(
    specs: Sequence[RuleSpec],
    cohort: Cohort,
    known: Mapping[int, Values],
    since: pd.DataFrame,
    turn: turns.Turn,
) -> Found:
    """A turn's episodes. Only rules that wait for time to pass look at the clock: they are judged check by check."""
    told = history(known)
    by_value = [spec for spec in specs if spec.schedule is None]
    by_time = [spec for spec in specs if spec.schedule is not None]
    parts = [_run(by_value, cohort, told, since, as_moment(int(turn.at.max())))] if by_value else []
    for at in np.unique(turn.at).tolist() if by_time else ():
        chosen = np.isin(since["patient_id"].to_numpy(np.int64), turn.patient[turn.at == at])
        parts.append(_run(by_time, cohort, told, since[chosen], as_moment(at)))
    if len(parts) == 1:
        return parts[0]
    episodes: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        for rule, frame in part.episodes.items():
            episodes.setdefault(rule, []).append(frame)
    together = {
        rule: pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
        for rule, frames in episodes.items()
    }
    failed = [part.failures for part in parts if len(part.failures)]
    return replace(parts[0], episodes=together, failures=pd.concat(failed) if failed else parts[0].failures)


def _replaced(raised: pd.DataFrame, found: pd.DataFrame, since: pd.DataFrame) -> pd.DataFrame:
    """What is on record after a check: what it judged afresh is replaced, and keeps the moment at which it was raised.

    An episode goes on from one on record of the same patient and rule where the two overlap. One on record that goes on
    in none was raised on readings that now say something else: it stays, withdrawn.
    """
    judged = since.rename(columns={"since": "judged_from"})
    own = judged[judged["rule"] != ""].rename(columns={"judged_from": "own_from"})
    everything = judged[judged["rule"] == ""][["patient_id", "judged_from"]]
    known = raised[["patient_id", "rule", "started_at", "withdrawn"]]
    known = known.merge(everything, on="patient_id", how="left").merge(
        own, on=["patient_id", "rule"], how="left"
    )
    start = known["own_from"].fillna(known["judged_from"])
    afresh = ((start <= known["started_at"]) & ~known["withdrawn"]).to_numpy(np.bool_)
    before = raised[afresh]
    if before.empty:
        return (
            pd.concat([raised, found], ignore_index=True)
            if len(found) and len(raised)
            else found
            if len(found)
            else raised
        )
    pairs = (
        found.reset_index()
        .merge(before.reset_index(), on=["patient_id", "rule"], suffixes=("", "_before"))
        .query("started_at <= last_at_before and started_at_before <= last_at")
    )
    raised_at = pairs.groupby("index")["raised_at_before"].min()
    found.loc[raised_at.index, "raised_at"] = raised_at
    gone = before[~before.index.isin(pairs["index_before"])].assign(withdrawn=True)
    kept = [raised[~afresh], gone, found]
    return pd.concat([frame for frame in kept if len(frame)] or [raised.iloc[:0]], ignore_index=True)


# ------------------------------------------------------------------ frames


def nothing() -> pd.DataFrame:
    """Nothing raised, with the columns of what is."""
    raised_at = as_utc(np.empty(0, np.int64))
    return none_found().assign(rule=np.empty(0, object), raised_at=raised_at, withdrawn=np.empty(0, np.bool_))


def _flat(found: Found) -> pd.DataFrame:
    """The episodes of all rules in one frame."""
    frames = [frame.assign(rule=rule) for rule, frame in found.episodes.items() if len(frame)]
    return (
        pd.concat(frames, ignore_index=True) if frames else nothing().drop(columns=["raised_at", "withdrawn"])
    )


def history(kinds: Mapping[int, Values]) -> History:
    """Values as the rules take them."""
    return {
        kind: pd.DataFrame(
            {
                "patient_id": values.patient,
                "measured_at": as_utc(values.at),
                "value": values.value,
                "confirmed": values.confirmed,
            },
            copy=False,
        )
        for kind, values in kinds.items()
    }


def _run(
    specs: Iterable[RuleSpec], cohort: Cohort, history: History, since: pd.DataFrame, at: datetime
) -> Found:
    return run(
        specs, history, cohort.bounds, cohort.enrolled, cohort.pauses,
        since=since, at=at, ahead=FUTURE_ALLOWED, traits=cohort.traits,
    )  # fmt: skip
