"""The one place that decides how a time-series table is held: ordinary, or a TimescaleDB hypertable where that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlalchemy import Connection

Layout = Literal["ordinary", "hypertable"]


def available(connection: Connection) -> Layout:
    """What this server can do."""
    found = connection.exec_driver_sql(
        "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
    ).scalar()
    preloaded = connection.exec_driver_sql("SHOW shared_preload_libraries").scalar_one()
    return "hypertable" if found and "timescaledb" in preloaded else "ordinary"


def lay_out(connection: Connection, table: str, column: str, *, days: int) -> Layout:
    """Turn an empty `table` into what suits this server; its keys stay as they were declared."""
    layout = available(connection)
    if layout == "hypertable":
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS timescaledb")
        connection.exec_driver_sql(
            f"SELECT create_hypertable('{table}', by_range('{column}', INTERVAL '{days} days'), create_default_indexes => false)"
        )
    return layout
