"""A row in any table, with something plausible in every column that must hold something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from tests.builders import NOW

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COLUMNS = text("""
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = :table
      AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'""")

PLAUSIBLE = {
    "bigint": "1",
    "boolean": "false",
    "bytea": "sha256(gen_random_uuid()::text::bytea)",
    "date": f"date '{NOW.date()}'",
    "double precision": "1.0",
    "integer": "1",
    "jsonb": "'{}'",
    "smallint": "1",
    "text": "'made up'",
    "timestamp with time zone": f"timestamptz '{NOW.isoformat()}'",
    "uuid": "gen_random_uuid()",
}


def add(session: Session, table: str, **given: Any) -> None:
    """Add one row; what is not given is made up."""
    needed = {name: kind for name, kind in session.execute(COLUMNS, {"table": table}) if name not in given}
    names = [*given, *needed]
    values = [f":{name}" for name in given] + [PLAUSIBLE[kind] for kind in needed.values()]
    session.execute(text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)})"), given)
