"""Arrays as the database sends them, against the same values asked for one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import pytest

from foundation import arrays
from foundation.database import plain_url

VALUES = {
    1: [0.0, -0.0, 1.5, -273.15, 1e308, 5e-324],
    2: [float("inf")],
    3: [float("nan"), 37.0, -1e-9],
}
MOMENTS = [
    datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
    datetime(1999, 12, 31, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, 0, 1, UTC),
]


def sent(sql: str):
    with adbc.connect(plain_url("owner"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetch_arrow_table()


@pytest.fixture
def asked(database):
    return sent


def column(table, name="a"):
    return table.column(name).combine_chunks()


def test_numbers_come_as_they_are(asked):
    rows = ", ".join(
        f"({key}, '{value!r}'::float8, {nth})" for key, own in VALUES.items() for nth, value in enumerate(own)
    )
    table = asked(
        f"SELECT k, array_send(array_agg(v ORDER BY n)) AS a FROM (VALUES {rows}) AS t (k, v, n) GROUP BY k ORDER BY k"
    )
    found, count = arrays.received(column(table))
    assert count.tolist() == [len(own) for own in VALUES.values()]
    expected = np.array([value for own in VALUES.values() for value in own])
    np.testing.assert_array_equal(found.view(np.float64), expected)
    np.testing.assert_array_equal(np.signbit(found.view(np.float64)), np.signbit(expected))


def test_a_part_of_the_rows_comes_as_it_is(asked):
    table = asked(
        "SELECT array_send(array_agg(n * -7000000000)) AS a FROM generate_series(1::bigint, 9) AS n GROUP BY n / 4 ORDER BY n / 4"
    )
    found, count = arrays.received(column(table).slice(1, 1))
    assert (sorted(found.tolist(), reverse=True), count.tolist()) == (
        [n * -7000000000 for n in (4, 5, 6, 7)],
        [4],
    )


def test_moments_come_to_the_microsecond(asked):
    listed = ", ".join(f"'{moment.isoformat()}'::timestamptz" for moment in MOMENTS)
    found, _ = arrays.received(column(asked(f"SELECT array_send(ARRAY[{listed}]) AS a")))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [epoch + timedelta(microseconds=one) for one in arrays.since_1970(found).tolist()] == MOMENTS


def test_no_rows_are_no_values(asked):
    found, count = arrays.received(
        column(
            asked("SELECT array_send(array_agg(n)) AS a FROM generate_series(1::bigint, 0) AS n GROUP BY n")
        )
    )
    assert (len(found), len(count)) == (0, 0)


@pytest.mark.parametrize(
    "array",
    [
        "ARRAY[1, NULL]::float8[]",
        "ARRAY[1, 2]::int[]",
        "'{}'::float8[]",
        "ARRAY[[1, 2], [3, 4]]::float8[]",
        "ARRAY['abcd']::text[]",
    ],
)
def test_what_is_not_a_plain_array_of_eight_bytes_is_refused(asked, array):
    table = asked(f"SELECT array_send({array}) AS a")
    with pytest.raises(ValueError, match="without gaps"):
        arrays.received(column(table))
