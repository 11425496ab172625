"""The coordinator's page and its file, and the service page."""

from __future__ import annotations

import csv
import io
import math
from datetime import date, timedelta

import pytest

from alerts import rule_versions
from alerts.pathways import load
from foundation.clock import now
from foundation.database import transaction
from ingest import recents
from ingest.catalogue import KINDS
from ingest.times import local_day
from people.viewer import CHECKER, OWNER
from tests import rows
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import an_alert, audited, counted, signed_in, with_bounds

WEIGHT = KINDS["body_weight"].id


def weighed(patient, back, *, up=0.0):
    with transaction(OWNER) as session:
        for n in back:
            total = 80 + math.cos(n * 2.5) + (up if n < 7 else 0)
            day = local_day(now()) - timedelta(days=n)
            rows.add(
                session, "rollup_day", patient_id=patient.id, kind=WEIGHT, day=day, readings=1, total=total
            )
        recents.sum_up(session.connection(), [(patient.id, WEIGHT)])


def on_heart_failure(team, name):
    return with_bounds(a_patient(team, name=name, pathways=["heart_failure"], enrolled_on=date(2026, 1, 1)))


def a_cohort(team):
    """Somebody who drifts and somebody who stopped, with the alert about it."""
    drifts, stopped = on_heart_failure(team, "Drifting Person"), on_heart_failure(team, "=Silent() Person")
    weighed(drifts, range(35), up=4)
    weighed(stopped, range(6, 20))
    rule = next(
        spec.id for spec in load().rules if spec.schedule is not None and spec.pathway == "heart_failure"
    )
    return drifts, stopped, an_alert(stopped, rule=rule, severity=2)


def test_trends_name_who_drifts_who_stopped_and_what_share_came(database):
    team = a_team("Newham East")
    drifts, stopped, alert = a_cohort(team)
    with signed_in(a_staff("coordinator", team)) as client:
        page = client.get("/trends").text
        narrowed = client.get("/trends", params={"pathway": "copd"}).text
    assert "Drifting Person" in page
    assert "+4.0 kg" in page
    assert "weight" in page
    assert f'href="/alerts/{alert}"' in page
    assert "Newham East" in page
    assert "Of 56 readings expected in the last 28 days" in page
    assert "Nobody has moved away from their usual." in narrowed
    (first, _) = audited("trends.seen")
    assert first.detail == {"patients": sorted([drifts.id, stopped.id])}


def test_trends_of_nobody_say_so(database):
    with signed_in(a_staff("lead")) as client:
        page = client.get("/trends").text
        file = client.get("/trends.csv")
    assert "Everyone who is expected to send is sending." in page
    assert "No readings were expected." in page
    assert file.text.count("\n") == 1


def test_the_file_holds_the_same_and_nothing_that_a_spreadsheet_would_run(database):
    team = a_team()
    _, stopped, _ = a_cohort(team)
    with signed_in(a_staff("coordinator", team)) as client:
        file = client.get("/trends.csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert "attachment" in file.headers["content-disposition"]
    assert file.headers["cache-control"] == "no-store"
    lines = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert len({len(line) for line in lines}) == 1
    by_list = {line[0]: line for line in lines}
    assert by_list["drifting"][1] == "Drifting Person"
    assert by_list["stopped sending"][1:3] == ["'=Silent() Person", stopped.nhs_number]
    assert by_list["adherence by pathway"][-1] == "56"
    assert len([line for line in lines if line[0] == "received by day"]) == 28


@pytest.mark.parametrize("role", ["admin", "patient"])
@pytest.mark.parametrize("path", ["/trends", "/trends.csv"])
def test_who_may_not_see_trends_is_refused(database, role, path):
    with signed_in(a_patient() if role == "patient" else a_staff(role)) as client:
        assert client.get(path).status_code == 403


def test_trends_ask_the_database_as_often_for_many_as_for_few(database):
    team = a_team()
    a_cohort(team)
    with signed_in(a_staff("coordinator", team)) as client:
        client.get("/trends")
        with counted() as few:
            client.get("/trends")
        for _ in range(4):
            a_cohort(team)
        with counted() as many:
            client.get("/trends")
    assert len(few) == len(many) <= 18


def test_the_service_page_counts_what_rules_raised_and_how_soon_people_came(database):
    team = a_team()
    with transaction(CHECKER) as session:
        rule_versions.register(session, load(), now())  # what a checker does when it starts
    patient, nurse = a_patient(team), a_staff("clinician", team)
    raised = now() - timedelta(hours=1)
    for minutes, outcome in ((10, "advice_given"), (30, "false_alert")):
        at = raised + timedelta(minutes=minutes)
        done = {
            "acknowledged_at": at,
            "acknowledged_by": nurse.id,
            "resolved_at": at,
            "resolved_by": nurse.id,
            "outcome": outcome,
        }
        an_alert(patient, rule="every.systolic_limits", raised_at=raised, **done)
    an_alert(patient, rule="every.systolic_limits", raised_at=now() - timedelta(days=40), severity=1, **done)
    with signed_in(a_staff("lead", team)) as client:
        page = client.get("/service").text
    assert "1 of 2 resolved" in page
    assert "20 minutes" in page
    assert "Systolic blood pressure beyond its limits" in page
    assert "app-sev--yellow" not in page.split("Rules in force")[0]


@pytest.mark.parametrize(
    ("role", "status"), [("lead", 200), ("admin", 200), ("clinician", 403), ("coordinator", 403)]
)
def test_the_service_page_is_for_who_runs_the_service(database, role, status):
    with signed_in(a_staff(role)) as client:
        assert client.get("/service").status_code == status
