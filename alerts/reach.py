"""How far back the readings of each patient and kind are needed, and in which few sweeps to read them. Pure.

A sweep reads some kinds of many patients from one moment on, in the order of the index. What one patient needs from
further back (an episode under way for weeks) is asked for by itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ingest import rollups
from ingest.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from alerts.rules import RuleSpec

# A sweep costs about as much as the readings of ten days: kinds whose rules look back less share one.
SHORT = timedelta(days=14)
NEAR = timedelta(days=2)  # patients with something new no older than this are read together

Pair = tuple[int, int]  # patient_id, kind


@dataclass(frozen=True)
class Sweep:
    """Readings of all these patients and kinds from `since` on."""

    patients: list[int]
    kinds: tuple[int, ...]
    since: datetime


@dataclass(frozen=True)
class Needed:
    """What to read for one batch."""

    sweeps: list[Sweep]
    swept: dict[
        int, dict[int, datetime]
    ]  # patient → kind → from when their sweep reads it; shared by patients
    further: dict[Pair, datetime]  # from when besides, up to where the sweep begins

    def since(self, patient: int, kind: int) -> datetime:
        """The first moment from which this patient's readings of the kind are read."""
        return self.further.get((patient, kind), self.swept[patient][kind])


class Reach:
    """What a set of rules looks back at, kind by kind."""

    def __init__(self, specs: Iterable[RuleSpec]) -> None:
        self._rules = {spec.id: spec for spec in specs}
        longest = {kind.id: timedelta(0) for kind in KINDS.values()}
        for spec in self._rules.values():
            for name in spec.reads:
                longest[KINDS[name].id] = max(longest[KINDS[name].id], spec.lookback)
        short = tuple(kind for kind, lookback in longest.items() if lookback <= SHORT)
        long = tuple(kind for kind, lookback in longest.items() if lookback > SHORT)
        self._classes = [(kinds, max(longest[kind] for kind in kinds)) for kinds in (short, long) if kinds]

    def needed(
        self, changed: Mapping[int, datetime], earlier: Mapping[tuple[int, str], datetime], at: datetime
    ) -> Needed:
        """What to read so that every rule can judge from what changed on, and the days from there can be summed up.

        changed: patient → the first moment that is new. earlier: (patient, rule) → an earlier moment from which that
        rule judges.
        """
        found = Needed([], {}, {})
        for patients in _by_age(changed, at):
            first = min(changed[patient] for patient in patients)
            own = [
                Sweep(patients, kinds, min(rollups.day_start(first), first - lookback))
                for kinds, lookback in self._classes
            ]
            found.sweeps.extend(own)
            since = {kind: one.since for one in own for kind in one.kinds}
            found.swept.update((patient, since) for patient in patients)
        for (patient, rule), moment in earlier.items():
            spec = self._rules.get(rule)
            for kind in () if spec is None else [KINDS[name].id for name in spec.reads]:
                begin = moment - self._rules[rule].lookback
                if begin < found.since(patient, kind):
                    found.further[patient, kind] = begin
        return found


def _by_age(changed: Mapping[int, datetime], at: datetime) -> list[list[int]]:
    """Patients whose news is about as old as each other's: up to two days, up to four, eight, … ; each sorted.

    One late reading from last year must not have the year of all the others read; a whole month that nobody has looked
    at yet is one sweep all the same.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for patient in sorted(changed):
        groups[max(0, (at - changed[patient]) // NEAR).bit_length()].append(patient)
    return [groups[age] for age in sorted(groups)]
