"""When nobody checks any more, whoever looks at the queue is told, and told again when somebody does."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.journeys.people import DESK, a_member

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STOPPED_AFTER = 5.0  # seconds
BUSY = 6.0  # seconds that a busy machine may add, far less than the page's own look every 30


@pytest.fixture(scope="module")
def here(start):
    return start(lambda: None, stopped_after_seconds=str(STOPPED_AFTER))


def test_an_open_queue_turns_red_when_the_checking_stops_and_calm_when_it_goes_on(here, arrives):
    visit = arrives(DESK)
    member = a_member("Nadia Rahman")
    visit.signs_in_as_staff(member.email, member.password, member.totp_secret)
    visit.at("/queue")
    banner = visit.page.locator(".app-stopped")
    expect(banner).to_have_count(0)
    visit.page.evaluate("window.loadedOnce = true")

    killed = time.monotonic()
    here.kill_checker()
    expect(banner).to_be_visible(timeout=(STOPPED_AFTER + BUSY) * 1000)
    print(
        f"\nfrom the kill to the red banner: {time.monotonic() - killed:.1f} s, of {STOPPED_AFTER:.0f} allowed"
    )
    expect(banner).to_have_text(re.compile(r"Alerts have not been checked since \d\d:\d\d"))
    expect(banner).to_have_attribute("role", "alert")
    visit.sees_a_sound_page()

    here.start_checking()
    expect(banner).to_have_count(0, timeout=BUSY * 1000)
    assert visit.page.evaluate("window.loadedOnce")  # the page was never loaded anew
    visit.sees_a_sound_page()
