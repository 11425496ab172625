"""The readings of one kind of a batch of patients, cut to what a rule needs; and what is worked out from them once.

Nothing here depends on how much history was loaded: what reaches over the edge of a window is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from alerts.moments import DAY, FOREVER, NEVER, Bools, Floats, Ints, local_days, new_patient
from alerts.rules.medians import medians
from alerts.rules.scale import scale_of, steps


@dataclass(frozen=True)
class Readings:
    """The readings of one kind of a batch of patients, sorted by patient then moment."""

    patient: Ints  # position in Given.patients
    at: Ints  # when measured, microseconds since 1970 UTC
    value: Floats  # in the kind's stored unit
    confirmed: Bools  # False: waits for a person to decide

    def __len__(self) -> int:
        """How many."""
        return len(self.at)

    def where(self, chosen: Bools) -> Readings:
        """Only those chosen; itself when all are."""
        return self if chosen.all() else self.rows(chosen)

    def rows(self, chosen: Bools | Ints) -> Readings:
        """Those chosen, or those at these places."""
        return Readings(self.patient[chosen], self.at[chosen], self.value[chosen], self.confirmed[chosen])


@dataclass(frozen=True)
class Daily:
    """One row for each patient and local day with a confirmed reading of a kind, sorted by these."""

    patient: Ints  # position in Given.patients
    day: Ints  # local (Europe/London), counted from 1 January 1970
    median: Floats  # of that day's values as people see them
    count: Ints  # how many there were

    def __len__(self) -> int:
        """How many."""
        return len(self.day)

    def rows(self, chosen: Bools | Ints) -> Daily:
        """Those chosen, or those at these places."""
        return Daily(self.patient[chosen], self.day[chosen], self.median[chosen], self.count[chosen])


class Cuts:
    """Where each patient's rows begin and end, to take only those from a moment on. Rows are sorted."""

    def __init__(self, patient: Ints, at: Ints, patients: int) -> None:
        self._count = len(at)
        self._origin = int(at.min()) if len(at) else 0
        self._span = (int(at.max()) if len(at) else 0) - self._origin + 2
        if patients >= FOREVER // self._span - 1:
            raise OverflowError("Too many patients over too long a time for one batch. Give smaller batches.")
        self._base = np.arange(patients) * self._span
        self._key = patient * self._span + (at - self._origin)
        self._end = np.searchsorted(self._key, self._base + self._span)

    def rows(self, since: Ints, applies: Bools) -> Ints | None:
        """The rows at or after each patient's moment, of the patients it applies to; None: all rows."""
        later = np.clip(since, self._origin, self._origin + self._span - 1) - self._origin
        start = np.where(applies, np.searchsorted(self._key, self._base + later), self._end)
        size = self._end - start
        total = int(size.sum())
        if total == self._count:
            return None
        before = np.cumsum(size) - size
        rows: Ints = np.arange(total) + np.repeat(start - before, size)
        return rows


class Series:
    """One kind of a batch. Each thing worked out is worked out once, when the first rule asks for it."""

    def __init__(self, kind: str, readings: Readings, patients: int) -> None:
        self.kind = kind
        self.readings = readings
        self.patients = patients

    def __len__(self) -> int:
        """How many readings."""
        return len(self.readings)

    @cached_property
    def confirmed(self) -> Series:
        """The same without the readings that wait for a person."""
        chosen = self.readings.confirmed
        return self if chosen.all() else Series(self.kind, self.readings.rows(chosen), self.patients)

    def since(self, moment: Ints, applies: Bools) -> Readings:
        """The readings from each patient's moment on, of the patients it applies to."""
        rows = self._cuts.rows(moment, applies)
        return self.readings if rows is None else self.readings.rows(rows)

    def days_since(self, moment: Ints, applies: Bools) -> Daily:
        """The local days that lie wholly at or after each patient's moment."""
        daily = self.confirmed.daily
        # What was measured before the moment may not have been loaded, so the day it lies in may lack some.
        first = np.where(moment == FOREVER, FOREVER, local_days(np.clip(moment, *self._times) - 1) + 1)
        rows = self.confirmed._day_cuts.rows(first, applies)  # noqa: SLF001 another one of ours
        return daily if rows is None else daily.rows(rows)

    @cached_property
    def last(self) -> Ints:
        """When each patient's last reading was measured; NEVER where there is none."""
        found = np.full(self.patients, NEVER)
        found[self.readings.patient] = self.readings.at  # sorted, so the last one stays
        return found

    @cached_property
    def daily(self) -> Daily:
        """Every local day with its median; the earliest of a patient may be a part of a day."""
        readings = self.readings
        day = local_days(readings.at)
        starts = np.flatnonzero(new_patient(readings.patient) | new_patient(day))
        ends = np.append(starts[1:], len(day)) if len(starts) else starts
        value = steps(readings.value, self.kind) / scale_of(self.kind)
        return Daily(readings.patient[starts], day[starts], medians(value, starts, ends), ends - starts)

    @cached_property
    def _cuts(self) -> Cuts:
        return Cuts(self.readings.patient, self.readings.at, self.patients)

    @cached_property
    def _day_cuts(self) -> Cuts:
        return Cuts(self.daily.patient, self.daily.day, self.patients)

    @property
    def _times(self) -> tuple[int, int]:
        """Well before the first reading and just after the last: beyond these a moment cuts nothing more."""
        at = self.readings.at
        return (int(at.min()) - 2 * DAY, int(at.max()) + 2) if len(at) else (0, 0)
