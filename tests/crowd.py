"""Many made-up patients at once, by three statements: for races and loads, where `builders` would take minutes.

They are on no pathway, so nothing of theirs falls overdue while a test runs. Their one set of bounds is for the
respiratory rate: from 29 on it is red at the first reading (from 25 at the second), and up to 30 nobody asks for another
one first.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from foundation.database import transaction
from ingest.catalogue import KINDS
from people import tokens
from people.owners import fingerprint
from people.viewer import OWNER
from tests.builders import a_team, an_nhs_number

if TYPE_CHECKING:
    from people.tables import Team

RULE = "every.breathing_limits"
CALM, RED = 16, 30  # breaths a minute

PATIENTS = text("""INSERT INTO patient (nhs_number, name, born, team_id)
    SELECT n, 'Made Up', date '1950-01-01', :team FROM unnest(CAST(:numbers AS text[])) AS n RETURNING id, nhs_number""")
BOUNDS = text("""INSERT INTO threshold (patient_id, kind, set_at, red_low, amber_high, red_high, source)
    SELECT p, :kind, now(), 8, 21, 25, 'virtual_ward@1' FROM unnest(CAST(:patients AS bigint[])) AS p""")
TOKENS = text("""INSERT INTO bearer_token (hash, patient_id)
    SELECT * FROM unnest(CAST(:hashes AS bytea[]), CAST(:patients AS bigint[]))""")


class Person(NamedTuple):
    """A patient, and what their phone holds."""

    id: int
    nhs_number: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


def a_crowd(count: int, team: Team | None = None) -> list[Person]:
    """New patients of one team, each with a token and with bounds for the respiratory rate."""
    team = team or a_team()
    told = {"team": team.id, "numbers": [an_nhs_number() for _ in range(count)]}
    with transaction(OWNER) as session:
        made = session.execute(PATIENTS, told).all()
        people = [Person(row.id, row.nhs_number, tokens.PREFIX + secrets.token_urlsafe(32)) for row in made]
        ids = [person.id for person in people]
        session.execute(BOUNDS, {"kind": KINDS["respiratory_rate"].id, "patients": ids})
        session.execute(TOKENS, {"hashes": [fingerprint(person.token) for person in people], "patients": ids})
    return people


def breaths(rate: float, at: datetime) -> dict[str, Any]:
    """One reading of the respiratory rate, as it is sent."""
    return {"kind": "respiratory_rate", "value": rate, "unit": "/min", "measured_at": at.isoformat()}


def days_ago(days: float) -> datetime:
    """A whole second of so many days ago."""
    return (datetime.now(UTC) - timedelta(days=days)).replace(microsecond=0)
