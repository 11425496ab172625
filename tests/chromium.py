"""Chromium for the tests that look at pages, and what is asked of every page there."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
WIDTHS = {360: 740, 1440: 900}  # a phone and a desk, with their heights

# No request may leave the machine: these switch off what Chromium does of its own accord.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event => {
    violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""


def path() -> str | None:
    """Where Chromium is: TELEHEALTH_TEST_CHROMIUM, or on the PATH."""
    return os.environ.get("TELEHEALTH_TEST_CHROMIUM") or shutil.which("chromium")


@contextmanager
def started(executable: str) -> Iterator[Browser]:
    """Chromium without a window, for as long as the block lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=FLAGS)
        yield browser
        browser.close()


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    size = page.viewport_size
    assert size is not None
    return int(page.evaluate("document.documentElement.scrollWidth")) - size["width"]


def axe(page: Page) -> list[tuple[str, str]]:
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


def small_targets(page: Page) -> list[str]:
    """Buttons, boxes and links that stand alone and are smaller than 24 by 24."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(
            "button, input:not([type=hidden]), select, summary, td > a, nav a, li > a"
        )]
        .filter(e => e.checkVisibility() && !e.closest(".nhsuk-skip-link"))
        .filter(e => !e.matches("[type=checkbox], [type=radio]"))
        .map(e => [e, e.getBoundingClientRect()])
        .filter(([e, box]) => box.width > 0 && (box.height < 24 || box.width < 24))
        .map(([e, box]) => `${e.outerHTML.slice(0, 120)} ${box.width} x ${box.height}`)"""
    )
    return found
