"""Traits of patients as they are kept: set and taken away by a clinician, history kept. Never inferred.

Names, units and limits are those of `alerts.rules.traits`. `born` comes from the patient's date of birth; nobody sets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import text

from alerts import agreed, arriving
from alerts.rules.traits import COLUMNS, TRAITS
from foundation import arrays
from foundation.errors import Refused
from ingest.times import local_day
from people import audit, patients, rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from alerts.agreed import Said
    from people.viewer import Viewer

BORN = "born"
SETTABLE = {name: trait for name, trait in TRAITS.items() if name != BORN}

# Given patients' ids twice: patient_id, name, value, in that order. A date of birth in days since 1970.
CURRENT = """SELECT patient_id, name, value FROM trait
WHERE replaced_at IS NULL AND patient_id = ANY(%s::bigint[])
UNION ALL SELECT id, 'born', (born - date '1970-01-01')::float8 FROM patient WHERE id = ANY(%s::bigint[])
ORDER BY 1, 2"""

EVER = text("""SELECT t.name, t.set_at, t.value, t.reason, t.review_on, t.replaced_at, s.name AS set_by_name
    FROM trait t LEFT JOIN staff s ON s.id = t.set_by WHERE t.patient_id = :patient ORDER BY t.name, t.set_at""")
REPLACE = text("""UPDATE trait SET replaced_at = :at
    WHERE patient_id = :patient AND name = :name AND replaced_at IS NULL AND set_at = :expected RETURNING value""")
ADD = text("""INSERT INTO trait (patient_id, name, set_at, value, set_by, reason, review_on, replaced_at)
    VALUES (:patient, :name, :at, :value, :by, :reason, :review_on, :replaced_at)
    ON CONFLICT (patient_id, name) WHERE replaced_at IS NULL DO NOTHING RETURNING 1""")
WHO = text("""SELECT s.name FROM trait t JOIN staff s ON s.id = t.set_by
    WHERE t.patient_id = :patient AND t.name = :name ORDER BY t.set_at DESC LIMIT 1""")


def current(asked: Session | Connection, patient_ids: Iterable[int]) -> pd.DataFrame:
    """The traits that hold now, with `born`: patient_id, name, value, as `rules.run` takes them."""
    connection = asked if hasattr(asked, "exec_driver_sql") else asked.connection()
    who = arrays.numbers(patient_ids)
    rows = connection.exec_driver_sql(CURRENT, (who, who)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(COLUMNS))
    return frame.astype({"patient_id": "int64", "value": "float64"})


def steps(session: Session, patient_id: int) -> Sequence[Any]:
    """Every value a patient's traits ever had, in order: name, set_at, replaced_at, value, reason, review_on, who.

    Without a value: taken away. The one in force has no `replaced_at`.
    """
    return session.execute(EVER, {"patient": patient_id}).all()


def change(
    session: Session,
    patient_id: int,
    name: str,
    value: float | None,
    said: Said,
    *,
    by: Viewer,
    at: datetime,
) -> None:
    """Set one trait of one patient, from now on."""
    _allowed(session, patient_id, name, by)
    agreed.refuse(problems(name, value, said, at))
    row = {"value": value, "reason": said.reason.strip(), "review_on": said.review_on, "replaced_at": None}
    _replace(session, patient_id, name, row, "trait.changed", said, by=by, at=at)


def problems(name: str, value: float | None, said: Said, at: datetime) -> list[agreed.Problem]:
    """Everything that is wrong with a change."""
    return [
        *agreed.in_trait(SETTABLE[name], value),
        *agreed.in_words(said, local_day(at)),
    ]


def take_away(
    session: Session,
    patient_id: int,
    name: str,
    said: Said,
    *,
    by: Viewer,
    at: datetime,
) -> None:
    """Have a trait hold no more; each rule then does what it does without it."""
    _allowed(session, patient_id, name, by)
    agreed.refuse(agreed.in_reason(said.reason))
    if said.expected is None:
        raise Refused("trait_not_set", "This is not set, so there is nothing to take away.", status=409)
    row = {"value": None, "reason": said.reason.strip(), "review_on": None, "replaced_at": at}
    _replace(session, patient_id, name, row, "trait.taken_away", said, by=by, at=at)


def _allowed(session: Session, patient_id: int, name: str, by: Viewer) -> None:
    rights.require(by, "thresholds.change")
    patients.one(session, patient_id)
    if name not in SETTABLE:
        raise Refused(
            "trait_unknown", f"There is no such trait. Traits are: {', '.join(SETTABLE)}.", status=404
        )


def _replace(
    session: Session,
    patient_id: int,
    name: str,
    row: dict[str, Any],
    action: str,
    said: Said,
    *,
    by: Viewer,
    at: datetime,
) -> None:
    key = {"patient": patient_id, "name": name, "at": at}
    before = None
    if said.expected is not None:
        before = session.execute(REPLACE, {**key, "expected": said.expected}).first()
        if before is None:
            raise _lost(session, key)
    if session.execute(ADD, {**row, **key, "by": by.id}).first() is None:
        raise _lost(session, key)
    # The audit says that it changed; the value, which says something of the patient, stands in the trait's own history.
    detail = {"trait": name, "review_on": row["review_on"]}
    audit.record(session, action, by=by, at=at, patient_id=patient_id, about=f"trait:{name}", detail=detail)
    arriving.check_again(session, [patient_id], at)


def _lost(session: Session, key: dict[str, Any]) -> Refused:
    who = session.execute(WHO, key).scalar_one_or_none() or "Someone else"
    return Refused(
        "changed_meanwhile",
        f"{who} changed this while you were looking. Look at what is set now, and then decide.",
        status=409,
    )
