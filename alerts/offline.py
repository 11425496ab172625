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

from alerts import evidence, pathways, replaying
from alerts.arrived import Checks, Cohort, Values
from alerts.episodes import COLUMNS, rows
from alerts.moments import DAY, FOREVER, MICROSECOND, NEVER, SEVERITY_NAMES, as_utc, micros, moment_micros
from alerts.rules import EVERY, sentence
from foundation.errors import Refused
from ingest import limits, units
from ingest.catalogue import KINDS, by_id
from ingest.times import FUTURE_ALLOWED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from alerts.moments import Floats, Ints
    from alerts.pathways import Packs
    from alerts.rules import RuleSpec

TOGETHER = 1_000  # patients judged at once: bounds memory


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

    Of rules that start active: a draft, and one in shadow, raise nothing.

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
    until = moment_micros(as_of)
    checks = Checks(until, every=DAY if replay_daily else None)
    found, failures = [], []
    for part in _in_parts(ready):
        cohort = _cohort(part, packs, pathway, checks)
        came = (replaying.replay if replay_daily else replaying.at_once)(specs, cohort, 0, checks)
        if not replay_daily:
            came.raised["raised_at"] = came.raised["started_at"]
        found.append(_told(came.raised, specs, cohort.kinds, names))
        failures.append(came.failures.assign(patient=names[came.failures["patient_id"].to_numpy(np.int64)]))
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
        for rule in packs.starting
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


def _cohort(part: pd.DataFrame, packs: Packs, pathway: str, checks: Checks) -> Cohort:
    """Some patients, all on one pathway from the day of their first reading."""
    first = part.groupby("patient_id")["measured_at"].min()
    patients = first.index.to_numpy(np.int64)
    began = as_utc(first.to_numpy(np.int64)).tz_convert("Europe/London").normalize().tz_convert("UTC")
    never = as_utc(np.empty(0, np.int64))
    # A phone whose clock runs ahead is believed by so much; what a file says beyond that waits until it is so.
    came = np.maximum(
        part["received_at"].to_numpy(np.int64),
        part["measured_at"].to_numpy(np.int64) - FUTURE_ALLOWED // MICROSECOND,
    )
    seen = checks.looking(np.minimum(came, checks.until))
    kinds = {
        int(str(kind)): Values(
            patient=frame["patient_id"].to_numpy(np.int64),
            at=frame["measured_at"].to_numpy(np.int64),
            value=frame["value"].to_numpy(np.float64),
            confirmed=frame["confirmed"].to_numpy(np.bool_),
            seen=frame["seen"].to_numpy(np.int64),
            gone=np.full(len(frame), FOREVER),
        )
        for kind, frame in part.assign(seen=seen).groupby("kind", sort=True)
    }
    return Cohort(
        patients=patients,
        kinds=kinds,
        bounds=packs.bounds_frame([EVERY, pathway], patients.tolist()),
        enrolled=pd.DataFrame(
            {
                "patient_id": patients,
                "pathway": pathway,
                "enrolled_at": began,
                "ended_at": as_utc(np.full(len(patients), NEVER)),
            }
        ),
        pauses=pd.DataFrame({"patient_id": np.empty(0, np.int64), "starts_at": never, "ends_at": never}),
    )


def _told(
    frame: pd.DataFrame, specs: Sequence[RuleSpec], kinds: Mapping[int, Values], names: np.ndarray
) -> pd.DataFrame:
    """Episodes in words, with the readings on which they rest."""
    by_id_ = {spec.id: spec for spec in specs}
    history = replaying.history(kinds)
    lines, rests = [], []
    for rule, episode in zip(frame["rule"], rows(frame[list(COLUMNS)]), strict=True):
        own = evidence.of(by_id_[rule], episode, history)
        lines.append(sentence(by_id_[rule], episode, own))
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
            "version": frame["rule"].map({name: spec.version for name, spec in by_id_.items()}),
            "severity": frame["level"].map(SEVERITY_NAMES),
            "raised_at": frame["raised_at"],
            "settled_at": frame["settled_at"],
            "withdrawn": frame["withdrawn"],
            "sentence": pd.Series(lines, dtype=object, index=frame.index),
            "evidence": pd.Series(rests, dtype=object, index=frame.index),
        }
    )
