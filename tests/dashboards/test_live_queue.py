"""The open queue page in a browser: what is new appears, nothing moves under a hand at work."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from dashboards.pages import render
from dashboards.presenters import queue
from tests.dashboards import made_up as m
from tests.dashboards.site import Site, serving

pytestmark = [pytest.mark.browser]

CALM = replace(m.QUEUE, alerts=(m.FULL, m.LATE), counts={"amber": 1, "yellow": 1})
ACKNOWLEDGED = replace(m.LATE, acknowledged_by="Nurse Example", state="acknowledged")
BUSY = replace(m.QUEUE, alerts=(m.RED, m.FULL, m.LATE))


def drawn(seen, template="queue_rows.html", frame=None):
    frame = frame or m.staff()
    return lambda: bytes(render(template, frame=frame, page=queue.present(seen, frame)).body).decode()


@pytest.fixture
def site():
    with serving(Site({"/queue": drawn(CALM, "queue.html")})) as served:
        served.rows = drawn(CALM)
        yield served


@pytest.fixture
def page(site, browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    with page.expect_response("**/queue/live"):
        page.goto(f"{site.address}/queue")
    page.wait_for_function("document.body.classList.contains('js-enabled')")
    yield page
    context.close()


def card_names(page):
    return page.locator(".app-card__name").all_inner_texts()


def test_a_new_alert_appears_without_reload_and_is_said(site, page):
    site.rows = drawn(BUSY)
    site.changed()
    expect(page.locator("#queue-status")).to_have_text("1 new alert.", timeout=5000)
    assert card_names(page)[0] == m.BEN.name


def test_rows_stay_still_while_a_form_is_filled_in_and_come_on_request(site, page):
    page.get_by_text("Resolve or note").first.click()
    box = page.locator(f"#resolve-note-{m.FULL.id}")
    box.fill("Rang, will")
    before = box.bounding_box()
    site.rows = drawn(BUSY)
    site.changed()
    expect(page.locator("#queue-status")).to_have_text("1 new alert not shown yet.", timeout=5000)
    assert box.input_value() == "Rang, will"
    assert card_names(page) == [m.ADA.name, m.DEE.name]
    assert box.bounding_box() == before
    assert (
        page.locator(".app-count--red .app-count__number").inner_text() == "1"
    )  # what is above is up to date
    page.get_by_role("button", name="Show now").click()
    expect(page.locator(".app-card__name").first).to_have_text(m.BEN.name, timeout=5000)
    expect(page.locator("#queue-show")).to_be_hidden()


def test_acknowledging_stays_on_the_page_and_keeps_the_focus_at_the_alert(site, page):
    site.pages["/queue"] = drawn(replace(CALM, alerts=(m.FULL, ACKNOWLEDGED)), "queue.html")
    button = page.locator(f"#acknowledge-{m.LATE.id}")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#alert-{m.LATE.id} .app-owner")).to_have_text("Seen by Nurse Example", timeout=5000)
    path, fields = site.posted[0]
    assert path == f"/alerts/{m.LATE.id}/acknowledge"
    assert fields["csrf"] == "made-up-token"
    assert (fields["back"], fields["changes"]) == ("queue", "1")
    assert page.evaluate("document.activeElement.id") == f"alert-{m.LATE.id}"


def test_a_page_that_is_not_the_queue_is_never_shown_as_an_empty_queue(site, page):
    site.rows = lambda: "<html><body><h1>Sign in</h1></body></html>"
    site.changed()
    expect(page.locator("#queue-status")).to_contain_text("You are signed out", timeout=5000)
    assert card_names(page) == [m.ADA.name, m.DEE.name]


def test_a_lost_line_is_said_and_found_again(site, page):
    site.cut()
    expect(page.locator("#queue-status")).to_contain_text("The live line is down", timeout=15000)
    site.refuse_streams = False
    expect(page.locator("#queue-status")).to_have_text("", timeout=30000)
    site.rows = drawn(BUSY)
    site.changed()
    expect(page.locator("#queue-status")).to_have_text("1 new alert.", timeout=5000)


def test_without_a_line_the_page_looks_every_three_seconds_and_says_so_once(site, page):
    site.cut()
    status = page.locator("#queue-status")
    expect(status).to_contain_text("The live line is down", timeout=15000)
    page.evaluate("""() => { window.said = 0;
        new MutationObserver((seen) => { window.said += seen.length; })
            .observe(document.getElementById("queue-status"), { childList: true, characterData: true, subtree: true }); }""")
    page.wait_for_timeout(11_000)
    assert page.evaluate("window.said") == 0
    site.rows = drawn(BUSY)
    expect(page.locator(".app-card__name").first).to_have_text(m.BEN.name, timeout=4500)


def test_checking_that_stops_turns_the_open_page_red(site, page):
    site.rows = drawn(CALM, frame=m.staff(checking=m.STOPPED))
    site.changed()
    expect(page.get_by_role("alert")).to_contain_text(
        "Alerts have not been checked since 05:24", timeout=5000
    )


def test_everything_works_without_scripts(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/queue")
    page.locator(f"#acknowledge-{m.LATE.id}").click()
    page.get_by_text("Resolve or note").first.click()
    page.locator(f"#outcome-{m.FULL.id}").select_option("gp")
    page.get_by_role("button", name="Resolve", exact=True).first.click()
    assert [path for path, _ in site.posted] == [
        f"/alerts/{m.LATE.id}/acknowledge",
        f"/alerts/{m.FULL.id}/resolve",
    ]
    assert site.posted[1][1]["outcome"] == "gp"
    assert page.url.endswith("/queue")
    context.close()


def test_the_keyboard_reaches_the_first_alert_by_the_skip_link(site, page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText.trim()") == "Skip to the alerts"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == m.ADA.name
