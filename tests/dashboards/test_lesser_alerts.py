from __future__ import annotations

from dataclasses import replace

import pytest

from dashboards.presenters.queue import grouped
from tests.dashboards import made_up


@pytest.fixture
def alerts():
    seen = made_up.RED
    red = replace(seen, id="red", severity="red", state="raised", kind=1)
    return red, {
        "same": replace(seen, id="same", severity="amber", state="raised", kind=1),
        "other": replace(seen, id="other", severity="amber", state="raised", kind=2),
        "unknown": replace(seen, id="unknown", severity="amber", state="raised", kind=None),
        "red too": replace(seen, id="red too", severity="red", state="raised", kind=1),
    }


def folded(alerts, frame):
    (card,) = grouped(alerts, frame)
    return [alert.id for alert in card.alerts], [alert.id for alert in card.lesser]


def test_a_red_alert_folds_lesser_ones_of_the_same_kind_away(alerts):
    red, others = alerts
    shown, lesser = folded([red, *others.values()], made_up.staff())
    assert lesser == ["same"]
    assert set(shown) == {"red", "other", "unknown", "red too"}


def test_a_resolved_red_alert_folds_nothing_away(alerts):
    red, others = alerts
    shown, lesser = folded([replace(red, state="resolved"), others["same"]], made_up.staff())
    assert (set(shown), lesser) == ({"red", "same"}, [])
