"""A browser for the tests that look at pages."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

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


@pytest.fixture(scope="session")
def browser():
    """Chromium, from TELEHEALTH_TEST_CHROMIUM or the PATH."""
    path = os.environ.get("TELEHEALTH_TEST_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield started
        started.close()
