"""Pictures of every page, at a phone's and at a desk's width: `python -m tests.journeys.pictures [folder]`.

Of the real service over a made-up cohort. Long pages are cut off at their foot.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from sqlalchemy import select, text

from alerts import pathways, rule_versions, thresholds
from foundation.clock import LOCAL, now
from foundation.database import transaction
from foundation.settings import settings
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people import passwords
from people.tables import Patient
from people.viewer import CHECKER, OWNER, Viewer
from service import demo_data, enrolment
from tests import chromium, databases
from tests.alerts.rule_changes import with_rule
from tests.journeys.people import DESK, PHONE, Visit
from tests.journeys.place import a_cohort, accounts, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.journeys.place import Place

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
PATIENTS, DAYS = 40, 30
TALLEST = 1_600  # pixels
LARGEST = 250_000  # bytes: they are looked at on a repository's front page
STOPPED_AFTER = "15"
_JOAN = "9990000018"
DRAFT, SHADOW = (
    "every.oxygen_limits",
    "every.pulse_rise",
)  # rules with a newer version that waits, and one that is tried
TYPED = {"systolic": "184", "diastolic": "96", "heart_rate": "76", "body_weight": "78.4"}


def main(folder: Path) -> None:
    """Take them all."""
    executable = chromium.path()
    if executable is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _database_server() as server,
        tempfile.TemporaryDirectory() as data,
        place(server, Path(data), _people, stopped_after_seconds=STOPPED_AFTER) as here,
        chromium.started(executable) as browser,
    ):
        _Pictures(browser, here, folder).take()


@contextmanager
def _database_server() -> Iterator[databases.DatabaseServer]:
    databases.start_embedded()
    try:
        yield databases.embedded()
    finally:
        databases.stop_embedded()


def _people() -> None:
    _newer_rules()
    a_cohort(PATIENTS, DAYS)
    _joan()


def _newer_rules() -> None:
    """What two releases leave behind: one newer version is a draft, another is tried in shadow."""
    shipped = pathways.load()
    draft, tried = shipped.rule(DRAFT), shipped.rule(SHADOW)
    draft = replace(
        draft, version=draft.version + 1, params=replace(draft.params, needs_amber_low=3, within_hours=96)
    )
    tried = replace(tried, version=tried.version + 1, params=replace(tried.params, yellow=10))
    newer = with_rule(tried, "shadow", with_rule(draft, packs=shipped))
    with transaction(CHECKER) as session:
        for packs, days in ((shipped, 2 * DAYS), (newer, DAYS)):
            rule_versions.register(session, packs, now() - timedelta(days=days))


def _joan() -> None:
    """Somebody who has sent every morning for weeks, but not yet today."""
    today = now()
    start = today - timedelta(days=DAYS)
    team, born = demo_data.TEAMS[0], date(1948, 3, 15)
    enrolment.add_patient(_JOAN, "Joan Ferrymead", born, ["heart_failure"], team=team, phone=None, at=start)
    with transaction(OWNER) as session:
        found = session.scalars(select(Patient).where(Patient.nhs_number == _JOAN)).one()
        found.password_hash = passwords.hashed(demo_data.PASSWORD)
        patient = found.id
    chance = random.Random(1)
    for day in range(DAYS):
        at = (start + timedelta(days=day)).astimezone(LOCAL).replace(hour=8, minute=10)
        about = {"measured_at": at.isoformat(), "provenance": "patient_typed"}
        top = round(136 + day / 2 + chance.gauss(0, 6))
        pressure = {"systolic": top, "diastolic": round(top * 0.55 + chance.gauss(0, 3))}
        weight, pulse = round(77.6 + day / 40 + chance.gauss(0, 0.3), 1), round(chance.gauss(72, 4))
        readings = [
            {"kind": "blood_pressure", "value": pressure, "unit": "mmHg", **about},
            {"kind": "heart_rate", "value": pulse, "unit": "/min", **about},
            {"kind": "body_weight", "value": weight, "unit": "kg", **about},
        ]
        body = json.dumps({"readings": readings}).encode()
        items = decode(body, "application/json", None, settings().max_body).items
        sender = Viewer("patient", patient, "patient")
        came = at.astimezone(UTC)
        sent = Sent(patient, sender, "page", "application/json", body, items, came, f"morning {day}")
        keep([sent], thresholds.CURRENT, came)


class _Pictures:
    def __init__(self, browser: Browser, here: Place, folder: Path) -> None:
        self.browser = browser
        self.here = here
        self.folder = folder
        self.people = accounts()

    def take(self) -> None:
        self.of_signing_in()
        self.of_a_patients_day()
        self.of_the_trends()
        self.of_the_service()
        self.of_the_queue()

    def of_signing_in(self) -> None:
        visit = Visit(self.browser, self.here, DESK)
        visit.goes_to("/sign-in/patient")
        self.picture(visit, "sign-in-patient")
        visit.goes_to("/sign-in")
        self.picture(visit, "sign-in")
        clinician = self.people["clinician"]
        visit.fills(email=clinician["email"], password=clinician["password"])
        visit.presses("Continue")
        visit.page.wait_for_url("**/sign-in/code")
        self.picture(visit, "sign-in-code")
        visit.goes_to("/there-is-no-such-page")
        self.picture(visit, "error-404")
        visit.leaves()

    def of_a_patients_day(self) -> None:
        """Somebody who has sent for weeks, and has their readings of today before them."""
        visit = Visit(self.browser, self.here, PHONE)
        visit.signs_in_as_patient(_JOAN, demo_data.PASSWORD)
        self.picture(visit, "today")
        visit.goes_to("/my-readings")
        self.picture(visit, "my-readings")
        visit.goes_to("/today")
        visit.presses("Start")
        visit.settles()
        self.picture(visit, "question")
        while visit.page.get_by_role("button", name="Send my readings").count() == 0:
            boxes = visit.page.locator("main input:not([type=hidden])").all()
            visit.fills(**{name: TYPED[name] for box in boxes if (name := box.get_attribute("name"))})
            visit.presses("Continue")
            visit.settles()
        self.picture(visit, "check")
        visit.presses("Send my readings")
        visit.page.wait_for_url("**/today/sent*")
        self.picture(visit, "sent")
        visit.leaves()

    def of_the_trends(self) -> None:
        visit = self.signed_in("coordinator")
        visit.goes_to("/trends")
        self.picture(visit, "trends")
        visit.leaves()

    def of_the_service(self) -> None:
        visit = self.signed_in("lead")
        visit.goes_to("/service")
        self.picture(visit, "service")
        self.of_the_rules(visit)
        visit.leaves()

    def of_the_rules(self, visit: Visit) -> None:
        """One that runs, one of which a newer version waits, one that is tried; what the alerts are worth."""
        for path, name in (
            ("/rules", "rules"),
            ("/rules/every.pulse_limits", "rule-active"),
            (f"/rules/{DRAFT}", "rule-draft"),
            (f"/rules/{SHADOW}", "rule-shadow"),
            ("/quality", "quality"),
        ):
            visit.goes_to(path)
            self.picture(visit, name)
        visit.goes_to(f"/backtests?rule={DRAFT}")
        self.picture(visit, "backtest-asking")
        visit.goes_to("/backtests?rule=hypertension.average")
        visit.page.locator("#n-yellow_systolic").fill("140")
        visit.page.locator("#days").select_option("30")
        visit.presses("Try it")
        visit.page.get_by_text("would have raised").first.wait_for(timeout=90_000)
        self.picture(visit, "backtest")

    def of_a_backtest_under_way(self, visit: Visit) -> None:
        """Nothing makes it any more: with so few patients it would be done before it can be looked at."""
        visit.goes_to(f"/backtests?rule={DRAFT}")
        self.here.kill_checker()
        visit.presses("Try it")
        visit.settles()
        with transaction(OWNER) as session:
            session.execute(
                text("UPDATE backtest SET state = 'running', done = 17, patients = 41 WHERE ended_at IS NULL")
            )
        visit.page.reload()
        self.picture(visit, "backtest-running")

    def of_the_queue(self) -> None:
        """Last, because the checking is stopped."""
        visit = self.signed_in("clinician")
        self.picture(visit, "queue")
        worst = visit.page.locator(".app-card").first
        record = worst.locator(".app-card__name a").get_attribute("href")
        alert = worst.locator(".app-alert__sentence a").first.get_attribute("href")
        visit.goes_to(str(alert))
        self.picture(visit, "alert")
        visit.goes_to(str(record))
        self.picture(visit, "record")
        self.of_the_thresholds(visit, str(record))
        visit.goes_to("/patients")
        self.picture(visit, "patients")
        self.of_a_backtest_under_way(visit)
        visit.goes_to("/queue")
        expect(visit.page.locator(".app-stopped--card")).to_be_visible(timeout=90_000)
        self.picture(visit, "checking-stopped")
        visit.leaves()

    def of_the_thresholds(self, visit: Visit, record: str) -> None:
        """Nothing is saved: what new ones would have done."""
        visit.goes_to(f"{record}/thresholds")
        self.picture(visit, "thresholds")
        visit.page.locator("#oxygen_saturation a").click()
        visit.settles()
        for box, by in zip(visit.page.locator(".app-four input").all(), (-3, -3, 3, 3), strict=True):
            if number := box.input_value():
                box.fill(f"{float(number) + by:g}")
        review = now() + timedelta(days=90)
        visit.page.locator("#reason").fill("Agreed with the specialist team.")
        for name, part in (("day", review.day), ("month", review.month), ("year", review.year)):
            visit.page.locator(f"#review_on_{name}").fill(str(part))
        visit.presses("Preview")
        visit.settles()
        self.picture(visit, "threshold-preview")

    def signed_in(self, role: str) -> Visit:
        visit = Visit(self.browser, self.here, DESK)
        who = self.people[role]
        visit.signs_in_as_staff(who["email"], who["password"], who["totp_secret"])
        return visit

    def picture(self, visit: Visit, name: str) -> None:
        for width, height in chromium.WIDTHS.items():
            visit.page.set_viewport_size({"width": width, "height": height})
            time.sleep(0.2)  # what follows the width has followed
            tall = min(int(visit.page.evaluate("document.documentElement.scrollHeight")), TALLEST)
            file = self.folder / f"{name}-{width}.png"
            # A crowded page is cut off higher up.
            for cut in range(max(tall, height), height - 1, -100):
                clip = {"x": 0, "y": 0, "width": width, "height": cut}
                visit.page.screenshot(path=file, full_page=True, clip=clip)  # type: ignore[arg-type]
                if file.stat().st_size <= LARGEST:
                    break
            size = file.stat().st_size
            print(f"{file.name:<26} {size / 1000:6.0f} kB", flush=True)
            assert size <= LARGEST, f"{file.name} is too large for a front page"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
