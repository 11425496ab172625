"""The thresholds of one patient, kind by kind: shown, tried on the last 90 days, and changed with a reason.

New ones are previewed before they are saved: the form that saves carries what was previewed, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from alerts import agreed as agreeing
from alerts import preview, preview_words, threshold_changes, threshold_history, thresholds, traits
from alerts.agreed import BOUNDS, Problem
from dashboards.presenters import agreed, agreed_forms
from dashboards.presenters.agreed_views import AgreedSeen, FormSeen, PreviewSeen, ThresholdFormSeen
from dashboards.presenters.views import Bounds, PatientSeen
from dashboards.routes.frames import CONFLICT, go, packs, shown, staff_frame
from dashboards.routes.typed import Typed, TypedForm
from dashboards.seen import agreed as told
from dashboards.seen.people import patient_seen
from foundation.clock import now
from foundation.database import transaction
from foundation.errors import Refused
from ingest.catalogue import KINDS, by_id
from ingest.times import local_day
from people import audit, patients, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/patients/{patient_id}/thresholds")

WRONG = 422


@router.get("")
def thresholds_page(patient_id: int, request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """What is agreed for a patient: thresholds and traits, who set them and why, and what is due to be looked at."""
    rights.require(viewer, "thresholds.see")
    at = now()
    with transaction(viewer) as session:
        frame, _ = staff_frame(request, session, viewer, at)
        steps, facts = threshold_history.steps(session, patient_id), traits.steps(session, patient_id)
        seen = AgreedSeen(
            patient=whom(session, patient_id, at),
            thresholds=told.thresholds_seen(steps, packs()),
            traits=told.traits_seen(facts),
            changes=told.changes_seen(steps, facts, packs()),
        )
        audit.record(session, "thresholds.seen", by=viewer, at=at, patient_id=patient_id)
    return shown("thresholds.html", frame, agreed.present(seen, frame))


@router.get("/{kind}")
def threshold_page(patient_id: int, kind: str, request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """The form that changes one kind, with what holds now."""
    rights.require(viewer, "thresholds.change")
    number = kind_named(kind)
    with transaction(viewer) as session:
        row = _holds(session, patient_id, number)
        places = dict.fromkeys(BOUNDS, by_id(number).decimals)
        form = FormSeen(
            told.values_of(row, places), {}, expected="" if row is None else row.set_at.isoformat()
        )
        return _form(request, session, viewer, patient_id, number, form)


@router.post("/{kind}/preview")
def preview_page(
    patient_id: int, kind: str, request: Request, viewer: SignedInStaff, typed: TypedForm
) -> HTMLResponse:
    """What new thresholds would have done, and the form that saves them."""
    rights.require(viewer, "thresholds.change")
    number, at = kind_named(kind), now()
    with transaction(viewer) as session:
        patients.one(session, patient_id)
        errors = _errors(number, typed, at)
        form = FormSeen(typed.values, errors, typed.seen)
        tried = None if errors else _tried(session, patient_id, number, typed, at)
        return _form(
            request,
            session,
            viewer,
            patient_id,
            number,
            form,
            tried=tried,
            status=WRONG if errors else 200,
        )


@router.post("/{kind}")
def save(patient_id: int, kind: str, request: Request, viewer: SignedInStaff, typed: TypedForm) -> Response:
    """Keep what was previewed, from now on."""
    number, at = kind_named(kind), now()

    def verb(session: Session) -> None:
        four, said = typed.four(), typed.said()
        agreeing.refuse(typed.problems)
        threshold_changes.change(session, patient_id, number, four, said, by=viewer, at=at)

    return _kept(request, viewer, patient_id, number, typed, verb)


@router.post("/{kind}/pathway")
def give_back(
    patient_id: int, kind: str, request: Request, viewer: SignedInStaff, typed: TypedForm
) -> Response:
    """Go back to the pathway's thresholds, from now on."""
    number, at = kind_named(kind), now()
    typed.to_pathway = True

    def verb(session: Session) -> None:
        threshold_changes.back_to_pathway(
            session, patient_id, number, packs(), typed.said(), by=viewer, at=at
        )

    return _kept(request, viewer, patient_id, number, typed, verb)


def _kept(
    request: Request,
    viewer: Viewer,
    patient_id: int,
    kind: int,
    typed: Typed,
    verb: Callable[[Session], None],
) -> Response:
    """Do it and lead back to the list; what was wrong is said in the form, and a lost race on a fresh one."""
    back = f"/patients/{patient_id}/thresholds"
    try:
        with transaction(viewer) as session:
            verb(session)
    except Refused as refused:
        if refused.status == CONFLICT:
            return go(f"{back}/{by_id(kind).name}", problem=refused.sentence)
        if refused.status != WRONG:
            raise
        problem = Problem((refused.field or "").removeprefix("/"), refused.code, refused.sentence)
        form = FormSeen(typed.values, in_form([problem], typed), typed.seen)
        with transaction(viewer) as session:
            return _form(request, session, viewer, patient_id, kind, form, status=WRONG)
    return go(back, notice=f"{by_id(kind).label}: the thresholds are saved. They hold from now on.")


def in_form(problems: Iterable[Problem], typed: Typed) -> dict[str, str]:
    """What is wrong, by the box that it is about; the first of each."""
    errors: dict[str, str] = {}
    for field, _, sentence in problems:
        box = "pathway_reason" if typed.to_pathway and field == "reason" else field
        errors.setdefault(box, sentence)
    return errors


def _errors(kind: int, typed: Typed, at: datetime) -> dict[str, str]:
    four, said = typed.four(), typed.said()
    if typed.to_pathway:
        return in_form(agreeing.in_reason(said.reason), typed)
    unread = {problem.field for problem in typed.problems}
    found = threshold_changes.problems(kind, four, said, at)
    sense = [one for one in found if one.field not in unread and not (unread and one.code == "no_bound")]
    return in_form([*typed.problems, *sense], typed)


def _tried(session: Session, patient_id: int, kind: int, typed: Typed, at: datetime) -> PreviewSeen:
    said = typed.said()
    four = (
        thresholds.pathways_four(session, patient_id, kind, packs(), at) if typed.to_pathway else typed.four()
    )
    found = preview.of(session, patient_id, kind, four, packs(), at, by_person=not typed.to_pathway)
    boxes = ["reason"] if typed.to_pathway else [*BOUNDS, "reason", *typed.review]
    return PreviewSeen(
        sentence=preview_words.told(found),
        bounds=None if four == (None,) * 4 else Bounds(at, *four),
        reason=said.reason.strip(),
        review_on=None if typed.to_pathway else said.review_on,
        today=preview_words.by_severity(found.today),
        proposed=preview_words.by_severity(found.proposed),
        pairs=told.pairs_seen(found.pairs),
        unknown=tuple(preview_words.unknown(found)),
        carried=(("expected", typed.seen), *((box, typed.values[box]) for box in boxes)),
        to_pathway=typed.to_pathway,
    )


def _form(
    request: Request,
    session: Session,
    viewer: Viewer,
    patient_id: int,
    kind: int,
    form: FormSeen,
    *,
    tried: PreviewSeen | None = None,
    status: int = 200,
) -> HTMLResponse:
    at = now()
    frame, _ = staff_frame(request, session, viewer, at)
    patient = whom(session, patient_id, at)
    on = patients.pathways_on(session, [patient_id], local_day(at)).get(patient_id, ())
    four = thresholds.pathways_four(session, patient_id, kind, packs(), at)
    least, most = agreeing.limits(by_id(kind))
    running = preview.in_force(session, packs())
    seen = ThresholdFormSeen(
        patient=patient,
        threshold=told.threshold_seen(kind, _holds(session, patient_id, kind), packs()),
        form=form,
        least=least,
        most=most,
        pathway=None if four == (None,) * 4 else Bounds(at, *four),
        rules=tuple(spec.title for spec in preview.looking_at(running, by_id(kind).name, on)),
        preview=tried,
    )
    action = "threshold.seen" if tried is None else "threshold.previewed"
    audit.record(
        session, action, by=viewer, at=at, patient_id=patient_id, about=f"threshold:{by_id(kind).name}"
    )
    return shown("threshold.html", frame, agreed_forms.threshold_form(seen, frame), status=status)


def _holds(session: Session, patient_id: int, kind: int) -> Any:
    rows = threshold_history.steps(session, patient_id)
    return next((row for row in rows if row.kind == kind and row.replaced_at is None), None)


def whom(session: Session, patient_id: int, at: datetime) -> PatientSeen:
    """The patient as pages show them; 404 for whom the viewer may not see."""
    on = patients.pathways_on(session, [patient_id], local_day(at)).get(patient_id, ())
    return patient_seen(patients.one(session, patient_id), on, packs())


def kind_named(name: str) -> int:
    """The kind's id, or 404."""
    if name not in KINDS:
        raise rights.not_found()
    return KINDS[name].id
