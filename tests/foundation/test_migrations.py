"""The database is brought to this version once, whoever asks and however often, and is what the models say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import text

import alerts.backtest_tables
import alerts.rule_tables
import alerts.tables
import ingest.tables
import people.tables  # noqa: F401  every room's tables, for the comparison
from foundation import migrations
from foundation.database import Base, engine

ROOMS = (alerts.backtest_tables, alerts.rule_tables, alerts.tables, ingest.tables)


@pytest.mark.storage
def test_the_models_say_what_the_database_holds(database: str):
    command.check(migrations.config(Base.metadata))


@pytest.mark.storage
def test_running_it_again_changes_nothing(database: str):
    migrations.migrate()
    with engine("owner").connect() as connection:
        assert migrations.is_current(connection)


def test_two_at_once_both_end_well(database: str):
    with engine("owner").begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO PUBLIC"))
    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(migrations.migrate) for _ in range(2)]:
            done.result()
    with engine("owner").connect() as connection:
        assert migrations.is_current(connection)


@pytest.mark.storage
def test_every_key_of_a_patients_table_begins_with_the_patient(database: str):
    wrong = []
    for table in Base.metadata.sorted_tables:
        if (
            table.name in {"patient", "bearer_token", "web_session", "enrolment_code", "audit"}
            or "patient_id" not in table.columns
        ):
            continue
        keys = [list(table.primary_key.columns)] + [
            list(index.columns) for index in table.indexes if index.unique
        ]
        wrong += [table.name for key in keys if key[0].name != "patient_id"]
    assert wrong == []
