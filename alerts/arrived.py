"""Readings of some patients as checks saw them come: each value with the check that first saw it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alerts.moments import FOREVER, Bools, Floats, Ints, new_patient
from alerts.rules.slots import slots_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alerts.rules import RuleSpec


@dataclass(frozen=True)
class Checks:
    """When checks are made: at every arrival and deadline, or only every so often, the last one at `until`."""

    until: int  # microseconds since 1970 UTC, as every moment here
    every: int | None = None  # microseconds

    def looking(self, at: Ints) -> Ints:
        """The first check that looks at what came, or fell due, at each moment."""
        return at if self.every is None else self.until - (self.until - at) // self.every * self.every

    def before(self, check: int) -> int:
        """The last one before a check."""
        return check - (self.every or 1)


@dataclass(frozen=True)
class Values:
    """The values of one kind, each with the checks that saw it; sorted by patient and moment.

    A reading that was corrected is two rows: the old value until the decision, the new one from then on.
    """

    patient: Ints  # id
    at: Ints  # when it was measured
    value: Floats
    confirmed: Bools
    seen: Ints  # the first check that saw it
    gone: Ints  # the first check that saw it no longer; FOREVER

    def where(self, chosen: Bools) -> Values:
        """Only those chosen; itself when all are."""
        return (
            self if chosen.all() else Values(**{name: values[chosen] for name, values in vars(self).items()})
        )


@dataclass(frozen=True)
class Cohort:
    """Some patients with all that rules may look at."""

    patients: Ints  # ids, sorted
    kinds: Mapping[int, Values]  # kind's id → values
    bounds: pd.DataFrame  # these four as `rules.run` takes them
    enrolled: pd.DataFrame
    pauses: pd.DataFrame
    traits: pd.DataFrame | None = None

    def only(self, patients: Ints) -> Cohort:
        """Some of them; sorted."""
        return replace(
            self,
            patients=patients,
            kinds={k: values.where(np.isin(values.patient, patients)) for k, values in self.kinds.items()},
            bounds=_of(self.bounds, patients),
            enrolled=_of(self.enrolled, patients),
            pauses=_of(self.pauses, patients),
            traits=None if self.traits is None else _of(self.traits, patients),
        )


def joined(cohorts: Sequence[Cohort]) -> Cohort:
    """Several cohorts as one; each holds patients of its own, and the later ones those with higher ids."""
    kinds = sorted({kind for one in cohorts for kind in one.kinds})
    own = {kind: [one.kinds[kind] for one in cohorts if kind in one.kinds] for kind in kinds}
    names = Values.__dataclass_fields__
    facts = [one.traits for one in cohorts if one.traits is not None]
    return Cohort(
        np.concatenate([one.patients for one in cohorts]),
        {
            kind: Values(*(np.concatenate([getattr(one, name) for one in values]) for name in names))
            for kind, values in own.items()
        },
        pd.concat([one.bounds for one in cohorts], ignore_index=True),
        pd.concat([one.enrolled for one in cohorts], ignore_index=True),
        pd.concat([one.pauses for one in cohorts], ignore_index=True),
        pd.concat(facts, ignore_index=True) if facts else None,
    )


# ------------------------------------------------------------------ who came in order


def out_of_order(specs: Sequence[RuleSpec], cohort: Cohort, begin: int, checks: Checks) -> Ints:
    """Patients with something that came after a check had judged a moment that it bears on; ids, sorted.

    What had come by `begin` is judged together, in whatever order it came.
    """
    place, at, seen = in_order(cohort.patients, cohort.kinds.values())
    wrong = (seen[1:] < seen[:-1]) | ((at[1:] == at[:-1]) & (seen[1:] != seen[:-1]))
    wrong &= (place[1:] == place[:-1]) & (np.maximum(seen[1:], seen[:-1]) > begin)
    late = after_deadline(specs, at, seen, checks) & (seen > begin)
    found = np.concatenate((cohort.patients[place[1:][wrong]], cohort.patients[place[late]]))
    decided = [values.patient[values.gone != FOREVER] for values in cohort.kinds.values()]
    return np.unique(np.concatenate((found, *decided)))


def in_order(patients: Ints, kinds: Iterable[Values]) -> tuple[Ints, Ints, Ints]:
    """The place in `patients`, moment and first check of every value of every kind, by patient and moment."""
    of = [values for values in kinds if len(values.at)]
    if not of:
        return (np.empty(0, np.int64),) * 3
    place = np.concatenate([_places(patients, values.patient) for values in of])
    at, seen = (np.concatenate([getattr(values, name) for values in of]) for name in ("at", "seen"))
    if len(of) > 1:
        origin = int(at.min())
        order = np.argsort(place * (int(at.max()) - origin + 1) + (at - origin), kind="stable")
        place, at, seen = place[order], at[order], seen[order]
    return place, at, seen


def _places(patients: Ints, of: Ints) -> Ints:
    heads = np.flatnonzero(new_patient(of))
    return np.repeat(np.searchsorted(patients, of[heads]), np.diff(np.append(heads, len(of))))


def after_deadline(specs: Iterable[RuleSpec], at: Ints, seen: Ints, checks: Checks) -> Bools:
    """What was seen only after a deadline at or after its moment had been judged without it."""
    late = np.zeros(len(at), dtype=bool)
    for schedule in {spec.schedule for spec in specs if spec.schedule is not None}:
        if len(at):
            slots = slots_between(schedule, int(at.min()), max(int(at.max()), checks.until))
            deadlines = np.append(np.sort(slots.deadline[slots.expected]), FOREVER)
            due = deadlines[np.searchsorted(deadlines, at)]
            late |= (due <= checks.until) & (checks.looking(np.minimum(due, checks.until)) < seen)
    return late


def _of(frame: pd.DataFrame, patients: Ints) -> pd.DataFrame:
    return frame[np.isin(frame["patient_id"].to_numpy(np.int64), patients)]
