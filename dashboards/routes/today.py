"""A patient's day: what is asked for, one question a screen, sending, and what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, NamedTuple
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from alerts import pauses, threshold_history
from dashboards.presenters import question, sent, today, words
from dashboards.presenters.patient_views import TodaySeen
from dashboards.presenters.views import Frame
from dashboards.questions import Answers, Question, body, mistakes
from dashboards.routes.frames import go, packs, patient_frame, shown
from dashboards.seen.today import AHEAD, Day, came_today, day_of
from dashboards.seen.walk import answers_seen, question_seen, sent_seen
from foundation.clock import LOCAL, now
from foundation.database import transaction
from foundation.settings import settings
from ingest import readings, uploads
from ingest.catalogue import KINDS, by_id
from ingest.intake import Sent
from ingest.items import decode
from ingest.times import local_day
from people import audit, patients, rights
from people.signed_in import SignedInPatient
from people.viewer import Viewer

router = APIRouter(prefix="/today")

JSON = "application/json"
STILL_SHOWN = timedelta(days=1)  # what was sent, and what it means
LONGEST_KEY = 100  # characters


async def fields(request: Request) -> list[tuple[str, str]]:
    """A form's fields, whichever the question has."""
    return [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]


Fields = Annotated[list[tuple[str, str]], Depends(fields)]


@router.get("")
def today_page(request: Request, viewer: SignedInPatient) -> HTMLResponse:
    """What is asked for today, and what came."""
    visit = _visit(request, viewer)
    return shown("today.html", visit.frame, today.present(visit.seen, visit.frame))


@router.get("/sent")
def sent_page(request: Request, viewer: SignedInPatient, upload: UUID | None = None) -> HTMLResponse:
    """What became of what was sent, and what it means."""
    visit = _visit(request, viewer)
    with transaction(viewer) as session:
        told = uploads.told_on_page(session, viewer.id, visit.frame.at - STILL_SHOWN, upload)
        audit.record(session, "own_upload.seen", by=viewer, at=visit.frame.at, patient_id=viewer.id)
    return shown("sent.html", visit.frame, sent.present(sent_seen(told), visit.seen))


@router.post("/send")
async def send(request: Request, viewer: SignedInPatient, form: Fields) -> RedirectResponse:
    """Send what was answered: an upload like any other. The same form twice is the same upload."""
    rights.require(viewer, "readings.send")
    at = now()
    answers = Answers.of(form)
    if not answers.values:
        return go("/today", problem="There was nothing to send. Answer a question first.")
    upload = body(answers, at)
    # The key of the form alone would refuse answers that were changed after it was sent once.
    key = f"{dict(form).get('key', '')[:LONGEST_KEY]}.{hashlib.sha256(upload).hexdigest()[:16]}"
    told = decode(upload, JSON, None, settings().max_body)
    kept = Sent(viewer.id, viewer, "page", JSON, upload, told.items, at, key)
    answer = await request.app.state.writer.keep(kept)
    return go(f"/today/sent?upload={json.loads(answer.body)['upload']}")


@router.get("/{slug}")
def question_page(slug: str, request: Request, viewer: SignedInPatient) -> HTMLResponse:
    """One question, the first of a walk or alone."""
    visit = _visit(request, viewer)
    return _ask(visit, _question(visit, slug), Answers())


@router.post("/{slug}")
def answer_question(slug: str, request: Request, viewer: SignedInPatient, form: Fields) -> HTMLResponse:
    """Take the answer to one question, and ask the next, or show them all."""
    visit = _visit(request, viewer)
    answer = _take(visit, _question(visit, slug), form)
    # Or the way back through the questions would lead to a browser's error page. The browser asks us in any other
    # case, and signing out empties what it keeps.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _take(visit: Visit, asked: Question, form: list[tuple[str, str]]) -> HTMLResponse:
    buttons = dict(form)
    answers = Answers.of(form)
    values = {kind: answers.values[kind] for kind in asked.kinds if kind in answers.values}
    if "change" in buttons:
        return _ask(visit, asked, answers, values)
    if "skip" in buttons:
        return _next(visit, asked, answers.skipping(asked))
    wrong = mistakes(asked, values, visit.frame.at)
    if wrong:
        return _ask(visit, asked, answers, values, wrong)
    return _next(visit, asked, answers.answered(asked, values, visit.frame.at))


class Visit(NamedTuple):
    """A patient at their day's pages, now."""

    frame: Frame
    seen: TodaySeen
    day: Day


def _visit(request: Request, viewer: Viewer) -> Visit:
    rights.require(viewer, "own.see")
    at = now()
    frame = patient_frame(request, viewer, at)
    with transaction(viewer) as session:
        patient = patients.one(session, viewer.id)
        pause = pauses.in_force(session, [viewer.id], at).get(viewer.id)
        day = _day(session, viewer.id, at, paused=pause is not None)
        audit.record(session, "own_day.seen", by=viewer, at=at, patient_id=viewer.id)
    until = words.local(pause.ends_at).date() if pause is not None else None
    return Visit(frame, TodaySeen(patient.name.split()[0], day.items, patient.team, paused_until=until), day)


def _day(session: Session, patient_id: int, at: datetime, *, paused: bool) -> Day:
    on = patients.pathways_on(session, [patient_id], local_day(at)).get(patient_id, ())
    expectations = packs().expectations_for([pathway for pathway in on if pathway in packs().by_id])
    every = [kind.id for kind in KINDS.values()]
    welcome = {by_id(kind).name for _, kind in threshold_history.in_force(session, [patient_id], every)}
    midnight = datetime.combine(local_day(at), time(), LOCAL)
    came = came_today(readings.series(session, patient_id, list(KINDS), midnight, at + AHEAD))
    return day_of(expectations, welcome, came, at, paused=paused)


def _question(visit: Visit, slug: str) -> Question:
    if slug not in visit.day.questions:
        raise rights.not_found()
    return visit.day.questions[slug]


def _ask(
    visit: Visit,
    asked: Question,
    answers: Answers,
    values: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> HTMLResponse:
    seen = question_seen(asked, visit.day.walk, answers, values or {}, wrong or {})
    return shown("question.html", visit.frame, question.present(seen), status=422 if wrong else 200)


def _next(visit: Visit, asked: Question, answers: Answers) -> HTMLResponse:
    walk = visit.day.walk
    for slug in walk[walk.index(asked.slug) + 1 :] if asked.slug in walk else ():
        if not answers.done(slug):
            return _ask(visit, visit.day.questions[slug], answers)
    page = question.check(answers_seen(answers, visit.frame.at), answers.pairs(), uuid4().hex)
    return shown("check.html", visit.frame, page)
