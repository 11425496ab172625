"""What is in the database after all the killing, held against what the clients were told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from foundation.database import transaction
from ingest.tables import BUCKETS
from people import audit
from people.viewer import OWNER
from tests.crowd import RULE
from tests.processes import eventually
from tests.service.kill.ledger import Reading

if TYPE_CHECKING:
    from tests.service.kill.ledger import Ledger

READINGS = text("SELECT patient_id, measured_at, value FROM reading")
KEYS = text("SELECT patient_id, idempotency_key FROM upload")
ALERTS = text("SELECT patient_id, rule, resolved_at FROM alert")
COUNTS = text("""SELECT (SELECT count(*) FROM arrival) AS waiting, (SELECT count(*) FROM held) AS held,
    (SELECT count(*) FROM check_failure) AS failures,
    (SELECT count(*) FROM alert_event WHERE what = 'raised') AS raised,
    (SELECT count(*) FROM outbox WHERE what = 'raised') AS told,
    (SELECT count(*) FROM audit WHERE action = 'readings.sent') AS audited""")
EPISODES = text("""SELECT patient_id, rule, started_at, last_at, settled_at, evidence_at, severity, moments, figure
    FROM episode ORDER BY patient_id, rule, started_at""")
FORGET = "TRUNCATE alert, alert_event, episode, outbox, wake, arrival"
AGAIN = text("""INSERT INTO arrival (patient_id, bucket, measured_from, received_at)
    SELECT patient_id, patient_id % :buckets, min(measured_at), now() FROM reading GROUP BY patient_id""")


def rows(sql: Any) -> list[tuple[Any, ...]]:
    with transaction(OWNER) as session:
        return [tuple(row) for row in session.execute(sql)]


def lost(ledger: Ledger) -> set[Reading]:
    """Readings that were answered and are not there."""
    return set(ledger.answered) - {Reading(*row) for row in rows(READINGS)}


def waiting() -> int:
    """Arrivals that no check has seen."""
    with transaction(OWNER) as session:
        return int(session.execute(COUNTS).one().waiting)


def hold_against(ledger: Ledger) -> None:
    """Nothing answered is lost, nothing is there twice, every breach is alerted once, and nothing waits."""
    assert not ledger.strange
    assert set(ledger.answered.values()) == {"stored"}
    readings = [Reading(*row) for row in rows(READINGS)]
    assert set(ledger.answered) - set(readings) == set(), "answered and lost"
    assert set(readings) - set(ledger.answered) == set(), "stored and never sent"
    assert len(readings) == len(ledger.answered), "stored twice"
    told = [(reading.patient_id, key) for reading, key in ledger.keys.items()]
    assert sorted(rows(KEYS)) == sorted(told), "an upload is missing, or there twice"

    alerts = sorted(rows(ALERTS))
    assert alerts == [(patient, RULE, None) for patient in sorted(ledger.alarming)]
    with transaction(OWNER) as session:
        counts = session.execute(COUNTS).one()._mapping
        assert audit.broken(session) == []
    assert dict(counts) == {
        "waiting": 0, "held": 0, "failures": 0,
        "raised": len(alerts), "told": len(alerts), "audited": len(readings),
    }  # fmt: skip


def episodes() -> list[tuple[Any, ...]]:
    """Every episode on record."""
    return rows(EPISODES)


def check_all_afresh() -> None:
    """Have the checker, which is no longer disturbed, find everything again from the readings alone."""
    with transaction(OWNER) as session:
        session.execute(text(FORGET))
        session.execute(AGAIN, {"buckets": BUCKETS})
        session.execute(text("SELECT pg_notify('arrival', '')"))
    assert eventually(lambda: waiting() == 0)
