"""Each kind of each patient as of the last day it came: summed up from its days whenever one of them changes.

A row holds good until its patient sends again: nothing has to be done at midnight, or for who is silent.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from foundation import arrays

RECENT, BEFORE = "d.day > l.last_day - 7", "d.day <= l.last_day - 7"
CHANGED = "unnest(%s::bigint[], %s::smallint[]) AS w (patient_id, kind)"
SUM_UP = f"""
INSERT INTO rollup_recent
    (patient_id, kind, last_day, days, recent_readings, recent_mean, before_readings, before_mean, spread)
SELECT patient_id, kind, l.last_day, bit_or(1::bigint << (l.last_day - d.day)),
    sum(d.readings) FILTER (WHERE {RECENT}),
    sum(d.total) FILTER (WHERE {RECENT}) / sum(d.readings) FILTER (WHERE {RECENT}),
    coalesce(sum(d.readings) FILTER (WHERE {BEFORE}), 0),
    sum(d.total) FILTER (WHERE {BEFORE}) / sum(d.readings) FILTER (WHERE {BEFORE}),
    stddev_samp(d.total / d.readings) FILTER (WHERE {BEFORE})
FROM {CHANGED}
CROSS JOIN LATERAL (
    SELECT max(m.day) AS last_day FROM rollup_day m
    WHERE m.patient_id = w.patient_id AND m.kind = w.kind) AS l
JOIN rollup_day d USING (patient_id, kind)
WHERE d.day > l.last_day - 35
GROUP BY patient_id, kind, l.last_day
ON CONFLICT (patient_id, kind) DO UPDATE SET last_day = excluded.last_day, days = excluded.days,
    recent_readings = excluded.recent_readings, recent_mean = excluded.recent_mean,
    before_readings = excluded.before_readings, before_mean = excluded.before_mean, spread = excluded.spread
"""
FORGET = f"""
DELETE FROM rollup_recent g USING {CHANGED} WHERE g.patient_id = w.patient_id AND g.kind = w.kind
AND NOT EXISTS (SELECT 1 FROM rollup_day d WHERE d.patient_id = w.patient_id AND d.kind = w.kind)
"""

Pair = tuple[int, int]  # patient_id, kind


def sum_up(connection: Connection, changed: Iterable[Pair]) -> None:
    """Bring these up to date, after a day of theirs changed."""
    _run(connection, SUM_UP, changed)


def forget(connection: Connection, emptied: Iterable[Pair]) -> None:
    """Take away those of which nothing is left."""
    _run(connection, FORGET, emptied)


def _run(connection: Connection, sql: str, pairs: Iterable[Pair]) -> None:
    told = sorted(pairs)
    if told:
        connection.exec_driver_sql(
            sql, (arrays.numbers(patient for patient, _ in told), arrays.numbers(kind for _, kind in told))
        )
