"""Stored readings as the checks of their time saw them: what came when, and what people decided about it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alerts import known
from alerts.arrived import Cohort, Values
from alerts.moments import FOREVER, NEVER, micros
from foundation import arrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from alerts.history import Reader
    from alerts.moments import Ints

# As in `alerts.history`, every argument is a number or a moment of our own making.
READINGS = """SELECT patient_id, kind, array_send(array_agg(measured_at ORDER BY measured_at)) AS measured_at,
    array_send(array_agg(value ORDER BY measured_at)) AS value,
    array_send(array_agg(received_at ORDER BY measured_at)) AS received_at FROM reading
WHERE patient_id BETWEEN {first} AND {last}{which} AND kind = ANY('{kinds}'::smallint[])
AND measured_at >= '{since}'::timestamptz AND measured_at <= '{until}'::timestamptz + interval '5 minutes'
AND received_at <= '{until}'::timestamptz
GROUP BY patient_id, kind ORDER BY patient_id, kind"""
WHICH = " AND patient_id = ANY('{patients}'::bigint[])"
CORRECTIONS = """SELECT patient_id, kind, measured_at, value, decided_at FROM correction
WHERE patient_id = ANY('{patients}'::bigint[]) AND kind = ANY('{kinds}'::smallint[]) AND decided_at <= '{until}'::timestamptz
ORDER BY patient_id, kind, measured_at, revision"""
HELD = """SELECT patient_id, kind, measured_at, value, received_at, state, decided_at FROM held
WHERE patient_id = ANY('{patients}'::bigint[]) AND kind = ANY('{kinds}'::smallint[]) AND received_at <= '{until}'::timestamptz
AND measured_at >= '{since}'::timestamptz ORDER BY patient_id, kind, measured_at, value"""


@dataclass(frozen=True)
class Stretch:
    """Which readings: of these kinds, measured from `since` on, received by `until`."""

    kinds: tuple[int, ...]
    since: datetime
    until: datetime


@dataclass
class _Columns:
    """The values of one kind while decisions are worked into them."""

    patient: Ints
    at: Ints
    value: np.ndarray
    seen: Ints
    gone: Ints
    more: list[tuple[int, int, float, bool, int, int]]  # patient, at, value, confirmed, seen, gone

    def row(self, patient: int, at: int) -> int | None:
        """Where a stored reading is."""
        low, high = np.searchsorted(self.patient, [patient, patient + 1])
        place = int(low + np.searchsorted(self.at[low:high], at))
        return place if place < high and self.at[place] == at else None


def cohort(reader: Reader, patients: Sequence[int], stretch: Stretch, *, together: bool = False) -> Cohort:
    """These patients (ids, sorted) with all that rules may look at; bounds with all there were.

    together: there are no others between the first and the last, which are then read as one range.
    """
    told = {
        "patients": arrays.numbers(patients),
        "kinds": arrays.numbers(stretch.kinds),
        "since": stretch.since.isoformat(),
        "until": stretch.until.isoformat(),
    }
    which = "" if together else WHICH.format(**told)
    rows = reader.table(READINGS.format(first=patients[0], last=patients[-1], which=which, **told))
    for name in ("measured_at", "received_at"):
        rows[name] = arrays.since_1970(rows[name])
    rows["value"] = rows["value"].view(np.float64)
    kinds = dict(_by_kind(rows))
    del rows
    _corrected(kinds, reader.fetch(CORRECTIONS.format(**told)))
    _with_held(kinds, reader.fetch(HELD.format(**told)), micros(pd.Series([stretch.until]))[0])
    agreed = known.agreed(reader, patients)
    return Cohort(
        patients=np.asarray(patients, dtype=np.int64),
        kinds={kind: _values(columns) for kind, columns in kinds.items()},
        bounds=agreed.bounds,
        enrolled=agreed.enrolled,
        pauses=agreed.pauses,
        traits=agreed.traits,
    )


def _by_kind(rows: dict[str, np.ndarray]) -> Iterator[tuple[int, _Columns]]:
    kind = rows["kind"]
    for one in np.flatnonzero(np.bincount(kind)).tolist() if len(kind) else ():
        own = kind == one
        chosen = slice(None) if own.all() else np.flatnonzero(own)
        patient, at, value, seen = (
            rows[name][chosen] for name in ("patient_id", "measured_at", "value", "received_at")
        )
        yield one, _Columns(patient, at, value, seen, np.full(len(at), FOREVER), [])


def _corrected(kinds: dict[int, _Columns], corrections: pd.DataFrame) -> None:
    """What a correction says holds from when it was decided; what stood before it was seen until then."""
    before: tuple[int, int, int] | None = None
    for patient, kind, at, value, decided in _told(corrections, "measured_at", "value", "decided_at"):
        columns = kinds.get(kind)
        row = None if columns is None else columns.row(patient, at)
        if columns is None or row is None:
            continue
        if (patient, kind, at) == before and columns.more:
            last = columns.more[-1]
            if last[:2] == (patient, at) and last[5] == FOREVER:
                columns.more[-1] = (*last[:5], decided)
        columns.gone[row] = min(int(columns.gone[row]), decided)
        if not np.isnan(value):
            columns.more.append((patient, at, value, True, decided, FOREVER))
        before = (patient, kind, at)


def _with_held(kinds: dict[int, _Columns], held: pd.DataFrame, until: int) -> None:
    """A held value was looked at, unconfirmed, until it was decided on; accepted or believed, it is a reading from then on."""
    states = held["state"].tolist()
    for state, (patient, kind, at, value, received, decided) in zip(
        states, _told(held, "measured_at", "value", "received_at", "decided_at"), strict=True
    ):
        columns = kinds.setdefault(kind, _none())
        settled = decided if decided != NEVER and decided <= until else FOREVER
        columns.more.append((patient, at, value, False, received, settled))
        row = columns.row(patient, at) if state in ("accepted", "believed") else None
        if row is not None and columns.value[row] == value and columns.seen[row] == received:
            columns.seen[row] = decided


def _told(frame: pd.DataFrame, *names: str) -> Iterable[tuple[int, ...]]:
    """Rows as numbers: patient, kind, then these columns, moments in microseconds."""
    columns = [
        frame[name].tolist() if name == "value" else micros(pd.to_datetime(frame[name], utc=True)).tolist()
        for name in names
    ]
    return zip(frame["patient_id"].tolist(), frame["kind"].tolist(), *columns, strict=True)


def _none() -> _Columns:
    nothing = np.empty(0, np.int64)
    return _Columns(nothing, nothing, np.empty(0, np.float64), nothing, nothing, [])


def _values(columns: _Columns) -> Values:
    confirmed = np.ones(len(columns.at), dtype=bool)
    found = (columns.patient, columns.at, columns.value, confirmed, columns.seen, columns.gone)
    if not columns.more:
        return Values(*found)
    more = [np.array(column) for column in zip(*columns.more, strict=True)]
    both = [np.concatenate((one, two.astype(one.dtype))) for one, two in zip(found, more, strict=True)]
    patient, at, value, confirmed, seen, gone = both
    order = np.lexsort((seen, value, confirmed, at, patient))
    order = order[(gone > seen)[order]]
    return Values(*(column[order] for column in both))
