"""Days in one row each: what the dashboards read. Recomputed from the readings, so late and corrected ones count too."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foundation import arrays
from foundation.clock import LOCAL
from ingest import recents
from ingest.days import DAY, EPOCH, MICROSECOND, local_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from sqlalchemy.orm import Session

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# To find out that a day is as it was costs less than to write it again, even unchanged.
COLUMNS = "patient_id, kind, day, readings, total, lowest, highest"
KEEP = f"""INSERT INTO rollup_day ({COLUMNS})
SELECT s.p, s.k, s.d, s.n, s.t, s.l, s.h
FROM (SELECT p, %s::smallint AS k, DATE '1970-01-01' + d AS d, n, t, l, h
    FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::float8[], %s::float8[], %s::float8[]) AS u (p, d, n, t, l, h)) AS s
LEFT JOIN rollup_day r ON r.patient_id = s.p AND r.kind = s.k AND r.day = s.d
WHERE (r.readings, r.total, r.lowest, r.highest) IS DISTINCT FROM (s.n, s.t, s.l, s.h)
ON CONFLICT (patient_id, kind, day) DO UPDATE
SET readings = excluded.readings, total = excluded.total, lowest = excluded.lowest, highest = excluded.highest
RETURNING patient_id"""
# Only a correction can empty a day.
EMPTIED = """DELETE FROM rollup_day d USING unnest(%s::bigint[], %s::int[]) AS w (patient_id, day)
WHERE d.patient_id = w.patient_id AND d.day >= DATE '1970-01-01' + w.day
AND EXISTS (SELECT 1 FROM correction c WHERE c.patient_id = d.patient_id AND c.kind = d.kind
    AND c.value IS NULL AND c.measured_at >= d.day - interval '1 day' AND c.measured_at < d.day + interval '2 days')
RETURNING d.patient_id, d.kind"""


def day_start(moment: datetime) -> datetime:
    """Local midnight before a moment: history must reach back to it for the day to be whole."""
    return datetime.combine(moment.astimezone(LOCAL).date(), time(), LOCAL)


def recompute(session: Session, history: Mapping[int, pd.DataFrame], since: Mapping[int, datetime]) -> None:
    """Bring the days of these patients up to date, each from the local day of its moment on.

    history: kind → patient_id, measured_at, value, confirmed; whole from `day_start(since)` on.
    """
    patients = np.array(sorted(since), dtype=np.int64)
    everybody = patients.tolist()
    moments = np.array([(since[patient] - EPOCH) // MICROSECOND for patient in everybody], dtype=np.int64)
    first_day = local_days(moments)
    connection = session.connection()
    told = (arrays.numbers(everybody), arrays.numbers(first_day.tolist()))
    emptied = {(row.patient_id, row.kind) for row in connection.exec_driver_sql(EMPTIED, told)}
    changed = set(emptied)
    for kind, frame in history.items():
        days = _days(frame, patients, first_day)
        if len(days.patient):
            numbers = (days.readings, days.total, days.lowest, days.highest)
            columns = [arrays.numbers(column.tolist()) for column in numbers]
            named = (kind, arrays.numbers(days.patient.tolist()), arrays.numbers(days.day.tolist()))
            kept = connection.exec_driver_sql(KEEP, (*named, *columns))
            changed |= {(patient, kind) for patient in kept.scalars()}
    recents.sum_up(connection, changed)
    recents.forget(connection, emptied)


class _Days(NamedTuple):
    """One kind by patient and local day, as arrays of equal length."""

    patient: Ints
    day: Ints  # counted from 1 January 1970
    readings: Ints
    total: Floats
    lowest: Floats
    highest: Floats


def _days(frame: pd.DataFrame, patients: Ints, first_day: Ints) -> _Days:
    """The days of one kind, each patient's from their first day on."""
    at = frame["measured_at"].to_numpy("datetime64[us]").astype(np.int64)
    # A local day begins within a day of the one in UTC: what lies before all of them need not be looked at.
    near = np.flatnonzero(at >= (int(first_day.min()) - 1) * DAY)
    patient, day = frame["patient_id"].to_numpy(np.int64)[near], local_days(at[near])
    own = day >= first_day[np.searchsorted(patients, patient)]
    chosen = own & frame["confirmed"].to_numpy(np.bool_)[near]
    patient, day, value = patient[chosen], day[chosen], frame["value"].to_numpy(np.float64)[near[chosen]]
    starts = np.flatnonzero(
        np.diff(patient, prepend=-1).astype(bool) | np.diff(day, prepend=day[:1]).astype(bool)
    )
    if not len(starts):
        return _Days(patient, day, day, value, value, value)
    size = np.diff(np.append(starts, len(day)))
    sums = (reduce.reduceat(value, starts) for reduce in (np.add, np.minimum, np.maximum))
    return _Days(patient[starts], day[starts], size, *sums)
