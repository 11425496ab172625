"""Bounds that changed: a moment is judged by those that held when it was, so a change rewrites nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alerts.moments import FOREVER, NEVER, Bools, Floats, Ints, micros
from ingest.catalogue import KINDS

if TYPE_CHECKING:
    from alerts.rules.frames import Given
    from alerts.rules.spec import RuleSpec

FOUR = ("red_low", "amber_low", "amber_high", "red_high")


@dataclass(frozen=True)
class Steps:
    """The bounds of one kind over time, of patients for whom they changed; sorted by patient and moment.

    The first of a patient hold back to the beginning: of what was measured before anybody set bounds, these say how it is.
    """

    patient: Ints  # position in Given.patients
    start: Ints  # from when, microseconds since 1970 UTC; of the first: NEVER
    four: Floats  # a row of four for each, and 1 where a person set them

    def at(self, patient: int, moment: int) -> Floats:
        """Those that held for a patient at a moment."""
        low, high = np.searchsorted(self.patient, [patient, patient + 1])
        held: Floats = self.four[low + np.searchsorted(self.start[low:high], moment, side="right") - 1]
        return held


def with_whose(bounds: pd.DataFrame) -> Floats:
    """Rows of the four bounds, and 1 where a person set them (`by_person`, if the frame says)."""
    by_person = bounds["by_person"].to_numpy(np.float64) if "by_person" in bounds else np.zeros(len(bounds))
    return np.column_stack([*(bounds[name].to_numpy(np.float64) for name in FOUR), by_person])


def current(bounds: pd.DataFrame) -> pd.DataFrame:
    """The rows that hold now; all of them where the frame does not say since when."""
    if "replaced_at" not in bounds:
        return bounds
    holds = micros(bounds["replaced_at"]) == NEVER
    return bounds if holds.all() else bounds[holds]


def steps(bounds: pd.DataFrame, patients: Ints, since: Ints) -> dict[int, Steps]:
    """Kind's id → its steps, of patients whose bounds changed after `since`.

    bounds: patient_id, kind, the four, and set_at, replaced_at (NaT: they hold now) where there may be several rows.
    since: for each of `patients` the first moment that any rule judges.
    """
    if "replaced_at" not in bounds:
        return {}
    end = micros(bounds["replaced_at"])
    if (end == NEVER).all():
        return {}
    ids, kinds = bounds["patient_id"].to_numpy(np.int64), bounds["kind"].to_numpy(np.int64)
    place = np.searchsorted(patients, ids)
    known = place < len(patients)
    known[known] = patients[place[known]] == ids[known]
    changed = known.copy()
    changed[known] = end[known] > since[place[known]]
    if not changed.any():
        return {}
    key = ids * (max(kind.id for kind in KINDS.values()) + 1) + kinds
    often = known & np.isin(key, np.unique(key[changed]))
    return _taken_apart(bounds[often], place[often], kinds[often])


def _taken_apart(own: pd.DataFrame, place: Ints, kind: Ints) -> dict[int, Steps]:
    start, end = micros(own["set_at"]), micros(own["replaced_at"])
    four = with_whose(own)
    # Where none follow, there are none from then on; a row that follows at the same moment comes after and wins.
    closed = end != NEVER
    place, kind = np.concatenate((place, place[closed])), np.concatenate((kind, kind[closed]))
    start = np.concatenate((start, end[closed]))
    four = np.concatenate((four, np.full((int(closed.sum()), 5), np.nan)))
    nothing = np.isnan(four[:, :4]).all(axis=1)
    order = np.lexsort((~nothing, start, place, kind))
    place, kind, start, four = place[order], kind[order], start[order], four[order]
    first = np.ones(len(place), dtype=bool)
    first[1:] = (place[1:] != place[:-1]) | (kind[1:] != kind[:-1])
    start = np.where(first, NEVER, start)
    return {
        int(one): Steps(place[kind == one], start[kind == one], four[kind == one]) for one in np.unique(kind)
    }


def ever(steps_: Mapping[int, Steps], kind: int, having: Bools) -> Bools:
    """Who has bounds for a kind (`having`), or had some once."""
    found = steps_.get(kind)
    if found is not None:
        having = having.copy()
        having[found.patient[~np.isnan(found.four[:, :4]).all(axis=1)]] = True
    return having


def states(judge: Callable[[RuleSpec, Given], pd.DataFrame], spec: RuleSpec, given: Given) -> pd.DataFrame:
    """What a rule says of every moment to judge, each by the bounds of its time."""
    cuts = _cuts(spec, given)
    if not cuts:
        return judge(spec, given)
    given = replace(given, breaches=False)  # what is in breach in one era may settle in the next
    split = np.zeros(len(given.patients), dtype=bool)
    split[list(cuts)] = True
    most = max(map(len, cuts.values()))
    frames = [
        judge(spec, replace(given, applies=given.applies & ~split)),
        *(_one_era(judge, spec, given, cuts, number) for number in range(most + 1)),
    ]
    both = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return both.sort_values(["patient_id", "at"], kind="stable", ignore_index=True)


def _one_era(
    judge: Callable[[RuleSpec, Given], pd.DataFrame],
    spec: RuleSpec,
    given: Given,
    cuts: Mapping[int, list[int]],
    number: int,
) -> pd.DataFrame:
    """The moments from each patient's cut of this number (0: from the first to judge) up to the next one."""
    applies = np.zeros(len(given.patients), dtype=bool)
    since, until = np.full(len(given.patients), FOREVER), np.full(len(given.patients), FOREVER)
    nobody = np.full((len(given.patients), 5), np.nan)
    bounds = {kind: given.bounds.get(KINDS[kind].id, nobody).copy() for kind in spec.kinds}
    for patient, own in cuts.items():
        if number > len(own):
            continue
        applies[patient] = True
        since[patient] = own[number - 1] if number else given.since[patient]
        until[patient] = own[number] if number < len(own) else FOREVER
        for kind, four in bounds.items():
            found = given.steps.get(KINDS[kind].id)
            if found is not None and patient in found.patient:
                four[patient] = found.at(patient, int(since[patient]))
    by_kind = {**given.bounds, **{KINDS[kind].id: four for kind, four in bounds.items()}}
    frame = judge(spec, replace(given, applies=applies, since=since, bounds=by_kind))
    place = np.searchsorted(given.patients, frame["patient_id"].to_numpy(np.int64))
    return frame[micros(frame["at"]) < until[place]]


def _cuts(spec: RuleSpec, given: Given) -> dict[int, list[int]]:
    """Position of a patient → the moments after the first to judge at which any of the rule's bounds changed.

    Those after the last one to judge too: what is judged as of a past moment was held against the bounds of then.
    """
    found: dict[int, set[int]] = {}
    for kind in spec.kinds:
        own = given.steps.get(KINDS[kind].id)
        if own is None:
            continue
        within = given.applies[own.patient] & (own.start > given.since[own.patient])
        for patient, start in zip(own.patient[within].tolist(), own.start[within].tolist(), strict=True):
            found.setdefault(patient, set()).add(start)
    return {patient: sorted(moments) for patient, moments in found.items()}
