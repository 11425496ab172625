"""A pathway's rules over a table of readings, without a database: what would have been raised, and when.

The same functions as in the service, over a frame in memory. As in the service, an impossible value is no reading, an
odd one counts only where it is dangerous at face value, the same reading twice is one, and of two different values for
one moment the first to arrive stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alerts import evidence, pathways
from alerts.episodes import COLUMNS, judge_from, none_found, rows
from alerts.moments import NEVER, SEVERITY_NAMES, as_utc, micros, moment_micros
from alerts.rules import EVERY, run, sentence
from foundation.errors import Refused
from ingest import limits, units
from ingest.catalogue import KINDS, by_id
from ingest.times import FUTURE_ALLOWED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from alerts.moments import Bools, Floats, Ints
    from alerts.pathways import Packs
    from alerts.rules import Found, History, RuleSpec

TOGETHER = 1_000  # patients judged at once: bounds memory
DAY = timedelta(days=1)
RAISED = [*COLUMNS, "rule", "raised_at", "withdrawn"]


@dataclass(frozen=True)
class Judged:
    """What came of a table."""

    alerts: (
        pd.DataFrame
    )  # patient, rule, version, severity, raised_at, settled_at, withdrawn, sentence, evidence
    failures: pd.DataFrame  # patient, rule, error: rules that could not be evaluated for a patient


def judge(
    pathway: str,
    readings: pd.DataFrame,
    as_of: datetime,
    *,
    replay_daily: bool = False,
    packs: Packs | None = None,
    schedule: bool = False,
) -> pd.DataFrame:
    """The alerts alone of `judged`."""
    return judged(pathway, readings, as_of, replay_daily=replay_daily, packs=packs, schedule=schedule).alerts


def judged(
    pathway: str,
    readings: pd.DataFrame,
    as_of: datetime,
    *,
    replay_daily: bool = False,
    packs: Packs | None = None,
    schedule: bool = False,
) -> Judged:
    """Every episode of breach of the pathway's rules and of those for everyone, in the order in which they were raised.

    readings: patient (text), kind (as stored), value (in `unit`; of a question, the place of its answer), unit,
    measured_at, received_at (UTC). as_of: UTC; what was measured or received later is not looked at.
    replay_daily: as if checked once a day, at the time of day of `as_of`, with what had been received by then:
    `raised_at` is the check that found it, and what later readings took back stays, as withdrawn. Otherwise judged
    once, with everything, and `raised_at` is when the first reading in breach was measured.
    schedule: also whether readings are missing, as though each patient was enrolled on the day of their first one.

    Raises Refused for an unknown pathway.
    """
    packs = packs or pathways.load()
    specs = _specs(packs, pathway, schedule=schedule)
    ready, names = _prepared(readings, as_of)
    found, failures = [], []
    for part in _in_parts(ready):
        cohort = _Cohort.of(part, packs, pathway, specs)
        frame, failed = cohort.day_by_day(as_of) if replay_daily else cohort.at_once(as_of)
        found.append(cohort.told(frame, names))
        failures.append(failed.assign(patient=names[failed["patient_id"].to_numpy(np.int64)]))
    alerts = pd.concat(found, ignore_index=True).sort_values(
        ["raised_at", "patient", "rule"], ignore_index=True
    )
    failed = pd.concat(failures, ignore_index=True)[["patient", "rule", "error"]].drop_duplicates(
        ignore_index=True
    )
    return Judged(alerts, failed)


def _specs(packs: Packs, pathway: str, *, schedule: bool) -> list[RuleSpec]:
    if pathway not in packs.by_id:
        known = ", ".join(name for name in packs.by_id if name != EVERY)
        raise Refused(
            "pathway_unknown", f"There is no pathway {pathway}. There are: {known}.", field="pathway"
        )
    return [
        rule
        for rule in packs.rules
        if rule.pathway in (EVERY, pathway) and (schedule or rule.schedule is None)
    ]


# ------------------------------------------------------------------ readings made ready


def _prepared(readings: pd.DataFrame, as_of: datetime) -> tuple[pd.DataFrame, np.ndarray]:
    """patient_id, kind (id), measured_at, received_at (µs), value, confirmed; and the patients' names by id.

    Sorted by kind, patient_id, measured_at; each moment once. Patients are numbered in the order of their names.
    """
    until = moment_micros(as_of)
    codes, names = pd.factorize(readings["patient"], sort=True)
    ready = pd.DataFrame(
        {
            "patient_id": codes.astype(np.int64),
            "kind": readings["kind"].map({name: kind.id for name, kind in KINDS.items()}).to_numpy(),
            "measured_at": micros(readings["measured_at"]),
            "received_at": micros(readings["received_at"]),
            "value": _stored_values(readings),
        }
    )
    known = (ready["received_at"] <= until) & (
        ready["measured_at"] <= until + FUTURE_ALLOWED // timedelta(microseconds=1)
    )
    ready = ready[known & ready["kind"].notna() & ready["value"].notna()].astype({"kind": np.int64})
    ready["confirmed"] = _plausible(ready)
    ready = ready[ready["confirmed"] >= 0]
    ready["confirmed"] = ready["confirmed"] > 0
    moment = ["kind", "patient_id", "measured_at"]
    ready = ready.sort_values([*moment, "received_at"], kind="stable").drop_duplicates(moment)
    return ready.reset_index(drop=True), np.asarray(names, dtype=object)


def _stored_values(readings: pd.DataFrame) -> Floats:
    """Values in the unit in which their kind is stored; NaN where that cannot be."""
    found = np.full(len(readings), np.nan)
    given = readings["value"].to_numpy(np.float64)
    pairs = pd.MultiIndex.from_arrays([readings["kind"].astype(str), readings["unit"].fillna("").astype(str)])
    codes, distinct = pd.factorize(pairs)
    for code, (name, unit) in enumerate(distinct):
        try:
            how = units.conversion(KINDS[name], unit)
        except (KeyError, Refused):
            continue
        rows_ = codes == code
        found[rows_] = (given[rows_] - how.subtract) * how.multiply / how.divide
    return found


def _plausible(ready: pd.DataFrame) -> Ints:
    """1: stands; 0: odd, waits for a person; -1: no reading. By each kind's own limits, and blood pressures in pairs."""
    verdict = np.ones(len(ready), dtype=np.int64)
    value, of = ready["value"].to_numpy(), ready["kind"].to_numpy()
    for id_ in np.unique(of):
        kind = by_id(int(id_))
        rows_ = of == id_
        low, high = limits.plain_range(kind)
        least = -np.inf if kind.reject_below is None else kind.reject_below
        most = np.inf if kind.reject_above is None else kind.reject_above
        if kind.answers is not None:
            least, most, high = 0, len(kind.answers) - 1, len(kind.answers) - 1
        own = value[rows_]
        verdict[rows_] = np.where(
            (own < least) | (own > most), -1, np.where((own < low) | (own > high), 0, 1)
        )
    _in_pairs(ready, verdict)
    return verdict


def _in_pairs(ready: pd.DataFrame, verdict: Ints) -> None:
    """Two numbers of one blood pressure that do not belong together are no reading; odd ones wait; so does their pulse."""
    of = ready["kind"].to_numpy()
    keys = ["patient_id", "measured_at", "received_at"]
    places = ready[keys].assign(place=np.arange(len(ready)))
    names = ("systolic", "diastolic", "heart_rate")
    own = {kind: places[of == KINDS[kind].id].rename(columns={"place": kind}) for kind in names}
    both = own["systolic"].merge(own["diastolic"], on=keys).merge(own["heart_rate"], on=keys, how="left")
    value = ready["value"].to_numpy()
    apart = value[both["systolic"]] - value[both["diastolic"]]
    least, most = limits.PULSE_PRESSURE_USUAL
    for kind in names:
        known = both[kind].notna().to_numpy()
        which = both[kind][known].to_numpy(np.int64)
        odd, none = (
            which[((apart < least) | (apart > most))[known]],
            which[(apart < limits.PULSE_PRESSURE_LEAST)[known]],
        )
        verdict[odd] = np.minimum(verdict[odd], 0)
        verdict[none] = -1


def _in_parts(ready: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The table in shares of patients."""
    part = ready["patient_id"].to_numpy() // TOGETHER
    for number in range(int(part.max(initial=0)) + 1):
        yield ready[part == number]


# ------------------------------------------------------------------ a share of the patients


@dataclass(frozen=True)
class _Cohort:
    """Some patients, all on one pathway from the day of their first reading."""

    kinds: dict[int, pd.DataFrame]  # as History, with received_at (µs); sorted
    arrivals: pd.DataFrame  # patient_id, measured_at, received_at (µs), sorted by received_at
    specs: list[RuleSpec]
    bounds: pd.DataFrame
    enrolled: pd.DataFrame
    lookback: timedelta

    @classmethod
    def of(cls, part: pd.DataFrame, packs: Packs, pathway: str, specs: list[RuleSpec]) -> _Cohort:
        first = part.groupby("patient_id")["measured_at"].min()
        patients = first.index.to_numpy(np.int64)
        began = as_utc(first.to_numpy(np.int64)).tz_convert("Europe/London").normalize().tz_convert("UTC")
        goes_on = as_utc(np.full(len(patients), NEVER))
        enrolled = pd.DataFrame(
            {"patient_id": patients, "pathway": pathway, "enrolled_at": began, "ended_at": goes_on}
        )
        kinds = {}
        for kind, frame in part.groupby("kind", sort=True):
            own = frame[["patient_id", "value", "confirmed", "received_at"]].reset_index(drop=True)
            own["measured_at"] = as_utc(frame["measured_at"].to_numpy(np.int64))
            kinds[int(str(kind))] = own
        return cls(
            kinds=kinds,
            arrivals=part[["patient_id", "measured_at", "received_at"]].sort_values(
                "received_at", ignore_index=True
            ),
            specs=specs,
            bounds=packs.bounds_frame([EVERY, pathway], patients.tolist()),
            enrolled=enrolled,
            lookback=max((spec.lookback for spec in specs), default=timedelta()),
        )

    def at_once(self, at: datetime) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Everything, judged once."""
        changed = self.enrolled[["patient_id"]].assign(since=pd.Timestamp(0, tz="UTC").as_unit("us"))
        found = self._run(self.kinds, changed, at)
        frame = _as_raised(found)
        return frame.assign(raised_at=frame["started_at"], withdrawn=False), found.failures

    def day_by_day(self, at: datetime) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A check a day, each with what had been received by then."""
        raised, failures = _nothing(), []
        received = self.arrivals["received_at"].to_numpy(np.int64)
        if not len(received):
            return raised, pd.DataFrame(columns=["patient_id", "rule", "error"])
        day = DAY // timedelta(microseconds=1)
        last = moment_micros(at)
        first = last - (last - int(received[0])) // day * day
        asked = any(spec.schedule is not None for spec in self.specs)
        done = 0
        for moment in range(first, last + 1, day):
            until = int(np.searchsorted(received, moment, side="right"))
            new = self.arrivals.iloc[done:until]
            done = until
            changed = self._changed(new, moment - day, everyone=asked)
            if len(changed):
                raised, failed = self._check(raised, changed, moment)
                failures.append(failed)
        return raised, pd.concat(failures, ignore_index=True)

    def _changed(self, new: pd.DataFrame, before: int, *, everyone: bool) -> pd.DataFrame:
        """patient_id, since: the earliest of what is new for each; of the others, the last check, where time alone counts."""
        since = new.groupby("patient_id")["measured_at"].min()
        if everyone:
            since = since.reindex(self.enrolled["patient_id"], fill_value=before).clip(upper=before)
        return pd.DataFrame(
            {"patient_id": since.index.to_numpy(np.int64), "since": as_utc(since.to_numpy(np.int64))}
        )

    def _check(
        self, raised: pd.DataFrame, changed: pd.DataFrame, moment: int
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        at = as_utc(np.array([moment]))[0]
        stands = raised[~raised["withdrawn"].to_numpy(np.bool_)]
        since = judge_from(changed, stands[["patient_id", "rule", "started_at", "settled_at"]])
        found = self._run(self._history(since, moment), since, at.to_pydatetime())
        return _replaced(raised, _as_raised(found), since, at), found.failures

    def _history(self, since: pd.DataFrame, moment: int) -> History:
        """What had been received by then of the patients to judge, as far back as that takes."""
        earliest = since.groupby("patient_id")["since"].min() - self.lookback - DAY
        reach = np.full(int(self.enrolled["patient_id"].max()) + 1, np.iinfo(np.int64).max)
        reach[earliest.index.to_numpy(np.int64)] = micros(earliest)
        found = {}
        for kind, frame in self.kinds.items():
            seen: Bools = frame["received_at"].to_numpy() <= moment
            seen &= micros(frame["measured_at"]) >= reach[frame["patient_id"].to_numpy()]
            found[kind] = frame[seen]
        return found

    def _run(self, history: History, since: pd.DataFrame, at: datetime) -> Found:
        never = as_utc(np.empty(0, np.int64))
        pauses = pd.DataFrame({"patient_id": np.empty(0, np.int64), "starts_at": never, "ends_at": never})
        return run(
            self.specs, history, self.bounds, self.enrolled, pauses, since=since, at=at + FUTURE_ALLOWED
        )

    def told(self, frame: pd.DataFrame, names: np.ndarray) -> pd.DataFrame:
        """Episodes in words, with the readings on which they rest."""
        specs = {spec.id: spec for spec in self.specs}
        lines, rests = [], []
        for rule, episode in zip(frame["rule"], rows(frame[list(COLUMNS)]), strict=True):
            own = evidence.of(specs[rule], episode, self.kinds)
            lines.append(sentence(specs[rule], episode, own))
            rests.append(
                list(
                    zip(
                        own["kind"].map(lambda kind: by_id(int(kind)).name),
                        own["measured_at"],
                        own["value"],
                        strict=True,
                    )
                )
            )
        return pd.DataFrame(
            {
                "patient": names[frame["patient_id"].to_numpy(np.int64)],
                "rule": frame["rule"],
                "version": frame["rule"].map({name: spec.version for name, spec in specs.items()}),
                "severity": frame["level"].map(SEVERITY_NAMES),
                "raised_at": frame["raised_at"],
                "settled_at": frame["settled_at"],
                "withdrawn": frame["withdrawn"],
                "sentence": pd.Series(lines, dtype=object, index=frame.index),
                "evidence": pd.Series(rests, dtype=object, index=frame.index),
            }
        )


def _as_raised(found: Found) -> pd.DataFrame:
    """The episodes of all rules in one frame."""
    frames = [frame.assign(rule=rule) for rule, frame in found.episodes.items() if len(frame)]
    return (
        pd.concat(frames, ignore_index=True)
        if frames
        else _nothing().drop(columns=["raised_at", "withdrawn"])
    )


def _nothing() -> pd.DataFrame:
    raised_at = as_utc(np.empty(0, np.int64))
    return none_found().assign(rule=np.empty(0, object), raised_at=raised_at, withdrawn=np.empty(0, np.bool_))


def _replaced(
    raised: pd.DataFrame, found: pd.DataFrame, since: pd.DataFrame, at: pd.Timestamp
) -> pd.DataFrame:
    """What is on record after a check: what it judged afresh is replaced, and keeps the moment at which it was raised.

    An episode goes on from one on record of the same patient and rule where the two overlap. One on record that goes on
    in none was raised on readings that now say something else: it stays, withdrawn.
    """
    judged_from = since.rename(columns={"since": "judged_from"})
    own = judged_from[judged_from["rule"] != ""].rename(columns={"judged_from": "own_from"})
    everything = judged_from[judged_from["rule"] == ""][["patient_id", "judged_from"]]
    known = raised[["patient_id", "rule", "started_at", "withdrawn"]]
    known = known.merge(everything, on="patient_id", how="left").merge(
        own, on=["patient_id", "rule"], how="left"
    )
    start = known["own_from"].fillna(known["judged_from"])
    afresh = ((start <= known["started_at"]) & ~known["withdrawn"]).to_numpy(np.bool_)
    before = raised[afresh]
    found = found.assign(raised_at=at, withdrawn=False)[RAISED]
    if before.empty:
        return pd.concat([raised, found], ignore_index=True) if len(found) else raised
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
