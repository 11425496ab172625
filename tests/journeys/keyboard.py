"""Going through a page without a mouse: wherever the focus stops, it is seen."""

from __future__ import annotations

import pytest


def when_they_go_by_tab_to(visit, wanted):
    """Tab after Tab; wherever the focus stops on the way, it is seen."""
    for _ in range(120):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            then_the_focus_is_seen(visit)
            return
        if not visit.page.evaluate("document.activeElement === document.body"):
            then_the_focus_is_seen(visit)
    pytest.fail(f"Tab never reaches {wanted}")


FOCUS = """() => {
    const one = document.activeElement;
    // A small box of the design system is drawn by its label.
    const drawn = one.matches("[type=checkbox], [type=radio]") ? one.nextElementSibling : one;
    const looks = [one, drawn].flatMap(e => [getComputedStyle(e), getComputedStyle(e, "::before")]);
    const box = drawn.getBoundingClientRect();
    return {
        what: one.outerHTML.slice(0, 120),
        lost: one === document.body,
        marked: looks.some(s => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2)
            || s.boxShadow !== "none"),
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


def then_the_focus_is_seen(visit):
    seen = visit.page.evaluate(FOCUS)
    assert not seen["lost"]
    assert seen["marked"], seen["what"]
    assert seen["inside"], seen["what"]
