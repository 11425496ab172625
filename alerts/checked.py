"""What is checked about one patient: every active rule that applies to them, with how it stands now.

Worked out by the rules' own functions over what is stored, as the person who asks: of a patient whom they may not see
nothing is read.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import text

from alerts import preview, rule_lives, thresholds, traits
from alerts.rules import EVERY
from alerts.rules.outcomes import Now, outcomes
from foundation import arrays
from foundation.clock import LOCAL
from ingest.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from alerts.rules import RuleSpec

DAYS = 28  # a rule that has judged nothing for longer says nothing now

ENROLLED = text("SELECT pathway, started_on, ended_on FROM enrolment WHERE patient_id = :patient")
PAUSES = text("SELECT starts_at, ends_at FROM pause WHERE patient_id = :patient")


def of(session: Session, patient_id: int, on: Iterable[str], at: datetime) -> list[tuple[RuleSpec, Now]]:
    """Each active rule that applies to the patient, in the order of their ids, and how it stands.

    on: the pathways that the patient is on.
    """
    specs = [spec for spec in rule_lives.running(session).active if spec.pathway in {EVERY, *on}]
    since = at - timedelta(days=DAYS)
    reach = since - max((spec.lookback for spec in specs if spec.schedule is None), default=timedelta())
    kinds = sorted({KINDS[one].id for spec in specs for one in spec.reads})
    history = preview.history_of(session, patient_id, kinds, reach, at)
    held = {
        row.kind: (*tuple(row)[2:6], row.by_person)
        for row in session.connection().exec_driver_sql(thresholds.EVER, (arrays.numbers([patient_id]),))
        if row.replaced_at is None
    }
    found = outcomes(
        specs,
        history,
        preview.bounds_frame(held, patient_id),
        _enrolled(session, patient_id),
        _pauses(session, patient_id),
        since=since,
        at=at,
        traits=traits.current(session, [patient_id]),
    )
    by_id = {spec.id: spec for spec in specs}
    return [(by_id[one.rule], one) for one in sorted(found, key=lambda one: one.rule)]


def _enrolled(session: Session, patient_id: int) -> pd.DataFrame:
    """From local midnight to local midnight, as the checker takes it."""
    rows = session.execute(ENROLLED, {"patient": patient_id}).all()
    told = [(patient_id, row.pathway, _midnight(row.started_on), _midnight(row.ended_on)) for row in rows]
    frame = pd.DataFrame(told, columns=["patient_id", "pathway", "enrolled_at", "ended_at"])
    return _in_utc(frame, "enrolled_at", "ended_at")


def _pauses(session: Session, patient_id: int) -> pd.DataFrame:
    rows = session.execute(PAUSES, {"patient": patient_id}).all()
    frame = pd.DataFrame([(patient_id, *row) for row in rows], columns=["patient_id", "starts_at", "ends_at"])
    return _in_utc(frame, "starts_at", "ends_at")


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), LOCAL).astimezone(UTC)


def _in_utc(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    for name in names:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame.astype({"patient_id": "int64"})
