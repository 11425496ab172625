"""Engines that are forgotten leave no connection open, also none that is in use at that moment."""

from __future__ import annotations

from sqlalchemy import text

from foundation.database import forget, transaction
from people.viewer import CHECKER, OWNER


def test_what_is_in_use_when_engines_are_forgotten_is_closed_when_it_comes_back(database):
    with transaction(CHECKER) as session:
        out = session.connection().connection.dbapi_connection
        with transaction(OWNER) as other:
            idle = other.connection().connection.dbapi_connection
        forget()
        assert idle.closed
        assert session.execute(text("SELECT 1")).scalar_one() == 1  # and goes on until then
    assert out.closed


def test_what_is_taken_from_a_forgotten_engine_is_closed_too(database):
    with transaction(OWNER) as session:
        engine = session.get_bind()
    forget()
    with engine.connect() as connection:
        out = connection.connection.dbapi_connection
    assert out.closed
