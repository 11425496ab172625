"""Every page in every state, in a browser under the strict policy, at a phone's and at a desk's width."""

import os
from pathlib import Path

import pytest

from dashboards.pages import STATIC
from tests.dashboards.gallery import PAGES
from tests.dashboards.site import Site, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parent.parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => {
    violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""
WIDTHS = {360: 740, 1440: 900}


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


def overflow(page):
    """How many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth") - page.viewport_size["width"]


def axe(page):
    """What axe-core finds wrong, rule and element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    wrong = [(v["id"], node["html"][:200]) for v in found["violations"] for node in v["nodes"]]
    # Text in the very colour of what it stands on is only "incomplete" to axe: it might be hidden on purpose.
    unsure = [node for v in found["incomplete"] if v["id"] == "color-contrast" for node in v["nodes"]]
    return wrong + [
        ("invisible text", node["html"][:200])
        for node in unsure
        if any((check.get("data") or {}).get("messageKey") == "equalRatio" for check in node["any"])
    ]


def small_targets(page):
    """Buttons, boxes and links that stand alone and are smaller than 24 by 24."""
    return page.evaluate(
        """() => [...document.querySelectorAll(
            "button, input:not([type=hidden]), select, summary, td > a, nav a, li > a"
        )]
        .filter(e => e.checkVisibility() && !e.closest(".nhsuk-skip-link"))
        .filter(e => !e.matches("[type=checkbox], [type=radio]"))
        .map(e => [e, e.getBoundingClientRect()])
        .filter(([e, box]) => box.width > 0 && (box.height < 24 || box.width < 24))
        .map(([e, box]) => `${e.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`)"""
    )


def picture(page, name):
    """A picture of the whole page, where a folder for them is named."""
    if folder := os.environ.get("TELEHEALTH_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)
