"""One trait of one patient: the form that sets it or takes it away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from alerts import agreed as agreeing
from alerts import traits
from alerts.agreed import Problem
from dashboards.presenters import agreed_forms, trait_words
from dashboards.presenters.agreed_views import FormSeen, TraitFormSeen
from dashboards.routes.frames import CONFLICT, go, shown, staff_frame
from dashboards.routes.thresholds import WRONG, in_form, whom
from dashboards.routes.typed import Typed, TypedForm
from dashboards.seen import agreed as told
from foundation.clock import now
from foundation.database import transaction
from foundation.errors import Refused
from people import audit, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/patients/{patient_id}/traits/{name}")


@router.get("")
def trait_page(patient_id: int, name: str, request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """The form, with what holds now."""
    rights.require(viewer, "thresholds.change")
    if name not in traits.SETTABLE:
        raise rights.not_found()
    with transaction(viewer) as session:
        rows = [
            one for one in traits.steps(session, patient_id) if one.name == name and one.replaced_at is None
        ]
        row = rows[0] if rows else None
        value = "" if row is None else trait_words.plain(row.value).replace(",", "")
        form = FormSeen({"value": value}, {}, "" if row is None else row.set_at.isoformat())
        return _form(request, session, viewer, patient_id, name, form, now())


@router.post("")
def save(patient_id: int, name: str, request: Request, viewer: SignedInStaff, typed: TypedForm) -> Response:
    """Set it, from now on."""
    at = now()

    def verb(session: Session) -> None:
        value, said = typed.value(), typed.said()
        agreeing.refuse(typed.problems)
        traits.change(session, patient_id, name, value, said, by=viewer, at=at)

    return _kept(request, viewer, patient_id, name, typed, verb)


@router.post("/take-away")
def take_away(
    patient_id: int, name: str, request: Request, viewer: SignedInStaff, typed: TypedForm
) -> Response:
    """Have it hold no more."""
    at = now()
    typed.to_pathway = True

    def verb(session: Session) -> None:
        traits.take_away(session, patient_id, name, typed.said(), by=viewer, at=at)

    return _kept(request, viewer, patient_id, name, typed, verb)


def _kept(
    request: Request,
    viewer: Viewer,
    patient_id: int,
    name: str,
    typed: Typed,
    verb: Callable[[Session], None],
) -> Response:
    back = f"/patients/{patient_id}"
    try:
        with transaction(viewer) as session:
            verb(session)
    except Refused as refused:
        if refused.status == CONFLICT:
            return go(f"{back}/traits/{name}", problem=refused.sentence)
        if refused.status != WRONG:
            raise
        problems = [Problem((refused.field or "").removeprefix("/"), refused.code, refused.sentence)]
        if not typed.to_pathway:  # all that is wrong at once
            read = {one.field for one in typed.problems}
            sense = traits.problems(name, typed.value(), typed.said(), now())
            problems = [*typed.problems, *(one for one in sense if one.field not in read)]
        form = FormSeen(typed.values, in_form(problems, typed), typed.seen)
        with transaction(viewer) as session:
            return _form(request, session, viewer, patient_id, name, form, now(), status=WRONG)
    return go(f"{back}/thresholds", notice=f"{trait_words.title(name)}: saved. It holds from now on.")


def _form(
    request: Request,
    session: Session,
    viewer: Viewer,
    patient_id: int,
    name: str,
    form: FormSeen,
    at: datetime,
    *,
    status: int = 200,
) -> HTMLResponse:
    frame, _ = staff_frame(request, session, viewer, at)
    rows = [one for one in traits.steps(session, patient_id) if one.name == name and one.replaced_at is None]
    trait = told.trait_seen(name, rows[0] if rows else None)
    seen = TraitFormSeen(whom(session, patient_id, at), trait, form)
    audit.record(session, "trait.seen", by=viewer, at=at, patient_id=patient_id, about=f"trait:{name}")
    return shown("trait.html", frame, agreed_forms.trait_form(seen, frame), status=status)
