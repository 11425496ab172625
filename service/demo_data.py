"""The demo's data: a made-up cohort sent through the real ways in, day by day, checked and worked as it came."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select, text

from alerts import actions, pathways, queue, rule_versions, thresholds
from alerts.check import Checker
from alerts.moments import RED
from foundation.clock import LOCAL, now
from foundation.database import transaction
from foundation.settings import settings
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people import enrol, enrolment_codes, passwords, teams, tokens
from people.tables import Patient, Staff, Team
from people.viewer import CHECKER, OWNER, Viewer
from service.cohort import Cohort, cohort, next_uploads

if TYPE_CHECKING:
    from pathlib import Path

SEED = 1
CHECKED_DAYS = 14  # of the history, the last days that were checked and worked as they came
TEAMS = ("Stratford and West Ham", "Plaistow", "East Ham", "Beckton and Royal Docks")
STAFF = (
    ("clinician", "nurse@demo.example", "Nadia Rahmanfield"),
    ("clinician", "second.nurse@demo.example", "Tom Birchwick"),
    ("coordinator", "coordinator@demo.example", "Ruth Adeyemead"),
    ("lead", "lead@demo.example", "Imran Hollowby"),
    ("admin", "admin@demo.example", "Grace Okanfield"),
)
PASSWORD = "made up for the demo"  # noqa: S105 everyone may know it: these people are made up
told = Console(stderr=True, highlight=False)


def fill(patients: int, days: int, until: datetime, *, quiet: bool) -> Cohort:
    """A database with a cohort in it; one that has people already is left as it is."""
    noted = settings().data / "demo.json"
    if noted.is_file():
        known = json.loads(noted.read_text(encoding="utf-8"))["cohort"]
        made = cohort(SEED, known["patients"], known["days"], datetime.fromisoformat(known["until"]))
        with transaction(OWNER) as session:
            if session.scalar(select(Patient.id).limit(1)) is not None:
                return made
    made = cohort(SEED, patients, days, until)
    with Progress(console=told, disable=quiet, transient=True) as progress:
        steps = progress.add_task("Making up people", total=days + 2)
        packs = pathways.load(settings().pathways)
        ids = _people(made, packs)
        progress.advance(steps)
        _history(made, ids, packs, progress, steps)
    _note(noted, made, patients, days)
    return made


def _people(made: Cohort, packs: pathways.Packs) -> list[int]:
    start = made.until - timedelta(days=1)
    with transaction(OWNER) as session:
        placed = [
            teams.add_team(session, name, f"team{i}@demo.example", by=OWNER, at=start)
            for i, name in enumerate(TEAMS, 1)
        ]
        ids = []
        for one in made.people:
            team = placed[one.team % len(placed)]
            patient = enrol.add_patient(
                session,
                one.nhs_number,
                one.name,
                one.born,
                team,
                one.pathways,
                by=OWNER,
                at=start,
                enrolled_on=one.enrolled_on,
                sex=one.sex,
            )
            ids.append(patient.id)
        session.execute(
            text("UPDATE patient SET password_hash = :hash WHERE id = ANY(:ids)"),
            {"hash": passwords.hashed(PASSWORD), "ids": ids[:2]},
        )
        for role, email, name in STAFF:
            teams.add_staff(
                session,
                email,
                name,
                role,
                placed if role != "admin" else [],
                by=OWNER,
                at=start,
                password=PASSWORD,
            )
        thresholds.seed(session, ids, packs, made.until)
        session.execute(
            text("UPDATE threshold SET set_at = :start"), {"start": made.until - timedelta(days=365)}
        )
    return ids


def _history(made: Cohort, ids: list[int], packs: pathways.Packs, progress: Progress, steps: Any) -> None:
    """Send what they sent, day by day; check and work the last days as they came."""
    with transaction(CHECKER) as session:
        rule_versions.register(session, packs, made.until)
    checker = Checker(packs)
    by_day: dict[datetime, list[Sent]] = defaultdict(list)
    for upload in made.uploads():
        body = json.dumps({"readings": upload.items}).encode()
        patient = ids[upload.patient]
        sender = Viewer("patient", patient, "patient")
        evening = min(_evening(upload.received_at), made.until)
        items = decode(body, "application/json", None, settings().max_body).items
        by_day[evening].append(
            Sent(patient, sender, "api", "application/json", body, items, evening, upload.key)
        )
    for evening, uploads in sorted(by_day.items()):
        for start in range(0, len(uploads), 400):
            keep(uploads[start : start + 400], thresholds.CURRENT, evening)
        if evening > made.until - timedelta(days=CHECKED_DAYS):
            checker.run(lambda evening=evening: evening)
            if evening < made.until:  # what came today still waits for somebody
                _work(evening)
        progress.advance(steps)
    checker.run(lambda: made.until)
    checker.close()


def _evening(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(LOCAL).date(), time(23, 59), LOCAL).astimezone(UTC)


def _work(at: datetime) -> None:
    """Two made-up nurses do what nurses do: reds are seen the same day; what is older than two days is closed."""
    with transaction(OWNER) as session:
        nurses = [
            Viewer("staff", staff.id, "clinician", staff.name)
            for staff in session.scalars(select(Staff).where(Staff.role == "clinician").order_by(Staff.id))
        ]
    outcomes = list(actions.OUTCOMES)
    by = nurses[at.toordinal() % len(nurses)]
    with transaction(by) as session:
        rows, _ = queue.page(session, queue.Filters(state="unresolved"), 1_000)
        for place, row in enumerate(rows):
            age = at - row.raised_at
            if age > timedelta(days=2) or (place % 5 == 0 and age > timedelta(hours=12)):
                outcome = outcomes[(row.patient_id + at.toordinal()) % len(outcomes)]
                actions.resolve(session, row.id, outcome=outcome, by=by, at=at, note="Rang, talked it over.")
            elif row.acknowledged_at is None and (row.severity == RED or place % 3 == 0):
                actions.acknowledge(session, row.id, by=by, at=at)


def _note(file: Path, made: Cohort, patients: int, days: int) -> None:
    """Leave the sign-ins where the sign-in page and its readers find them."""
    with transaction(OWNER) as session:
        staff = session.scalars(select(Staff).where(Staff.email != STAFF[1][1]).order_by(Staff.id)).all()
        accounts = [
            {"who": one.role, "email": one.email, "password": PASSWORD, "totp_secret": one.totp_secret or ""}
            for one in staff
        ]
        by_number = {one.nhs_number: one for one in session.scalars(select(Patient))}
        accounts += [
            {"who": "patient", "nhs_number": one.nhs_number, "password": PASSWORD} for one in made.people[:2]
        ]
        third = by_number[made.people[-1].nhs_number]  # has no password yet
        code = {
            "nhs_number": third.nhs_number,
            "born": third.born.isoformat(),
            "enrolment_code": enrolment_codes.issue(session, third.id, by=OWNER, at=now()),
        }
        names = list(session.scalars(select(Team.name).order_by(Team.id)))
    told_ = {
        "address": settings().base_url, "accounts": accounts, "first_sign_in": code, "teams": names,
        "cohort": {"patients": patients, "days": days, "until": made.until.isoformat()},
    }  # fmt: skip
    file.write_text(json.dumps(told_, indent=2), encoding="utf-8")
    file.chmod(0o600)


def keep_uploading(made: Cohort, port: int, stop: threading.Event, quiet: bool) -> None:  # noqa: FBT001 the command's own flag
    """Send what the cohort goes on sending, by the API, as phones do: with a key, again when it fails."""
    with transaction(OWNER) as session:
        known = dict(session.execute(select(Patient.nhs_number, Patient.id)).all())
    signed_in: dict[str, str] = {}
    since = now()
    while not stop.wait(3.0):
        until = now()
        for upload in next_uploads(made, since, until):
            token = signed_in.get(upload.nhs_number) or _token(known[upload.nhs_number])
            signed_in[upload.nhs_number] = token
            _send(port, token, upload.key, upload.items, stop)
        since = until
    del quiet


def _token(patient: int) -> str:
    with transaction(OWNER) as session:
        return tokens.issue(session, patient_id=patient, by=OWNER, at=now())


def _send(port: int, token: str, key: str, items: list[dict[str, Any]], stop: threading.Event) -> None:
    body = json.dumps({"readings": items}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    for _ in range(20):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/readings", body, headers)
        try:
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 ourselves
        except urllib.error.HTTPError as error:
            if error.code != 503:  # noqa: PLR2004 HTTP's own number
                return
        except OSError:
            pass
        else:
            return
        if stop.wait(1.0):
            return
