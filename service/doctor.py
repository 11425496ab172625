"""`telehealth doctor`: is everything in order, and if not, what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from alerts import pathways, rule_lives, watch
from foundation import migrations
from foundation.database import ROLES, engine, transaction
from foundation.migrations import layouts
from foundation.settings import settings
from people import audit
from people.viewer import CHECKER, DOOR, NOTIFIER, OWNER

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CLOCKS_MAY_DIFFER = timedelta(seconds=5)
ALIVE_WITHIN = timedelta(minutes=3)
PROCESSES = {"checker": CHECKER, "notifier": NOTIFIER}


class Finding(NamedTuple):
    """One thing that was looked at."""

    good: bool
    sentence: str


def ok(sentence: str) -> Finding:
    """All is well here."""
    return Finding(good=True, sentence=sentence)


def bad(sentence: str) -> Finding:
    """Something is wrong here."""
    return Finding(good=False, sentence=sentence)


def examine(at: datetime) -> list[Finding]:
    """Look at everything; never raises."""
    try:
        with transaction(OWNER) as session:
            found = [ok(f"The database answers ({layouts.available(session.connection())} readings table).")]
            current = migrations.is_current(session.connection())
            found.append(
                Finding(
                    current,
                    "The schema is of this version."
                    if current
                    else "The schema is of another version: run `telehealth migrate`.",
                )
            )
            if current:
                found += [_durable(session), _clock(session, at), *_roles(session), _audit(session)]
    except DBAPIError as error:
        return [
            bad(
                f"The database cannot be reached ({type(error.orig).__name__}). Check TELEHEALTH_DATABASE_URL, and that it is running.",
            )
        ]
    if current:
        found += [*_checking(at), *_rules()]
    return [*found, _packs()]


def examine_process(name: str, at: datetime) -> list[Finding]:
    """Whether one process has given a sign of life lately: for health checks of containers, in its own role."""
    if name not in PROCESSES:
        return [bad(f"There is no process {name}. Processes are: {', '.join(PROCESSES)}.")]
    try:
        with transaction(PROCESSES[name]) as session:
            seen = session.execute(
                text("SELECT seen_at FROM process WHERE name = :name"), {"name": name}
            ).scalar_one_or_none()
    except DBAPIError as error:
        return [bad(f"The database cannot be reached ({type(error.orig).__name__}).")]
    alive = seen is not None and at - seen < ALIVE_WITHIN
    return [
        Finding(
            alive,
            f"The {name} "
            + ("lives." if alive else f"has given no sign of life in {ALIVE_WITHIN}. Is it running?"),
        )
    ]


def _durable(session: Session) -> Finding:
    off = [
        name
        for name in ("fsync", "full_page_writes")
        if session.execute(text(f"SHOW {name}")).scalar_one() != "on"
    ]
    if settings().synchronous_commit != "on":
        off.append("synchronous_commit")
    return Finding(
        not off,
        f"These are off: {', '.join(off)}. Answered readings can be lost: switch them on."
        if off
        else "What is answered is durable.",
    )


def _clock(session: Session, at: datetime) -> Finding:
    there: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs(there - datetime.now(UTC))
    del at
    good = apart < CLOCKS_MAY_DIFFER
    return Finding(
        good,
        "This machine's clock and the database's agree."
        if good
        else f"This machine's clock and the database's are {apart} apart. Set them by NTP.",
    )


def _roles(session: Session) -> list[Finding]:
    sql = text(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(:names) AND (rolsuper OR rolbypassrls OR rolcreaterole)"
    )
    names = [f"telehealth_{role}" for role in ROLES]
    strong = list(session.execute(sql, {"names": names}).scalars())
    return [
        Finding(
            not strong,
            f"These roles may pass by row-level security: {', '.join(strong)}."
            if strong
            else "No role of the service can pass by row-level security.",
        )
    ]


def _audit(session: Session) -> Finding:
    broken = audit.broken(session)
    if broken:
        places = ", ".join(f"chain {stream} at row {seq}" for stream, seq in broken)
        return bad(
            f"The audit was altered: {places}. Keep the database as it is and tell whoever answers for information governance.",
        )
    return ok("The audit's chains are whole.")


def _checking(at: datetime) -> list[Finding]:
    for role in ROLES:
        with engine(role).connect() as connection:
            connection.execute(text("SELECT 1"))
    with transaction(DOOR) as session:
        state = watch.look(session, at)
    found = [bad(problem) for problem in state.problems]
    if state.last_pass_at is None:
        found.append(bad("Readings have never been checked: start `telehealth checker`."))
    elif state.stopped_since is not None:
        found.append(
            bad(
                f"Readings have not been checked since {state.stopped_since:%d %b %H:%M} UTC: start `telehealth checker`.",
            )
        )
    else:
        found.append(
            ok(f"Readings are being checked (last complete pass {state.last_pass_at:%H:%M:%S} UTC).")
        )
    return found


def _rules() -> list[Finding]:
    with transaction(CHECKER) as session:
        running = rule_lives.running(session)
    if not running.active:
        return [
            bad("No rule is active: nothing will raise an alert. `telehealth rules list` says what waits.")
        ]
    counts = f"{len(running.active)} rules are active, {len(running.shadow)} in shadow."
    return [*(bad(f"{problem} It does not run.") for problem in running.broken), ok(counts)]


def _packs() -> Finding:
    try:
        packs = pathways.load(settings().pathways)
    except pathways.PackError as error:
        return bad(f"The rule packs have a mistake: {error} Checking goes on by what is on record.")
    return ok(f"{len(packs.rules)} rules in {len(packs.by_id)} packs.")
