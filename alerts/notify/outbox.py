"""The outbox's rows: taken by one notifier at a time, marked when they went, put off when they did not.

A row is taken by moving `next_try_at` on, in a transaction that is committed before anything is sent, and is
marked in another one after. Who dies in between leaves it to be taken again: one repeat at most, never a loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from alerts.moments import RED
from alerts.notify.bundles import (
    BETWEEN_MAILS,
    LEASE,
    NO_ADDRESS,
    SENDING,
    Bundle,
    LastMail,
    Row,
    Team,
    is_hopeless,
    may_go,
    next_try_at,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

MOST = 1_000  # rows in one bundle
LOCK = 0x6F7574626F78  # "outbox"

# One notifier takes at a time, for the milliseconds that it needs: else two could write to one team at once.
ALONE = text("SELECT pg_advisory_xact_lock(:lock)")
TEAMS = text("""
SELECT o.team_id AS id, t.name, t.email, max(o.severity) AS worst
FROM outbox o JOIN team t ON t.id = o.team_id
WHERE o.delivered_at IS NULL AND o.given_up_at IS NULL AND o.next_try_at <= :at AND trim(t.email) <> ''
GROUP BY o.team_id, t.name, t.email
ORDER BY worst DESC, (array_agg(o.created_at ORDER BY o.severity DESC, o.created_at))[1], o.team_id
""")
# What another notifier is sending now counts as sent.
LAST_MAILS = text("""
SELECT team_id, max(sent_at) AS at, max(sent_at) FILTER (WHERE severity >= :red) AS red_at
FROM (SELECT team_id, severity, delivered_at AS sent_at FROM outbox WHERE delivered_at > :since
      UNION ALL
      SELECT team_id, severity, next_try_at - :lease FROM outbox o
      WHERE o.delivered_at IS NULL AND o.given_up_at IS NULL AND problem = :sending
        AND next_try_at > :since + :lease) AS mail
GROUP BY team_id
""")
DUE = text("""
SELECT patient_id, id, alert_id, severity, created_at, next_try_at, tries, problem FROM outbox o
WHERE o.delivered_at IS NULL AND o.given_up_at IS NULL AND next_try_at <= :at AND team_id = :team
ORDER BY severity DESC, created_at, id LIMIT :most FOR UPDATE SKIP LOCKED
""")
TAKE = text("""
UPDATE outbox o SET next_try_at = :until, problem = :sending
FROM unnest(CAST(:patients AS bigint[]), CAST(:ids AS uuid[]),
            CAST(:seen AS timestamptz[])) AS s (patient_id, id, next_try_at)
WHERE o.patient_id = s.patient_id AND o.id = s.id AND o.next_try_at = s.next_try_at
  AND o.delivered_at IS NULL AND o.given_up_at IS NULL
RETURNING o.id
""")
# Whoever holds the row by now: it went.
WENT = text("""
UPDATE outbox o SET delivered_at = :at, problem = NULL
FROM unnest(CAST(:patients AS bigint[]), CAST(:ids AS uuid[])) AS s (patient_id, id)
WHERE o.patient_id = s.patient_id AND o.id = s.id AND o.delivered_at IS NULL
""")
FAILED = text("""
UPDATE outbox o SET tries = o.tries + 1, next_try_at = :next, problem = :problem, given_up_at = s.given_up_at
FROM unnest(CAST(:patients AS bigint[]), CAST(:ids AS uuid[]),
            CAST(:given_up AS timestamptz[])) AS s (patient_id, id, given_up_at)
WHERE o.patient_id = s.patient_id AND o.id = s.id AND o.next_try_at = :until
  AND o.delivered_at IS NULL AND o.given_up_at IS NULL
RETURNING o.given_up_at
""")
UNADDRESSED = text("""
UPDATE outbox o SET problem = :no_address
WHERE o.delivered_at IS NULL AND o.given_up_at IS NULL AND o.next_try_at <= :at
  AND o.problem IS DISTINCT FROM :no_address
  AND NOT EXISTS (SELECT FROM team t WHERE t.id = o.team_id AND trim(t.email) <> '')
RETURNING o.team_id
""")
BACKLOG = text(
    "SELECT count(*), min(o.created_at) FROM outbox o WHERE o.delivered_at IS NULL AND o.given_up_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to leave the service."""

    count: int
    age: timedelta | None  # of the oldest; None when nothing waits


def take(session: Session, at: datetime) -> Bundle | None:
    """The next bundle to send, held for this notifier until its lease ends; None when nothing may go now."""
    session.execute(ALONE, {"lock": LOCK})
    teams = session.execute(TEAMS, {"at": at}).all()
    last = _last_mails(session, at) if teams else {}
    for id_, name, email, worst in teams:
        if may_go(last.get(id_, LastMail()), worst, at):
            bundle = _taken(session, Team(id_, name, email.strip()), at)
            if bundle is not None:
                return bundle
    return None


def went(session: Session, bundle: Bundle, at: datetime) -> None:
    """The mail server has it."""
    session.execute(WENT, _keys(bundle.rows) | {"at": at})


def failed(
    session: Session, bundle: Bundle, problem: str, at: datetime, *, chance: float, for_good: bool = False
) -> int:
    """Put a bundle off, or give up what is past help or refused `for_good`; how many rows were given up.

    A row that another notifier took since, or delivered, is left to it.
    """
    given_up = [at if for_good or is_hopeless(row, at) else None for row in bundle.rows]
    told = {"until": bundle.taken_until, "next": next_try_at(bundle, at, chance), "problem": problem}
    done = session.scalars(FAILED, _keys(bundle.rows) | told | {"given_up": given_up})
    return sum(moment is not None for moment in done)


def note_unaddressed(session: Session, at: datetime) -> set[int]:
    """Say of each due row whose team has no address that this is why it waits; the teams found so just now.

    It stays due, and goes as soon as there is an address.
    """
    return set(session.scalars(UNADDRESSED, {"at": at, "no_address": NO_ADDRESS}))


def backlog(session: Session, at: datetime) -> Backlog:
    """How many rows wait, and how old the oldest is. For a role that may read the outbox."""
    count, oldest = session.execute(BACKLOG).one()
    return Backlog(count, at - oldest if oldest is not None else None)


def _last_mails(session: Session, at: datetime) -> dict[int, LastMail]:
    told = {"since": at - BETWEEN_MAILS, "lease": LEASE, "sending": SENDING, "red": RED}
    return {team: LastMail(any_at, red_at) for team, any_at, red_at in session.execute(LAST_MAILS, told)}


def _taken(session: Session, team: Team, at: datetime) -> Bundle | None:
    due = session.execute(DUE, {"at": at, "team": team.id, "most": MOST}).all()
    if not due:
        return None
    rows = together([Row(*row) for row in due])
    until = at + LEASE
    seen = {"seen": [row.next_try_at for row in rows], "until": until, "sending": SENDING}
    ours = set(session.scalars(TAKE, _keys(rows) | seen))
    held = tuple(row for row in rows if row.id in ours)
    return Bundle(team, held, until) if held else None


def _keys(rows: Sequence[Row]) -> dict[str, Any]:
    return {"patients": [row.patient_id for row in rows], "ids": [row.id for row in rows]}
