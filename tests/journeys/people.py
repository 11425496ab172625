"""Who walks through the pages: made-up people on the books, and one person at one browser window."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from foundation.clock import now
from people import totp
from service import enrolment
from tests.builders import an_nhs_number
from tests.chromium import LISTEN, WIDTHS, axe, overflow, small_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, Locator, Page, Response

    from tests.journeys.place import Place

PHONE, DESK = WIDTHS
TEAM = "Riverside"
SECRET_OF_PATIENT = "kettle otter violin"
FIRST_PAGES = re.compile("/(queue|service|today)$")


@dataclass(frozen=True)
class Staff:
    """Someone with an account."""

    email: str
    name: str
    password: str
    totp_secret: str

    def code(self) -> str:
        """What the app on their phone shows now."""
        return totp.code(self.totp_secret, now())


@dataclass(frozen=True)
class Patient:
    """Someone enrolled, with the code that they have on paper."""

    nhs_number: str
    name: str
    born: date
    code: str


def a_member(name: str, role: str = "clinician", team: str = TEAM) -> Staff:
    """Someone of this role, added as the operator adds them."""
    email = f"{name.replace(' ', '.').lower()}@example.org"
    told = enrolment.add_staff(email, name, role, [team] if role != "admin" else [], at=now())
    return Staff(email, name, told["password"], told["totp_secret"])


def a_patient(name: str, pathways: Sequence[str] = ("heart_failure",), team: str = TEAM) -> Patient:
    """Someone enrolled as the operator enrols them."""
    number, born = an_nhs_number(), date(1948, 3, 15)
    told = enrolment.add_patient(number, name, born, pathways, team=team, phone=None, at=now())
    return Patient(number, name, born, told["enrolment_code"])


def unsound(page: Page) -> list[Any]:
    """What is wrong with a page as it is drawn: for some readers, in its width, or under a finger."""
    wide = overflow(page)
    return [*axe(page), *small_targets(page), *([f"{wide} pixels too wide"] if wide > 0 else [])]


class Visit:
    """One person at one window. What went wrong behind the pages is collected, and looked at with each page."""

    def __init__(
        self,
        browser: Browser,
        place: Place,
        width: int,
        *,
        scripts: bool = True,
        state: Any = None,
    ) -> None:
        size = {"width": width, "height": WIDTHS[width]}
        self.browser = browser
        self.place = place
        self.scripts = scripts
        self.context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            storage_state=state,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        self.context.add_init_script(LISTEN)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("response", self._answered)
        self.page.on("console", lambda said: said.type == "error" and self._said(said.text))

    def _answered(self, answer: Response) -> None:
        if answer.status >= 500 or (answer.status >= 400 and not answer.request.is_navigation_request()):
            self.wrong.append(f"{answer.status} {answer.url}")

    def _said(self, text: str) -> None:
        # A page that says "not found" is one that we asked for; what it loads is held in _answered.
        if not text.startswith("Failed to load resource: the server responded with a status of 4"):
            self.wrong.append(f"console: {text}")

    def goes_to(self, path: str) -> None:
        self.page.goto(self.place.address + path, wait_until="load")
        self.settles()

    def settles(self) -> None:
        """The scripts of the page have run."""
        self.page.wait_for_load_state("load")
        if self.scripts:
            self.page.locator("body.js-enabled").wait_for(state="attached")

    def at(self, path: str) -> None:
        """They are now at this address, and its page is as every page should be."""
        self.page.wait_for_url(re.compile(re.escape(self.place.address + path) + r"([?#].*)?$"))
        self.sees_a_sound_page()

    def reads(self, heading: str) -> None:
        """The page has this first heading, and is as every page should be."""
        expect(self.page.locator("h1")).to_have_text(heading, timeout=15_000)
        self.sees_a_sound_page()

    def sees_a_sound_page(self) -> None:
        """No one is shut out of it, nothing hangs over its edge, and nothing went wrong behind it."""
        self.settles()
        wrong = [*self.wrong]
        if self.scripts:
            wrong += unsound(self.page) + self.page.evaluate("violations")
        else:
            wrong += self._unsound_without_scripts()
        assert not wrong, f"{self.page.url}: {wrong}"

    def _unsound_without_scripts(self) -> list[Any]:
        """What axe needs scripts for is asked of the same words in a window that has them, but runs none of ours."""
        ours = re.compile("<script.*?</script>", re.DOTALL)
        body, address = ours.sub("", self.page.content()), self.page.url
        size = self.page.viewport_size
        looking = self.browser.new_page(viewport=size)
        try:
            looking.route(address, lambda route: route.fulfill(body=body, content_type="text/html"))
            looking.goto(address, wait_until="load")
            return unsound(looking)
        finally:
            looking.close()

    def presses(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name).first.click()

    def fills(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)

    def leaves(self) -> None:
        """Close the window; nothing may have gone wrong behind its last page either."""
        self.context.close()
        assert not self.wrong, self.wrong

    def signs_in_as_staff(self, email: str, password: str, secret: str) -> None:
        self.goes_to("/sign-in")
        self.fills(email=email, password=password)
        self.presses("Continue")
        self.page.wait_for_url("**/sign-in/code")
        self.fills(code=totp.code(secret, now()))
        self.presses("Sign in")
        self.page.wait_for_url(FIRST_PAGES)
        self.settles()

    def signs_in_as_patient(self, nhs_number: str, password: str) -> None:
        self.goes_to("/sign-in/patient/password")
        self.fills(nhs_number=nhs_number, password=password)
        self.presses("Sign in")
        self.page.wait_for_url(FIRST_PAGES)
        self.settles()

    def signs_in_with_the_code_on_paper(self, patient: Patient) -> None:
        self.goes_to("/sign-in/patient")
        born = patient.born
        self.fills(nhs_number=patient.nhs_number, code=patient.code)
        self.fills(born_day=str(born.day), born_month=str(born.month), born_year=str(born.year))
        self.presses("Continue")
        self.page.wait_for_url("**/choose-password")
        self.settles()

    def chooses_a_password(self) -> None:
        self.fills(password=SECRET_OF_PATIENT, password_again=SECRET_OF_PATIENT)
        self.presses("Save and go on")
        self.page.wait_for_url("**/today")
        self.settles()
