import re

import pytest

from dashboards.pages import asset, render
from tests.dashboards import made_up as m
from tests.dashboards.gallery import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_inline_script_or_style_or_reaches_outside(name):
    html = PAGES[name]()
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", html)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_changes_something_carries_the_token(name):
    for form in re.findall(r"<form\b.*?</form>", PAGES[name](), re.DOTALL):
        if 'method="post"' in form:
            assert 'name="csrf" value="made-up-token"' in form


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_it_is_not(name):
    html = PAGES[name]()
    assert "This is not an emergency service." in html
    assert "No clinician has signed off its thresholds." in html
    assert "Made-up people. Not for real use." in html


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique(name):
    ids = re.findall(r'\sid="([^"]+)"', PAGES[name]())
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("name", ["queue", "patients", "trends", "record-empty"])
def test_a_patient_called_jo_in_bold_stays_text(name):
    html = PAGES[name]()
    assert "<b>Jo" not in html
    assert "&lt;b&gt;Jo&lt;/b&gt; Specimen" in html


@pytest.mark.parametrize(
    "name", [n for n in PAGES if n.startswith(("today", "question", "check", "sent", "my-"))]
)
def test_a_patient_always_sees_whom_to_call(name):
    html = PAGES[name]()
    assert "Nobody is watching this right now." in html
    assert 'href="tel:999"' in html
    assert 'href="tel:111"' in html


def test_pages_are_kept_by_no_cache():
    answer = render("error.html", frame=m.staff(), page=None, status=404)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_a_static_files_address_changes_with_its_content():
    assert re.fullmatch(r"/static/app\.css\?v=[0-9a-f]{10}", asset("app.css"))


def test_red_stands_on_every_staff_page_while_nothing_is_checked():
    assert "Readings are not being checked" in PAGES["record-stopped"]()
    assert "Readings are not being checked" not in PAGES["record-empty"]()
    assert "Alerts have not been checked since 05:24" in PAGES["queue-stopped"]()
