"""Brings the database to this version: safe to run twice, by two at once, and while serving."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from foundation.database import engine

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

LOCK = 7_243_001  # any fixed number: whoever migrates holds this advisory lock


def config(metadata: MetaData | None = None) -> Config:
    """Alembic's configuration; `metadata` is only needed to compare models with the database."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["metadata"] = metadata
    return made


def migrate() -> None:
    """Run what is missing, one process at a time; the others wait and then find nothing to do."""
    with engine("owner").connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
        connection.commit()
        try:
            if not is_current(connection):
                made = config()
                made.attributes["connection"] = connection
                command.upgrade(made, "head")
                connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")
            connection.commit()


def head() -> str | None:
    """The newest version that this program knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


def is_current(connection: Connection) -> bool:
    """Whether the database stands where this program wants it."""
    return MigrationContext.configure(connection).get_current_revision() == head()
