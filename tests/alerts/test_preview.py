"""What other bounds would have done: the same as a plain loop says, compared run by run, and honest about the rest."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from sqlalchemy import text

from alerts import preview, preview_words, rule_versions, thresholds
from alerts.preview import DAYS, Preview, Raised, bounds_frame, judge, on_pathways, paired
from foundation.database import transaction
from ingest.catalogue import KINDS
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people.viewer import CHECKER, OWNER, Viewer
from tests.alerts.agreements import OXYGEN, OXYGEN_RULE, PACKS, Ward
from tests.builders import NOW

SINCE = NOW - timedelta(days=DAYS)
NOBODYS_FACTS = pd.DataFrame({"patient_id": [], "name": [], "value": []})


def naive(values, red_low, amber_low):
    """(severity, started_at, last_at, settled_at): red at once, amber at two in a row, settled by two within range."""
    found, level, started, last, in_a_row, normal = [], "", None, None, 0, 0
    for at, value in values:
        amber = value <= amber_low
        in_a_row = in_a_row + 1 if amber else 0
        # two in a row no further apart than 72 hours: these are a day apart
        raised = "red" if value <= red_low else "amber" if in_a_row >= 2 else ""
        if raised:
            normal = 0
            started = started or at
            last, level = at, "red" if "red" in (raised, level) else raised
        elif amber:
            normal = 0
        elif started:
            normal += 1
            if normal == 2:
                found.append((level, started, last, at))
                level, started = "", None
                normal = 0
    return [*found, (level, started, last, None)] if started else found


def frame(values):
    told = pd.DataFrame(values, columns=["measured_at", "value"])
    told["measured_at"] = pd.DatetimeIndex(told["measured_at"]).as_unit("us")
    return told.assign(patient_id=1, confirmed=True)[["patient_id", "measured_at", "value", "confirmed"]]


@pytest.mark.parametrize("seed", range(40))
def test_a_preview_says_what_a_plain_loop_says(seed):
    chance = random.Random(seed)
    values = [(SINCE + timedelta(days=n, hours=1), float(chance.choice(range(82, 96)))) for n in range(80)]
    red_low = chance.choice([80, 84, 86])
    amber_low = red_low + chance.choice([1, 3, 5])
    told, failed = judge(
        [OXYGEN_RULE],
        {OXYGEN: frame(values)},
        bounds_frame({OXYGEN: (red_low, amber_low, None, None, True)}, 1),
        on_pathways(["copd"], 1),
        NOBODYS_FACTS,
        SINCE,
        NOW,
    )
    assert failed == []
    assert [(one.severity, one.started_at, one.last_at, one.settled_at) for one in told] == [
        (level, start, last, end) for level, start, last, end in naive(values, red_low, amber_low)
    ]


# ---------------------------------------------------------------- which are which


def raised(first, last, severity="amber", rule="r"):
    day = timedelta(days=1)
    return Raised(rule, "A rule", severity, SINCE + first * day, SINCE + last * day, None, "Much.")


@pytest.mark.parametrize(
    ("today", "proposed", "gone", "new", "regraded"),
    [
        ([], [], 0, 0, 0),
        ([(1, 3)], [(2, 2)], 0, 0, 0),
        ([(1, 3)], [(4, 5)], 1, 1, 0),
        ([(1, 3), (6, 7)], [(1, 8)], 0, 0, 0),
        ([(1, 8)], [(1, 3), (6, 7)], 0, 0, 0),
        ([(1, 3)], [(1, 3, "red")], 0, 0, 1),
        ([(1, 3)], [(1, 3, "amber", "other")], 1, 1, 0),
    ],
)
def test_runs_of_the_same_rule_that_share_time_are_the_same_alert(today, proposed, gone, new, regraded):
    one, two = [raised(*t) for t in today], [raised(*p) for p in proposed]
    told = a_preview(one, two)
    assert (told.gone, told.new, told.regraded) == (gone, new, regraded)


def a_preview(today=(), proposed=(), **more):
    plain = {
        "since": SINCE, "at": NOW, "today": tuple(today), "proposed": tuple(proposed), "pairs": tuple(paired(today, proposed)),
        "readings": 30, "waiting": 0, "rules": ("A rule",), "failed": (),
    }  # fmt: skip
    return Preview(**(plain | more))


RED, FIRST, SECOND = raised(9, 9, "red"), raised(1, 2), raised(5, 6)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            a_preview([FIRST, SECOND, RED], [RED]),
            ("the new thresholds would have raised 1 alert (1 red), today's 3 alerts (1 red, 2 amber): "
            "2 would not have been raised."),
        ),
        (
            a_preview([], [FIRST, SECOND]),
            "the new thresholds would have raised 2 alerts (2 amber), today's none: 2 would be new.",
        ),
        (
            a_preview([FIRST], [replace(FIRST, severity="red"), SECOND]),
            ("the new thresholds would have raised 2 alerts (1 red, 1 amber), today's 1 alert (1 amber): "
            "1 would be new and 1 would be of another colour."),
        ),
        (a_preview([FIRST], [FIRST]), "the new thresholds would have raised the same as today's: 1 alert (1 amber)."),
        (a_preview(), "neither today's thresholds nor the new ones would have raised an alert."),
        (a_preview(readings=0), "no reading of this kind came, so there is nothing to try the new thresholds on."),
        (
            a_preview([raised(1, 8)], [FIRST, SECOND]),
            "the new thresholds would have raised 2 alerts (2 amber), today's 1 alert (1 amber): some would have run together, or apart.",
        ),
    ],
)  # fmt: skip
def test_one_sentence_says_what_a_nurse_needs(told, sentence):
    assert preview_words.told(told) == f"In the last 90 days {sentence}"


def test_it_says_what_it_does_not_know():
    plain = preview_words.unknown(a_preview())
    assert any("How people worked their alerts is not known" in one for one in plain)
    more = preview_words.unknown(a_preview(waiting=2, failed=("A rule",), rules=()))
    assert any(one.startswith("2 readings wait for a decision") for one in more)
    assert any("could not be worked out" in one for one in more)
    assert any("No rule" in one for one in more)
    assert len(more) == len(plain) + 3


# ---------------------------------------------------------------- over what is stored


def send(patient, day, kind, value, unit):
    at = NOW - timedelta(days=day, hours=1)
    item = {"kind": kind, "value": value, "unit": unit, "measured_at": at.isoformat()}
    body = json.dumps({"readings": [item]}).encode()
    items = decode(body, "application/json", None, 10**6).items
    viewer = Viewer("patient", patient, "patient")
    keep([Sent(patient, viewer, "api", "application/json", body, items, at)], thresholds.CURRENT, at)


def previewed(ward, by, four, kind=OXYGEN):
    with transaction(ward.viewers[by]) as session:
        return preview.of(session, ward.patient.id, kind, four, PACKS, NOW)


@pytest.mark.storage
def test_a_preview_reads_what_is_stored_as_the_one_who_asks(database):
    ward = Ward()
    for day, value in ((100, 84), (60, 84), (59, 95), (58, 95), (20, 86), (19, 86), (2, 95)):
        send(ward.patient.id, day, "oxygen_saturation", value, "%")
    told = previewed(ward, "clinician", (86.0, 88.0, None, None))
    assert [(one.severity, one.started_at.date()) for one in told.today] == [
        ("red", date(2026, 9, 21)),
        ("amber", date(2026, 11, 1)),
    ]
    assert [one.severity for one in told.proposed] == ["red", "red"]
    assert (told.gone, told.new, told.regraded, told.readings) == (0, 0, 1, 6)
    none = previewed(ward, "elsewhere", (86.0, 88.0, None, None))
    assert (none.readings, none.today, none.proposed) == (0, (), ())


def test_a_value_that_waits_for_a_decision_counts_where_it_lies_beyond_and_is_told_of(database):
    ward = Ward()
    send(ward.patient.id, 3, "heart_rate", 180, "/min")  # so odd that it is held
    told = previewed(ward, "clinician", (30.0, None, None, 200.0), KINDS["heart_rate"].id)
    assert (told.readings, told.waiting) == (1, 1)
    assert [one.severity for one in told.today] == ["red"]
    assert told.proposed == ()


def test_thresholds_of_a_person_are_tried_as_a_person_set_them_and_a_pathways_as_its_own(
    database, monkeypatch
):
    ward = Ward()
    told = []

    def noted(specs, history, bounds, *rest, **more):
        told.append(bounds.set_index("kind")["by_person"][OXYGEN])
        return preview_run(specs, history, bounds, *rest, **more)

    preview_run = preview.run
    monkeypatch.setattr(preview, "run", noted)
    previewed(ward, "clinician", (80.0, 85.0, None, None))
    with transaction(ward.viewers["clinician"]) as session:
        preview.of(session, ward.patient.id, OXYGEN, (84.0, 87.0, None, None), PACKS, NOW, by_person=False)
    assert [bool(one) for one in told] == [False, True, False, False]


def test_only_rules_that_run_are_tried(database):
    ward = Ward()
    send(ward.patient.id, 3, "oxygen_saturation", 84, "%")
    with transaction(CHECKER) as session:
        rule_versions.register(session, PACKS, NOW)
    with transaction(OWNER) as session:
        session.execute(text("DELETE FROM rule_life WHERE rule = 'every.oxygen_limits'"))
    told = previewed(ward, "clinician", (80.0, 85.0, None, None))
    assert (told.today, told.rules) == ((), ())


def test_no_bounds_at_all_raise_nothing(database):
    ward = Ward()
    send(ward.patient.id, 3, "oxygen_saturation", 84, "%")
    told = previewed(ward, "clinician", (None, None, None, None))
    assert (len(told.today), told.gone) == (1, 1)
