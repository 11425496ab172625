"""Every page in every state, in a browser under the strict policy, at a phone's and at a desk's width."""

import os
from pathlib import Path

import pytest

from dashboards.pages import STATIC
from tests.chromium import LISTEN, WIDTHS, axe, overflow, small_targets
from tests.dashboards.gallery import PAGES
from tests.dashboards.site import Site, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site():
    with serving(Site({f"/gallery/{name}": make for name, make in PAGES.items()})) as served:
        yield served


@pytest.fixture(scope="module", params=WIDTHS)
def context(request, browser):
    context = browser.new_context(viewport={"width": request.param, "height": WIDTHS[request.param]})
    context.add_init_script(LISTEN)
    yield context
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_fits_and_keeps_the_policy(site, context, name):
    errors = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.on("response", lambda answer: answer.ok or errors.append(f"{answer.status} {answer.url}"))
    page.goto(f"{site.address}/gallery/{name}", wait_until="load")
    page.wait_for_function("document.body.classList.contains('js-enabled')")
    picture(page, name)
    assert page.evaluate("violations") == []
    assert overflow(page) <= 0
    assert small_targets(page) == []
    assert axe(page) == []
    for details in page.locator("details").all()[:3]:
        details.evaluate("e => e.open = true")
    assert overflow(page) <= 0
    page.close()
    assert errors == []


@pytest.mark.parametrize("width", [320, 768, 1100, 2560])
def test_no_page_scrolls_sideways_at_any_width(site, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    wide = {}
    for name in PAGES:
        page.goto(f"{site.address}/gallery/{name}", wait_until="load")
        if overflow(page) > 0:
            wide[name] = overflow(page)
    page.close()
    assert wide == {}


def test_a_page_loads_little():
    """Styles, scripts and a patient's page, uncompressed; compressed it is a fifth of that."""
    files = ("vendor/nhsuk-frontend.min.css", "app.css", "app.js", "vendor/nhsuk-frontend.min.js", "icon.svg")
    assert sum((STATIC / file).stat().st_size for file in files) + len(PAGES["today"]()) < 400_000


def picture(page, name):
    """A picture of the whole page, where a folder for them is named."""
    if folder := os.environ.get("TELEHEALTH_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)
