"""Days in one row each: what the dashboards read. Recomputed from the readings, so late and corrected ones count too."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from foundation import arrays
from foundation.clock import LOCAL
from ingest import recents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

COLUMNS = "patient_id, kind, day, readings, total, lowest, highest"
KEEP = f"""INSERT INTO rollup_day ({COLUMNS})
SELECT s.p, %s::smallint, s.d, s.n, s.t, s.l, s.h
FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::float8[], %s::float8[], %s::float8[]) AS s (p, d, n, t, l, h)
ON CONFLICT (patient_id, kind, day) DO UPDATE
SET readings = excluded.readings, total = excluded.total, lowest = excluded.lowest, highest = excluded.highest
WHERE (rollup_day.readings, rollup_day.total, rollup_day.lowest, rollup_day.highest)
    IS DISTINCT FROM (excluded.readings, excluded.total, excluded.lowest, excluded.highest)
RETURNING patient_id"""
# Only a correction can empty a day.
EMPTIED = """DELETE FROM rollup_day d USING unnest(%s::bigint[], %s::date[]) AS w (patient_id, day)
WHERE d.patient_id = w.patient_id AND d.day >= w.day AND EXISTS (SELECT 1 FROM correction c WHERE c.patient_id = d.patient_id
    AND c.kind = d.kind AND c.value IS NULL AND c.measured_at >= d.day - interval '1 day' AND c.measured_at < d.day + interval '2 days')
RETURNING d.patient_id, d.kind"""


def day_start(moment: datetime) -> datetime:
    """Local midnight before a moment: history must reach back to it for the day to be whole."""
    return datetime.combine(moment.astimezone(LOCAL).date(), time(), LOCAL)


def recompute(session: Session, history: Mapping[int, pd.DataFrame], since: Mapping[int, datetime]) -> None:
    """Bring the days of these patients up to date, each from the local day of its moment on.

    history: kind → patient_id, measured_at, value, confirmed; whole from `day_start(since)` on.
    """
    patients = np.array(sorted(since), dtype=np.int64)
    starts = np.array([day_start(since[patient]).timestamp() * 1e6 for patient in patients], dtype=np.int64)
    connection = session.connection()
    everybody = patients.tolist()
    told = (
        arrays.numbers(everybody),
        arrays.moments(since[one].astimezone(LOCAL).date() for one in everybody),
    )
    emptied = {(row.patient_id, row.kind) for row in connection.exec_driver_sql(EMPTIED, told)}
    changed = set(emptied)
    for kind, frame in history.items():
        found = _days(frame, patients, starts)
        if len(found):
            columns = [
                arrays.numbers(found[name].tolist()) for name in ("readings", "total", "lowest", "highest")
            ]
            named = (kind, arrays.numbers(found["patient_id"].tolist()), arrays.moments(found["day"]))
            kept = connection.exec_driver_sql(KEEP, (*named, *columns))
            changed |= {(patient, kind) for patient in kept.scalars()}
    recents.sum_up(connection, changed)
    recents.forget(connection, emptied)


def _days(frame: pd.DataFrame, patients: np.ndarray, starts: np.ndarray) -> pd.DataFrame:
    moments = frame["measured_at"].to_numpy("datetime64[us]").astype(np.int64)
    own = np.searchsorted(patients, frame["patient_id"].to_numpy())
    frame = frame[(moments >= starts[own]) & frame["confirmed"].to_numpy()]
    if frame.empty:
        return frame
    days = frame["measured_at"].dt.tz_convert(LOCAL).dt.date
    grouped = frame.groupby([frame["patient_id"], days.rename("day")], sort=False)["value"]
    return grouped.agg(readings="size", total="sum", lowest="min", highest="max").reset_index()
