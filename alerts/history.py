"""The readings that a check looks at, as frames: read in order by Arrow, corrections applied, held values marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import pandas as pd
import pyarrow as pa

from alerts.moments import as_utc, micros
from foundation import arrays
from foundation.database import plain_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.reach import Needed
    from alerts.rules import History

# Every argument is a number or a moment of our own making, never a text from outside: this driver takes none apart.
# Many patients at once in the order of the index; or, one by one, what lies further back than that. A row is a patient's
# kind with its readings as two lists, each in one piece: taken apart value by value they would cost the checker six times
# as much.
SWEPT = """SELECT patient_id, kind, array_send(array_agg(measured_at ORDER BY measured_at)) AS measured_at,
    array_send(array_agg(value ORDER BY measured_at)) AS value
FROM reading WHERE patient_id = ANY('{patients}'::bigint[]) AND kind = ANY('{kinds}'::smallint[])
AND measured_at >= '{since}'::timestamptz AND measured_at <= '{until}'::timestamptz
GROUP BY patient_id, kind ORDER BY patient_id, kind"""
FURTHER = """SELECT r.patient_id, r.kind, array_send(array_agg(r.measured_at ORDER BY r.measured_at)) AS measured_at,
    array_send(array_agg(r.value ORDER BY r.measured_at)) AS value
FROM unnest('{patients}'::bigint[], '{kinds}'::smallint[], '{since}'::timestamptz[], '{before}'::timestamptz[])
    AS w (patient_id, kind, since, before)
JOIN reading r ON r.patient_id = w.patient_id AND r.kind = w.kind AND r.measured_at >= w.since AND r.measured_at < w.before
GROUP BY r.patient_id, r.kind ORDER BY r.patient_id, r.kind"""

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
        frame: pd.DataFrame = self._arrow(sql).to_pandas(split_blocks=True, self_destruct=True)
        return frame

    def table(self, sql: str) -> dict[str, np.ndarray]:
        """The rows of a query as arrays by column; moments in microseconds since 1970 UTC. No value may be missing.

        Columns of lists, all equally long in a row, are laid end to end; the others are repeated beside them.
        """
        found = self._arrow(sql)
        columns = {name: found.column(name).combine_chunks() for name in found.column_names}
        lists = {
            name: arrays.received(column)
            for name, column in columns.items()
            if pa.types.is_binary(column.type)
        }
        times = next((count for _, count in lists.values()), None)
        return {
            name: lists[name][0] if name in lists else _column(column, times)
            for name, column in columns.items()
        }

    def _arrow(self, sql: str) -> pa.Table:
        try:
            return self._asked(sql)
        except adbc.Error:
            self.close()  # the server may have been restarted since
            return self._asked(sql)

    def _asked(self, sql: str) -> pa.Table:
        if self._connection is None:
            self._connection = adbc.connect(plain_url("checker"), autocommit=True)
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _column(column: pa.Array, times: np.ndarray | None) -> np.ndarray:
    whole = column.view("int64") if pa.types.is_timestamp(column.type) else column
    values: np.ndarray = whole.to_numpy(zero_copy_only=False)
    return values if times is None else np.repeat(values, times)


def stored(reader: Reader, needed: Needed, at: datetime) -> pd.DataFrame:
    """Readings as they were stored, in any order: patient_id, kind, measured_at (UTC), value.

    at: the last moment wanted; a clock that is ahead by less than intake allows must not hide a reading, so it should
    include that.
    """
    parts = [
        reader.table(
            SWEPT.format(
                patients=arrays.numbers(sweep.patients),
                kinds=arrays.numbers(sweep.kinds),
                since=sweep.since.isoformat(),
                until=at.isoformat(),
            )
        )
        for sweep in needed.sweeps
    ]
    if needed.further:
        patients, kinds = zip(*needed.further, strict=True)
        parts.append(
            reader.table(
                FURTHER.format(
                    patients=arrays.numbers(patients),
                    kinds=arrays.numbers(kinds),
                    since=arrays.moments(needed.further.values()),
                    before=arrays.moments(needed.swept[patient][kind] for patient, kind in needed.further),
                )
            )
        )
    columns = {name: np.concatenate([part[name] for part in parts]) for name in (*KEY, "value")}
    frame = pd.DataFrame(columns, copy=False)
    frame["measured_at"] = as_utc(arrays.since_1970(columns["measured_at"]))
    frame["value"] = columns["value"].view(np.float64)
    return frame


class Decided(NamedTuple):
    """What people have decided about the readings of a batch, or still must."""

    corrections: Sequence[Any]
    waiting: Sequence[Any]


def decided(session: Session, patients: Iterable[int]) -> Decided:
    """Corrections that hold, and values that wait for a person."""
    connection, everybody = session.connection(), (arrays.numbers(patients),)
    return Decided(
        connection.exec_driver_sql(CORRECTIONS, everybody).all(),
        connection.exec_driver_sql(WAITING, everybody).all(),
    )


def as_it_stands(frame: pd.DataFrame, decided: Decided, needed: Needed, at: datetime) -> tuple[History, int]:
    """Stored readings with what people decided about them: a frame for each kind, and how many there are.

    Columns: patient_id, measured_at (UTC), value, confirmed; sorted.
    """
    frame["confirmed"] = True
    frame = _corrected(frame, decided.corrections)
    frame = _with_waiting(frame, decided.waiting, needed, at)
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


def _with_waiting(frame: pd.DataFrame, waiting: Sequence[Any], needed: Needed, at: datetime) -> pd.DataFrame:
    waiting = [row for row in waiting if needed.since(row.patient_id, row.kind) <= row.measured_at <= at]
    if not waiting:
        return frame
    held = _frame(waiting, "value")
    held["confirmed"] = False
    return pd.concat([frame, held], ignore_index=True)


def _frame(rows: Sequence[Any], value: str) -> pd.DataFrame:
    frame = pd.DataFrame([tuple(row) for row in rows], columns=[*KEY, value])
    frame["measured_at"] = pd.DatetimeIndex(pd.to_datetime(frame["measured_at"], utc=True)).as_unit("us")
    return frame.astype({"patient_id": "int64", "kind": "int16", value: "float64"})


def _by_kind(frame: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Split by kind, each in order."""
    kinds = frame["kind"].to_numpy()
    columns = frame[["patient_id", "measured_at", "value", "confirmed"]]
    return {
        int(kind): _in_order(columns.take(np.flatnonzero(kinds == kind)).reset_index(drop=True))
        for kind in np.flatnonzero(np.bincount(kinds))
    }


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sorted by patient and moment, as the database gives them unless something was added."""
    patient, at = frame["patient_id"].to_numpy(), micros(frame["measured_at"])
    rises = (patient[1:] > patient[:-1]) | ((patient[1:] == patient[:-1]) & (at[1:] > at[:-1]))
    if rises.all():
        return frame
    order = np.lexsort((frame["value"].to_numpy(), frame["confirmed"].to_numpy(), at, patient))
    return frame.take(order).reset_index(drop=True)
