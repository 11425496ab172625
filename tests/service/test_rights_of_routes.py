"""Every route × every role × own, own team's and another team's object; the routes are the running application's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from alerts import pathways, thresholds
from alerts.check import Checker
from foundation.clock import now
from foundation.database import transaction
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people import rights
from people.viewer import OWNER, Viewer
from service import web
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

ROLES = ("patient", "clinician", "coordinator", "lead", "admin")


@dataclass(frozen=True)
class Door:
    """What a route asks for: a right (None: anybody), and whose object its address names."""

    right: str | None
    about: str | None = None  # alert, patient, number, held, or a rule, which is everybody's
    send: dict[str, Any] | None = None
    page: bool = True


PUBLIC = Door(None)
TRIED = {"red_low": 80}
TRAIT = {"value": 70, "reason": "In clinic.", "review_on": (now() + timedelta(days=30)).date().isoformat()}
CHANGES = {"changes": "1", "back": "queue"}
RULE = "every.systolic_limits"
DECISION = {"version": pathways.load().rule(RULE).version, "reason": "Agreed."}
DOORS: dict[tuple[str, str], Door] = {
    **dict.fromkeys(
        [
            ("GET", "/"), ("GET", "/health/live"), ("GET", "/health/ready"), ("GET", "/metrics"), ("GET", "/openapi.json"),
            ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/code"), ("POST", "/sign-in/code"),
            ("GET", "/sign-in/patient"), ("POST", "/sign-in/patient"), ("GET", "/sign-in/patient/password"),
            ("POST", "/sign-in/patient/password"), ("GET", "/choose-password"), ("POST", "/choose-password"), ("POST", "/sign-out"),
        ],
        PUBLIC,
    ),
    ("POST", "/api/v1/readings"): Door("readings.send", "number", {"readings": []}, page=False),
    ("GET", "/api/v1/patients/{nhs_number}/readings"): Door("readings.see", "number", page=False),
    ("GET", "/api/v1/patients/{nhs_number}/thresholds"): Door("thresholds.see", "number", page=False),
    ("GET", "/api/v1/patients/{nhs_number}/thresholds/{kind}"): Door("thresholds.see", "number", page=False),
    ("PUT", "/api/v1/patients/{nhs_number}/thresholds/{kind}"): Door("thresholds.change", "number", {}, page=False),
    ("POST", "/api/v1/patients/{nhs_number}/thresholds/{kind}/pathway"): Door("thresholds.change", "number", {}, page=False),
    ("POST", "/api/v1/patients/{nhs_number}/thresholds/{kind}/preview"): Door("thresholds.change", "number", TRIED, page=False),
    ("GET", "/api/v1/patients/{nhs_number}/traits"): Door("thresholds.see", "number", page=False),
    ("PUT", "/api/v1/patients/{nhs_number}/traits/{name}"): Door("thresholds.change", "number", TRAIT, page=False),
    ("POST", "/api/v1/patients/{nhs_number}/traits/{name}/take-away"): Door("thresholds.change", "number", {}, page=False),
    ("GET", "/api/v1/alerts"): Door("alerts.see", page=False),
    ("GET", "/api/v1/alerts/{alert_id}"): Door("alerts.see", "alert", page=False),
    ("POST", "/api/v1/alerts/{alert_id}/acknowledge"): Door("alerts.act", "alert", {}, page=False),
    ("POST", "/api/v1/alerts/{alert_id}/claim"): Door("alerts.act", "alert", {}, page=False),
    ("POST", "/api/v1/alerts/{alert_id}/note"): Door("alerts.note", "alert", {"note": "Rang."}, page=False),
    ("POST", "/api/v1/alerts/{alert_id}/resolve"): Door("alerts.act", "alert", {"outcome": "advice_given"}, page=False),
    ("GET", "/api/v1/rules"): Door("rules.see", page=False),
    ("GET", "/api/v1/rules/{rule}"): Door("rules.see", "rule", page=False),
    ("POST", "/api/v1/rules/{rule}/shadow"): Door("rules.propose", "rule", DECISION, page=False),
    ("POST", "/api/v1/rules/{rule}/propose"): Door("rules.propose", "rule", DECISION, page=False),
    ("POST", "/api/v1/rules/{rule}/approve"): Door("rules.approve", "rule", DECISION, page=False),
    ("POST", "/api/v1/rules/{rule}/retire"): Door("rules.approve", "rule", DECISION, page=False),
    ("GET", "/queue"): Door("alerts.see"),
    ("GET", "/queue/rows"): Door("alerts.see"),
    ("GET", "/queue/live"): Door("alerts.see"),
    ("GET", "/alerts/{alert_id}"): Door("alerts.see", "alert"),
    ("POST", "/alerts/{alert_id}/acknowledge"): Door("alerts.act", "alert", CHANGES),
    ("POST", "/alerts/{alert_id}/claim"): Door("alerts.act", "alert", CHANGES),
    ("POST", "/alerts/{alert_id}/note"): Door("alerts.note", "alert", {**CHANGES, "note": "Rang."}),
    ("POST", "/alerts/{alert_id}/resolve"): Door("alerts.act", "alert", {**CHANGES, "outcome": "advice_given"}),
    ("GET", "/patients"): Door("patients.see"),
    ("POST", "/patients"): Door("patients.see", None, {"q": ""}),
    ("GET", "/patients/{patient_id}"): Door("readings.see", "patient"),
    ("GET", "/patients/{patient_id}/thresholds"): Door("thresholds.see", "patient"),
    ("GET", "/patients/{patient_id}/thresholds/{kind}"): Door("thresholds.change", "patient"),
    ("POST", "/patients/{patient_id}/thresholds/{kind}"): Door("thresholds.change", "patient", {}),
    ("POST", "/patients/{patient_id}/thresholds/{kind}/preview"): Door("thresholds.change", "patient", {}),
    ("POST", "/patients/{patient_id}/thresholds/{kind}/pathway"): Door("thresholds.change", "patient", {}),
    ("GET", "/patients/{patient_id}/traits/{name}"): Door("thresholds.change", "patient"),
    ("POST", "/patients/{patient_id}/traits/{name}"): Door("thresholds.change", "patient", {}),
    ("POST", "/patients/{patient_id}/traits/{name}/take-away"): Door("thresholds.change", "patient", {}),
    ("POST", "/patients/{patient_id}/held/{held_id}/accept"): Door("readings.decide", "held", {"reason": "Repeated."}),
    ("POST", "/patients/{patient_id}/held/{held_id}/refuse"): Door("readings.decide", "held", {"reason": "Mistyped."}),
    ("GET", "/trends"): Door("trends.see"),
    ("GET", "/trends.csv"): Door("trends.see"),
    ("GET", "/rules"): Door("rules.see"),
    ("GET", "/rules/{rule}"): Door("rules.see", "rule"),
    ("POST", "/rules/{rule}/shadow"): Door("rules.propose", "rule", DECISION),
    ("POST", "/rules/{rule}/propose"): Door("rules.propose", "rule", DECISION),
    ("POST", "/rules/{rule}/approve"): Door("rules.approve", "rule", DECISION),
    ("POST", "/rules/{rule}/retire"): Door("rules.approve", "rule", DECISION),
    ("GET", "/backtests"): Door("rules.try"),
    ("POST", "/backtests"): Door("rules.try", None, {"rule": "every.none@1"}),
    ("GET", "/backtests/{backtest_id}"): Door("rules.try", "backtest"),
    ("POST", "/backtests/{backtest_id}/cancel"): Door("rules.try", "backtest"),
    ("GET", "/quality"): Door("quality.see"),
    ("GET", "/quality.csv"): Door("quality.see"),
    ("GET", "/service"): Door("service.see"),
    ("GET", "/today"): Door("own.see"),
    ("GET", "/today/sent"): Door("own.see"),
    ("GET", "/today/{slug}"): Door("own.see"),
    ("POST", "/today/{slug}"): Door("own.see", None, {"skip": "1"}),
    ("POST", "/today/send"): Door("own.see", None, {"key": "k"}),
    ("GET", "/my-readings"): Door("own.see"),
}  # fmt: skip
STAFF_PAGES = {
    "/patients/{patient_id}",
    "/patients/{patient_id}/thresholds",
}  # a patient may see their readings, but on their own page


def routes(application: FastAPI) -> set[tuple[str, str]]:
    def walk(found: Any) -> Iterator[tuple[str, str]]:
        for route in found:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from walk(inner.routes)
            for method in getattr(route, "methods", None) or ():
                if method != "HEAD":
                    yield method, route.path

    return set(walk(application.router.routes))


def test_every_route_says_who_may_use_it():
    assert routes(web.app()) == set(DOORS)


class Ward:
    """Two teams, each with one of every role, two patients, an alert and a held value of each patient."""

    def __init__(self) -> None:
        self.teams = [builders.a_team(), builders.a_team()]
        self.staff = {
            (role, place): builders.a_staff(role, team)
            for place, team in enumerate(self.teams)
            for role in ROLES[1:]
        }
        self.patients = [
            builders.a_patient(self.teams[0]),
            builders.a_patient(self.teams[0]),
            builders.a_patient(self.teams[1]),
        ]
        at = now()
        with transaction(OWNER) as session:
            thresholds.seed(session, [one.id for one in self.patients], pathways.load(), at)
        for one in self.patients:
            for minutes, value in ((9, 190), (4, 191)):
                self.send(one.id, "systolic", value, at - timedelta(minutes=minutes))
            self.send(one.id, "heart_rate", 180, at - timedelta(minutes=2))  # odd, so it is held
        checker = Checker(pathways.load())
        checker.run(now)
        checker.close()
        self.tokens = {key: builders.token_for(one) for key, one in self.staff.items()}
        self.tokens |= {
            ("patient", place): builders.token_for(one) for place, one in enumerate(self.patients)
        }

    def send(self, patient: int, kind: str, value: float, at: Any) -> None:
        unit = {"systolic": "mmHg", "heart_rate": "/min"}[kind]
        body = json.dumps(
            {"readings": [{"kind": kind, "value": value, "unit": unit, "measured_at": at.isoformat()}]}
        ).encode()
        items = decode(body, "application/json", None, 10**6).items
        sent = Sent(
            patient, Viewer("patient", patient, "patient"), "api", "application/json", body, items, now()
        )
        keep([sent], thresholds.CURRENT)

    def address(self, path: str, place: int) -> str:
        """The route's address, about the object of the first patient (own, own team's) or the third (another team's)."""
        one = self.patients[place]
        with transaction(OWNER) as session:
            alert = session.execute(
                text("SELECT id FROM alert WHERE patient_id = :p AND resolved_at IS NULL LIMIT 1"),
                {"p": one.id},
            ).scalar()
            held = session.execute(
                text("SELECT upload_id, item FROM held WHERE patient_id = :p LIMIT 1"), {"p": one.id}
            ).one()
        named = {
            "alert_id": alert, "patient_id": one.id, "nhs_number": one.nhs_number, "slug": "weight",
            "kind": "systolic", "name": "dry_weight", "rule": RULE,
            "held_id": f"{held.upload_id}-{held.item}", "backtest_id": UUID(int=7),
        }  # fmt: skip
        return path.format(**named)


def expected(door: Door, path: str, role: str, place: int, theirs: int) -> set[int]:
    """The statuses that are right. place: whose object; theirs: which team, or which patient, the viewer is."""
    fine = {200, 201, 303, 422, 404} if path.startswith("/today/") else {200, 201, 303, 422}
    if door.right is None:
        return {200, 303, 403, 422, 503}
    allowed = role in rights.RIGHTS[door.right] and not (role == "patient" and path in STAFF_PAGES)
    if not allowed:
        return {403}
    if door.about is None:
        return fine
    if door.about == "rule":
        return fine | {409}
    if door.about == "backtest":
        return {404}  # of nobody; whose they are, tests/dashboards/routes/test_backtests.py looks at
    reachable = place == theirs if role == "patient" else (place == 2) == (theirs == 1)
    return (fine | {409}) if reachable else {404}


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_a_role_may_do_what_the_table_says_and_nothing_else(database: str, role: str):
    ward = Ward()
    wrong = []
    with TestClient(web.app(), follow_redirects=False) as client:
        for (method, path), door in sorted(DOORS.items()):
            if path == "/queue/live" and role not in ("patient", "admin", "nobody"):
                continue  # an endless stream; tests/dashboards/routes look at it
            for place in (0, 1, 2) if door.about not in (None, "rule", "backtest") else (0,):
                for theirs in (0, 1) if role != "nobody" else (0,):
                    if (
                        role == "patient"
                        and theirs == 1
                        and place == 0
                        and door.about in (None, "rule", "backtest")
                    ):
                        continue
                    headers = (
                        {} if role == "nobody" else {"Authorization": f"Bearer {ward.tokens[role, theirs]}"}
                    )
                    given = dict(door.send or {})
                    if path == "/api/v1/readings":
                        given |= {
                            "patient": ward.patients[place].nhs_number,
                            "readings": [{"kind": "steps", "value": 10, "measured_at": now().isoformat()}],
                        }
                    sent = {"json": given} if not door.page else {"data": given}
                    answer = client.request(
                        method,
                        ward.address(path, place),
                        headers=headers,
                        **(sent if method in ("POST", "PUT") else {}),
                    )
                    if role == "nobody":
                        right = {200, 303, 401, 403, 422, 503} if door.right is None else {401}
                    else:
                        right = expected(door, path, role, place, theirs)
                    if answer.status_code not in right:
                        wrong.append(
                            (
                                method,
                                path,
                                f"object {place}",
                                f"viewer {theirs}",
                                answer.status_code,
                                sorted(right),
                            )
                        )
    assert wrong == []
