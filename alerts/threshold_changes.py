"""What clinicians do to the bounds of one patient. Each verb takes `by`, leaves its audit row, and wins or says who did.

Bounds hold from the moment they are set (docs/decisions, 10): the patient is judged again from then on, and every open
alert of a rule that looks at the kind says on its timeline that they changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from alerts import agreed, arriving, thresholds
from foundation.errors import Refused
from ingest.catalogue import by_id
from ingest.times import local_day
from people import audit, patients, rights

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.agreed import Four, Said
    from alerts.pathways import Packs
    from people.viewer import Viewer

PERSON = "person"
NOBODYS = "none"  # the source of a row that gives back bounds which no pathway has

# Exactly one of any number of people replaces the row that their page showed.
REPLACE = text("""UPDATE threshold SET replaced_at = :at
    WHERE patient_id = :patient AND kind = :kind AND replaced_at IS NULL AND set_at = :expected
    RETURNING red_low, amber_low, amber_high, red_high""")
ADD = text("""INSERT INTO threshold (patient_id, kind, set_at, red_low, amber_low, amber_high, red_high, source, set_by,
                                     reason, review_on, replaced_at)
    VALUES (:patient, :kind, :at, :red_low, :amber_low, :amber_high, :red_high, :source, :by, :reason, :review_on, :replaced_at)
    ON CONFLICT (patient_id, kind) WHERE replaced_at IS NULL DO NOTHING RETURNING 1""")
WHO = text("""SELECT s.name FROM threshold h JOIN staff s ON s.id = h.set_by
    WHERE h.patient_id = :patient AND h.kind = :kind ORDER BY h.set_at DESC LIMIT 1""")
# Not those of rules that only count what came: they ask no bound.
TELL = text("""WITH told AS (
    INSERT INTO alert_event (patient_id, alert_id, at, what, actor, detail)
    SELECT a.patient_id, a.id, :at, 'thresholds_changed', :actor, CAST(:detail AS jsonb)
    FROM alert a JOIN rule_version v ON v.rule = a.rule AND v.version = a.version
    WHERE a.patient_id = :patient AND a.resolved_at IS NULL
      AND v.body -> 'kinds' @> to_jsonb(CAST(:kind AS text)) AND v.body ->> 'schedule' IS NULL
    RETURNING alert_id)
SELECT pg_notify('alert', a.team_id || ':' || a.id) FROM alert a WHERE a.patient_id = :patient AND a.id IN (SELECT alert_id FROM told)""")


def change(
    session: Session,
    patient_id: int,
    kind: int,
    four: Four,
    said: Said,
    *,
    by: Viewer,
    at: datetime,
) -> None:
    """Set the bounds of a kind for one patient, from now on.

    four: in the kind's stored unit.
    """
    _allowed(session, patient_id, by)
    agreed.refuse(problems(kind, four, said, at))
    row = {**_four(four), "source": PERSON, "reason": said.reason.strip(), "review_on": said.review_on}
    _replace(session, patient_id, kind, row, "threshold.changed", said, by=by, at=at)


def problems(kind: int, four: Four, said: Said, at: datetime) -> list[agreed.Problem]:
    """Everything that is wrong with a change."""
    return [
        *agreed.in_bounds(by_id(kind), four),
        *agreed.in_words(said, local_day(at)),
    ]


def back_to_pathway(
    session: Session,
    patient_id: int,
    kind: int,
    packs: Packs,
    said: Said,
    *,
    by: Viewer,
    at: datetime,
) -> None:
    """Give a kind back to the patient's pathways, which from then on change it as they do for everybody.

    Where they have no bounds for it there are none any more.
    """
    _allowed(session, patient_id, by)
    agreed.refuse(agreed.in_reason(said.reason))
    if said.expected is None:
        raise Refused(
            "threshold_not_set", "No thresholds are set, so there are none to give back.", status=409
        )
    wanted, label = thresholds.of_pathways(session, patient_id, packs, at)
    four = wanted[kind].four if kind in wanted else None
    row = {
        **_four(four or (None, None, None, None)),
        "source": NOBODYS if four is None else label,
        "replaced_at": at if four is None else None,
        "reason": said.reason.strip(),
    }
    _replace(session, patient_id, kind, row, "threshold.given_back", said, by=by, at=at)


def _allowed(session: Session, patient_id: int, by: Viewer) -> None:
    rights.require(by, "thresholds.change")
    patients.one(session, patient_id)


def _four(four: Four) -> dict[str, float | None]:
    return dict(zip(agreed.BOUNDS, four, strict=True))


def _replace(
    session: Session,
    patient_id: int,
    kind: int,
    row: dict[str, Any],
    action: str,
    said: Said,
    *,
    by: Viewer,
    at: datetime,
) -> None:
    key = {"patient": patient_id, "kind": kind, "at": at}
    before = None
    if said.expected is not None:
        before = session.execute(REPLACE, {**key, "expected": said.expected}).first()
        if before is None:
            raise _lost(session, key)
    told = {"review_on": None, "replaced_at": None, **row, **key, "by": by.id}
    if session.execute(ADD, told).first() is None:
        raise _lost(session, key)
    name = by_id(kind).name
    new = [row[bound] for bound in agreed.BOUNDS]
    detail = {
        "kind": name,
        "old": None if before is None else list(before),
        "new": new,
        "review_on": told["review_on"],
    }
    audit.record(
        session, action, by=by, at=at, patient_id=patient_id, about=f"threshold:{name}", detail=detail
    )
    note = json.dumps({"kind": name, "note": row["reason"]})
    session.execute(TELL, {"patient": patient_id, "kind": name, "at": at, "actor": by.actor, "detail": note})
    arriving.check_again(session, [patient_id], at)


def _lost(session: Session, key: dict[str, Any]) -> Refused:
    who = session.execute(WHO, key).scalar_one_or_none() or "Someone else"
    return Refused(
        "changed_meanwhile",
        f"{who} changed this while you were looking. Look at what is set now, and then decide.",
        status=409,
    )
