"""A batch of patients made ready for the rules: frames become arrays once, for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from alerts.moments import FOREVER, Bools, Floats, Ints, micros, moment_micros, new_patient
from alerts.rules import eras
from alerts.rules.frames import BOUNDS, Given, History, Readings
from alerts.rules.series import Series
from alerts.rules.spec import RuleSpec
from alerts.rules.traits import by_name
from ingest.catalogue import KINDS, by_id

EVERY = "every"  # the pathway of rules that apply to whoever has bounds for their kinds


def gather(
    history: History,
    bounds: pd.DataFrame,
    enrolled: pd.DataFrame,
    pauses: pd.DataFrame,
    since: datetime | pd.DataFrame,
    at: datetime,
    traits: pd.DataFrame | None = None,
) -> Given:
    """All that any rule may look at. The patients are those of `since`, or everyone mentioned anywhere."""
    if isinstance(since, pd.DataFrame):
        patients = np.unique(since["patient_id"].to_numpy(np.int64))
    else:
        mentioned = [_distinct(frame) for frame in history.values()]
        mentioned += [frame["patient_id"].to_numpy(np.int64) for frame in (bounds, enrolled)]
        patients = np.unique(np.concatenate(mentioned))
    return Given(
        patients=patients,
        series={
            kind: Series(by_id(kind).name, _readings(frame, patients), len(patients))
            for kind, frame in history.items()
        },
        bounds=_bounds(eras.current(bounds), patients),
        steps=eras.steps(bounds, patients, _earliest(since, patients)),
        enrolled=enrolled,
        pauses=pauses,
        since=np.full(len(patients), FOREVER),
        at=moment_micros(at),
        applies=np.ones(len(patients), dtype=bool),
        reach=np.full(len(patients), FOREVER),
        traits=by_name(traits, patients),
    )


def _earliest(since: datetime | pd.DataFrame, patients: Ints) -> Ints:
    """For each patient the first moment that any rule judges."""
    if not isinstance(since, pd.DataFrame):
        return np.full(len(patients), moment_micros(since))
    found = np.full(len(patients), FOREVER)
    places = np.searchsorted(patients, since["patient_id"].to_numpy(np.int64))
    np.minimum.at(found, places, micros(since["since"]))
    return found


@dataclass(frozen=True)
class Starts:
    """From which moment each patient is judged: by all rules, and by those that must begin earlier."""

    everything: Ints  # for each patient
    own: Mapping[str, tuple[Ints, Ints]]  # rule's id → places of patients, moments

    def of(self, rule: str) -> Ints:
        """For each patient the first moment this rule is to judge."""
        if rule not in self.own:
            return self.everything
        found = self.everything.copy()
        places, moments = self.own[rule]
        found[places] = moments
        return found


def starts(patients: Ints, since: datetime | pd.DataFrame) -> Starts:
    """What `rules.run` is told, taken apart once for all rules."""
    if not isinstance(since, pd.DataFrame):
        return Starts(np.full(len(patients), moment_micros(since)), {})
    places = np.searchsorted(patients, since["patient_id"].to_numpy(np.int64))
    moments = micros(since["since"])
    everything = np.full(len(patients), FOREVER)
    if "rule" not in since:
        everything[places] = moments
        return Starts(everything, {})
    rule = since["rule"].fillna("").to_numpy(dtype=object)
    own = {}
    for name in set(rule.tolist()):
        named = rule == name
        if name:
            own[name] = (places[named], moments[named])
        else:
            everything[places[named]] = moments[named]
    return Starts(everything, own)


def applies_to(spec: RuleSpec, given: Given) -> Bools:
    """For each patient whether the rule is about them: on its pathway, or with bounds for its kinds."""
    if spec.pathway == EVERY:
        having = np.zeros(len(given.patients), dtype=bool)
        for kind in spec.kinds:
            having |= ~np.isnan(given.bounds_of(kind)).all(axis=1)
            having = eras.ever(given.steps, KINDS[kind].id, having)
        return having
    on_pathway = given.enrolled["patient_id"][(given.enrolled["pathway"] == spec.pathway).to_numpy()]
    return np.isin(given.patients, on_pathway.to_numpy(np.int64))


def _readings(frame: pd.DataFrame, patients: Ints) -> Readings:
    """One kind's readings of these patients. Sorted as they came."""
    ids = frame["patient_id"].to_numpy(np.int64)
    heads = np.flatnonzero(new_patient(ids))
    rank = np.searchsorted(patients, ids[heads])
    known = rank < len(patients)
    known[known] = patients[rank[known]] == ids[heads][known]
    size = np.diff(np.append(heads, len(ids)))
    found = Readings(
        np.repeat(rank, size),
        micros(frame["measured_at"]),
        frame["value"].to_numpy(np.float64),
        frame["confirmed"].to_numpy(np.bool_),
    )
    return found.where(np.repeat(known, size))


def _distinct(frame: pd.DataFrame) -> Ints:
    ids = frame["patient_id"].to_numpy(np.int64)
    return ids[new_patient(ids)]


def _bounds(bounds: pd.DataFrame, patients: Ints) -> dict[int, Floats]:
    """Kind's id → for each patient a row of four bounds, and whether a person set them."""
    ids = bounds["patient_id"].to_numpy(np.int64)
    rank = np.searchsorted(patients, ids)
    known = rank < len(patients)
    known[known] = patients[rank[known]] == ids[known]
    rank, kinds = rank[known], bounds["kind"].to_numpy(np.int64)[known]
    four = eras.with_whose(bounds)[known]
    present = np.flatnonzero(np.bincount(kinds, minlength=1))
    every = np.full((len(present), len(patients), len(BOUNDS) + 1), np.nan)
    every[np.searchsorted(present, kinds), rank] = four
    return dict(zip(present.tolist(), every, strict=True))
