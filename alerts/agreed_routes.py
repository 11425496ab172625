"""The doors for what is agreed for one patient: bounds, traits, and what other bounds would do. A route only translates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from alerts import (
    agreed,
    packs,
    preview,
    preview_words,
    threshold_changes,
    threshold_history,
    thresholds,
    traits,
)
from alerts.agreed import Four, Said
from alerts.preview import Pair, Preview, Raised
from foundation.clock import now
from foundation.database import transaction
from ingest.catalogue import KINDS, by_id
from ingest.routes import find_patient
from ingest.times import local_day
from people import audit, rights
from people.signed_in import SignedIn, SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/api/v1/patients/{nhs_number}", tags=["what is agreed"])

Expected = Annotated[
    AwareDatetime | None,
    Field(
        description="`set_at` as you were shown it, or none where nothing was set; refused (409) if it changed since."
    ),
]


class Bounds(BaseModel):
    """The four bounds of a kind, in its stored unit, rising; leave out those there are not."""

    red_low: float | None = None
    amber_low: float | None = None
    amber_high: float | None = None
    red_high: float | None = None

    @property
    def four(self) -> Four:
        """From low to high."""
        return self.red_low, self.amber_low, self.amber_high, self.red_high


class Tried(Bounds):
    """Bounds to try on the last 90 days."""

    pathway: bool = Field(default=False, description="Try the pathway's own bounds instead.")


class GivenBack(BaseModel):
    """Why something is given back, or taken away."""

    reason: str = ""
    expected: Expected = None


class Agreed(GivenBack):
    """Why something is set, and when it is looked at again."""

    review_on: date | None = Field(default=None, description="A local day, at most a year ahead.")

    @property
    def said(self) -> Said:
        """As the verbs take it."""
        return Said(self.reason, self.review_on, self.expected)


class NewBounds(Bounds, Agreed):
    """Bounds, and why."""


class NewTrait(Agreed):
    """The value of a trait, and why."""

    value: float | None = None


@router.get("/thresholds")
def list_thresholds(nhs_number: str, viewer: SignedIn) -> dict[str, Any]:
    """The bounds that hold for a patient now, kind by kind."""
    rights.require(viewer, "thresholds.see")
    with transaction(viewer) as session:
        patient = find_patient(session, nhs_number)
        rows = [row for row in threshold_history.steps(session, patient) if row.replaced_at is None]
        _seen(session, "thresholds.seen", viewer, patient)
    return {"items": [shown(row, now()) for row in rows], "next": None}


@router.get("/thresholds/{kind}")
def get_threshold(nhs_number: str, kind: str, viewer: SignedIn) -> dict[str, Any]:
    """The bounds of one kind: those that hold now, if any do, and all there were, the newest first."""
    rights.require(viewer, "thresholds.see")
    with transaction(viewer) as session:
        return _one(session, find_patient(session, nhs_number), _kind(kind), viewer)


@router.put("/thresholds/{kind}")
def change_threshold(nhs_number: str, kind: str, new: NewBounds, viewer: SignedInStaff) -> dict[str, Any]:
    """Set the bounds of a kind for this patient, from now on."""
    rights.require(viewer, "thresholds.change")
    with transaction(viewer) as session:
        patient, number = find_patient(session, nhs_number), _kind(kind)
        threshold_changes.change(session, patient, number, new.four, new.said, by=viewer, at=now())
        return _one(session, patient, number, viewer)


@router.post("/thresholds/{kind}/pathway")
def give_back_threshold(nhs_number: str, kind: str, back: GivenBack, viewer: SignedInStaff) -> dict[str, Any]:
    """Give a kind back to the patient's pathways."""
    rights.require(viewer, "thresholds.change")
    with transaction(viewer) as session:
        patient, number = find_patient(session, nhs_number), _kind(kind)
        said = Said(back.reason, None, back.expected)
        threshold_changes.back_to_pathway(
            session, patient, number, packs.in_force(), said, by=viewer, at=now()
        )
        return _one(session, patient, number, viewer)


@router.post("/thresholds/{kind}/preview")
def preview_threshold(nhs_number: str, kind: str, tried: Tried, viewer: SignedInStaff) -> dict[str, Any]:
    """What these bounds would have done in the last 90 days. Changes nothing."""
    rights.require(viewer, "thresholds.change")
    at = now()
    with transaction(viewer) as session:
        patient, number = find_patient(session, nhs_number), _kind(kind)
        four = tried.four
        if tried.pathway:
            four = thresholds.pathways_four(session, patient, number, packs.in_force(), at)
        else:
            agreed.refuse(agreed.in_bounds(by_id(number), four))
        found = preview.of(session, patient, number, four, packs.in_force(), at, by_person=not tried.pathway)
        _seen(session, "threshold.previewed", viewer, patient)
    return previewed(found)


@router.get("/traits")
def list_traits(nhs_number: str, viewer: SignedIn) -> dict[str, Any]:
    """The traits that hold for a patient now, and all there were, the newest first."""
    rights.require(viewer, "thresholds.see")
    with transaction(viewer) as session:
        return _traits(session, find_patient(session, nhs_number), viewer)


@router.put("/traits/{name}")
def change_trait(nhs_number: str, name: str, new: NewTrait, viewer: SignedInStaff) -> dict[str, Any]:
    """Set a trait of this patient, from now on."""
    rights.require(viewer, "thresholds.change")
    with transaction(viewer) as session:
        patient = find_patient(session, nhs_number)
        traits.change(session, patient, name, new.value, new.said, by=viewer, at=now())
        return _traits(session, patient, viewer)


@router.post("/traits/{name}/take-away")
def take_away_trait(nhs_number: str, name: str, gone: GivenBack, viewer: SignedInStaff) -> dict[str, Any]:
    """Have a trait hold no more."""
    rights.require(viewer, "thresholds.change")
    with transaction(viewer) as session:
        patient = find_patient(session, nhs_number)
        traits.take_away(session, patient, name, Said(gone.reason, None, gone.expected), by=viewer, at=now())
        return _traits(session, patient, viewer)


# ------------------------------------------------------------------ as the API answers


def _kind(name: str) -> int:
    if name not in KINDS:
        raise rights.not_found()
    return KINDS[name].id


def _seen(session: Session, action: str, viewer: Viewer, patient: int) -> None:
    audit.record(session, action, by=viewer, at=now(), patient_id=patient)


def _one(session: Session, patient: int, kind: int, viewer: Viewer) -> dict[str, Any]:
    _seen(session, "thresholds.seen", viewer, patient)
    rows = [row for row in threshold_history.steps(session, patient) if row.kind == kind]
    holds = [row for row in rows if row.replaced_at is None]
    at = now()
    return {
        "kind": by_id(kind).name,
        "unit": by_id(kind).unit_label,
        "now": shown(holds[0], at) if holds else None,
        "history": [{**shown(row, at), "replaced_at": row.replaced_at} for row in reversed(rows)],
    }


def shown(row: Any, at: datetime) -> dict[str, Any]:
    """The bounds of one kind. source: "person", or the pathways they come from; empty: those of everyone."""
    return {
        "kind": by_id(row.kind).name,
        "unit": by_id(row.kind).unit_label,
        **{bound: getattr(row, bound) for bound in agreed.BOUNDS},
        "source": row.source,
        **_said(row, at),
    }


def _traits(session: Session, patient: int, viewer: Viewer) -> dict[str, Any]:
    _seen(session, "traits.seen", viewer, patient)
    at = now()
    rows = [
        {"name": row.name, "value": row.value, "unit": traits.SETTABLE[row.name].unit, **_said(row, at), "replaced_at": row.replaced_at}
        for row in reversed(traits.steps(session, patient))
        if row.name in traits.SETTABLE
    ]  # fmt: skip
    return {"items": [row for row in rows if row["replaced_at"] is None], "next": None, "history": rows}


def _said(row: Any, at: datetime) -> dict[str, Any]:
    overdue = row.replaced_at is None and row.review_on is not None and row.review_on < local_day(at)
    return {
        "set_at": row.set_at,
        "set_by": row.set_by_name,
        "reason": row.reason,
        "review_on": row.review_on,
        "overdue": overdue,
    }


def previewed(found: Preview) -> dict[str, Any]:
    """A preview: one sentence, counts by severity, run by run, and what is not known."""
    return {
        "sentence": preview_words.told(found),
        "since": found.since,
        "until": found.at,
        "readings": found.readings,
        "waiting": found.waiting,
        "today": preview_words.by_severity(found.today),
        "proposed": preview_words.by_severity(found.proposed),
        "gone": found.gone,
        "new": found.new,
        "regraded": found.regraded,
        "alerts": [_pair(pair) for pair in found.pairs],
        "unknown": preview_words.unknown(found),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {"change": pair.change, "today": _raised(pair.today), "proposed": _raised(pair.proposed)}


def _raised(one: Raised | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "rule": one.rule,
        "severity": one.severity,
        "started_at": one.started_at,
        "last_at": one.last_at,
        "settled_at": one.settled_at,
        "sentence": one.sentence,
    }
