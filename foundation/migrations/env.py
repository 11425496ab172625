"""Alembic's entry: uses the connection that `migrate` holds, with short waits for locks so that serving goes on."""

from alembic import context
from sqlalchemy import Connection

from foundation.database import engine


def run() -> None:
    """Run the migrations on the given connection, or on one of our own (`alembic check`)."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        with engine("owner").connect() as own:
            _run_on(own)
    else:
        _run_on(connection)


def _run_on(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        context.run_migrations()


run()
