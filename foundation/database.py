"""Engines, one for each role of the database, and the transaction in which everything happens.

A process never connects as the owner of the tables. Each kind of work has a role that may do that work alone:

web       what signed-in people do; row-level security shows it only who they care for
door      signing in: credentials, tokens, sessions; no readings
intake    keeping uploads; may not read names
checker   the rules; may not read contact details
notifier  the outbox; may read no patient at all
owner     migrations and the operator's command line
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from threading import Event
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sqlalchemy import MetaData, Text, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import DeclarativeBase, Session

from foundation.embedded import EmbeddedServer
from foundation.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

Role = Literal["web", "door", "intake", "checker", "notifier", "owner"]
ROLES: tuple[Role, ...] = ("web", "door", "intake", "checker", "notifier")
STATEMENT_SECONDS: dict[str, int] = {
    "web": 20,
    "door": 10,
    "intake": 120,
    "checker": 600,
    "notifier": 60,
    "owner": 0,
}


_gone: dict[Role, Event] = {}  # of each engine there is: set once it was forgotten


class Base(DeclarativeBase):
    """Mother of every table. Names of constraints are made by rule, so that migrations can name them."""

    type_annotation_map = {str: Text}  # noqa: RUF012 SQLAlchemy reads it from the class
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Identity(Protocol):
    """Who acts: which role of the database, and what row-level security is told about them."""

    @property
    def database_role(self) -> Role:
        """The database's role they act in."""

    @property
    def claims(self) -> dict[str, str]:
        """What row-level security is told, by name."""


@cache
def server() -> EmbeddedServer:
    """The embedded server of this process's data folder."""
    return EmbeddedServer(settings().data)


@cache
def database_url() -> URL:
    """Where the database is; starts the embedded one where no other is set."""
    return make_url(settings().database_url or server().url()).set(drivername="postgresql+psycopg")


def options(role: Role) -> str:
    """What a connection of this role is opened with; `RESET ROLE` comes back to the role, not to the login."""
    given = [
        f"-c synchronous_commit={settings().synchronous_commit}",
        f"-c statement_timeout={STATEMENT_SECONDS[role]}s",
        "-c idle_in_transaction_session_timeout=60s",
        "-c timezone=UTC",
    ]
    if role != "owner":
        given.append(f"-c role=telehealth_{role}")
    return " ".join(given)


def plain_url(role: Role) -> str:
    """The address for drivers other than SQLAlchemy, with the role's options."""
    url = (
        database_url()
        .set(drivername="postgresql")
        .update_query_dict({"options": options(role), "connect_timeout": "5"})
    )
    return url.render_as_string(hide_password=False).replace("+", "%20")


@cache
def engine(role: Role) -> Engine:
    """The engine of a role; its pool is small and its waits are short, so that trouble shows as an answer."""
    made = create_engine(
        database_url(),
        connect_args={
            "options": options(role),
            "connect_timeout": 5,
            "application_name": f"telehealth-{role}",
        },
        pool_size=12 if role == "web" else 4,
        max_overflow=12 if role == "web" else 8,
        pool_timeout=10,
        pool_pre_ping=True,  # after the database was away, the first request must not pay for it
        hide_parameters=True,  # an error's text goes to the log: it must not hold a patient's data
    )
    gone = _gone[role] = Event()

    def come_back(connection: Any, _record: object) -> None:
        """To a pool that nobody asks any more: it would stay open for as long as the process lives."""
        if gone.is_set() and connection is not None:
            connection.close()

    event.listen(made, "checkin", come_back)
    return made


@contextmanager
def transaction(identity: Identity) -> Iterator[Session]:
    """One transaction in the name of `identity`: committed at the end, undone by any error.

    `SET LOCAL`, not `set_config`: it ends with the transaction and reaches the workers of a distributed database.
    """
    with Session(engine(identity.database_role), expire_on_commit=False) as session, session.begin():
        told = "; ".join(
            f"SET LOCAL telehealth.{name} = '{_claim(value)}'" for name, value in identity.claims.items()
        )
        if told:
            session.connection().exec_driver_sql(told)
        yield session


def _claim(value: str) -> str:
    """A claim is a number or a plain word: nothing that could end the quotes around it."""
    if not (value.isascii() and value.isalnum()):
        message = "a claim must be a number or a word"
        raise ValueError(message)
    return value


def forget() -> None:
    """Close every connection and read the settings again (after a fork, and between tests)."""
    for role, gone in list(_gone.items()):
        gone.set()  # before the pool is emptied: what is in use now is closed when it comes back
        engine(role).dispose()
    _gone.clear()
    engine.cache_clear()
    database_url.cache_clear()
    server.cache_clear()
    settings.cache_clear()
