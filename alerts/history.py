"""The readings that a check looks at, as frames: read in order by Arrow, corrections applied, held values marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import pandas as pd

from alerts.thresholds import CURRENT
from foundation import arrays
from foundation.database import plain_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.rules import History

# Every argument is a number or a moment of our own making, never a text from outside: this driver takes none apart.
READINGS = """SELECT r.patient_id, r.kind, r.measured_at, r.value
FROM unnest(ARRAY[{patients}]::bigint[], ARRAY[{since}]::float8[]) AS w (patient_id, since)
JOIN reading r ON r.patient_id = w.patient_id AND r.measured_at >= to_timestamp(w.since) AND r.measured_at <= to_timestamp({until})
ORDER BY r.patient_id, r.kind, r.measured_at"""

CORRECTIONS = """SELECT DISTINCT ON (patient_id, kind, measured_at) patient_id, kind, measured_at, value FROM correction
WHERE patient_id = ANY(%s::bigint[]) ORDER BY patient_id, kind, measured_at, revision DESC"""
WAITING = "SELECT patient_id, kind, measured_at, value FROM held WHERE state = 'waiting' AND patient_id = ANY(%s::bigint[])"

KEY = ["patient_id", "kind", "measured_at"]


class Reader:
    """One connection that reads cohorts. Opened at first use, and again after it was lost."""

    def __init__(self) -> None:
        self._connection: adbc.Connection | None = None

    def fetch(self, sql: str) -> pd.DataFrame:
        """The rows of a query as a frame."""
        try:
            return self._fetch(sql)
        except adbc.Error:
            self.close()  # the server may have been restarted since
            return self._fetch(sql)

    def _fetch(self, sql: str) -> pd.DataFrame:
        if self._connection is None:
            self._connection = adbc.connect(plain_url("checker"), autocommit=True)
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            frame: pd.DataFrame = cursor.fetch_arrow_table().to_pandas(split_blocks=True, self_destruct=True)
        return frame

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def stored(reader: Reader, since: Mapping[int, datetime], at: datetime) -> pd.DataFrame:
    """Readings as they were stored: patient_id, kind, measured_at (UTC), value; sorted by these.

    since: patient_id → first moment wanted. at: the last one wanted; a clock that is ahead by less than intake
    allows must not hide a reading, so it should include that.
    """
    patients = sorted(since)
    sql = READINGS.format(
        patients=",".join(map(str, patients)),
        since=",".join(f"{since[patient].timestamp():.6f}" for patient in patients),
        until=f"{at.timestamp():.6f}",
    )
    frame = reader.fetch(sql)
    frame["measured_at"] = pd.DatetimeIndex(frame["measured_at"]).tz_convert("UTC").as_unit("us")
    return frame


def bounds(reader: Reader, patients: Sequence[int]) -> pd.DataFrame:
    """The bounds of these patients: patient_id, kind, red_low, amber_low, amber_high, red_high."""
    frame = reader.fetch(CURRENT.replace("%s", f"'{arrays.numbers(patients)}'"))
    return frame.astype({"patient_id": "int64", "kind": "int16"})


def longer(reader: Reader, frame: pd.DataFrame, more: Mapping[int, datetime], at: datetime) -> pd.DataFrame:
    """The same readings, but of these patients from an earlier moment on."""
    if not more:
        return frame
    others = frame[~frame["patient_id"].isin(list(more))]
    both = pd.concat([others, stored(reader, more, at)], ignore_index=True)
    return both.sort_values(KEY, kind="stable", ignore_index=True)


def as_it_stands(
    session: Session, frame: pd.DataFrame, since: Mapping[int, datetime], at: datetime
) -> tuple[History, int]:
    """Stored readings with what people decided about them: a frame for each kind, and how many there are.

    Columns: patient_id, measured_at (UTC), value, confirmed; sorted.
    """
    patients = arrays.numbers(since)
    frame["confirmed"] = True
    frame = _corrected(frame, session.connection().exec_driver_sql(CORRECTIONS, (patients,)).all())
    frame = _with_waiting(frame, session.connection().exec_driver_sql(WAITING, (patients,)).all(), since, at)
    return _by_kind(frame), len(frame)


def _corrected(frame: pd.DataFrame, corrections: Sequence[Any]) -> pd.DataFrame:
    if not corrections:
        return frame
    told = _frame(corrections, "corrected")
    told["decided"] = True
    frame = frame.merge(told, on=KEY, how="left")
    decided = frame["decided"].notna().to_numpy()
    frame["value"] = np.where(decided, frame["corrected"], frame["value"])
    retracted = decided & frame["value"].isna().to_numpy()
    return frame.loc[~retracted, [*KEY, "value", "confirmed"]]


def _with_waiting(
    frame: pd.DataFrame, waiting: Sequence[Any], since: Mapping[int, datetime], at: datetime
) -> pd.DataFrame:
    waiting = [row for row in waiting if since[row.patient_id] <= row.measured_at <= at]
    if not waiting:
        return frame
    held = _frame(waiting, "value")
    held["confirmed"] = False
    both = pd.concat([frame, held], ignore_index=True)
    return both.sort_values([*KEY, "confirmed", "value"], kind="stable", ignore_index=True)


def _frame(rows: Sequence[Any], value: str) -> pd.DataFrame:
    frame = pd.DataFrame([tuple(row) for row in rows], columns=[*KEY, value])
    frame["measured_at"] = pd.DatetimeIndex(pd.to_datetime(frame["measured_at"], utc=True)).as_unit("us")
    return frame.astype({"patient_id": "int64", "kind": "int16", value: "float64"})


def _by_kind(frame: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Split by kind, keeping the order by patient and moment."""
    kinds = frame["kind"].to_numpy()
    columns = frame[["patient_id", "measured_at", "value", "confirmed"]]
    return {int(kind): columns[kinds == kind].reset_index(drop=True) for kind in np.unique(kinds)}
