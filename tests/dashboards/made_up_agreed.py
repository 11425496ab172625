"""Made-up thresholds, traits and previews, for the tests of their pages."""

from dataclasses import replace
from datetime import date, timedelta

from dashboards.presenters import trait_words
from dashboards.presenters.agreed_views import (
    AgreedSeen,
    ChangeSeen,
    FormSeen,
    PairSeen,
    PreviewSeen,
    RaisedSeen,
    SaidSeen,
    ThresholdFormSeen,
    ThresholdSeen,
    TraitFormSeen,
    TraitSeen,
)
from dashboards.presenters.views import Bounds
from tests.dashboards import made_up as m

SEEDED = SaidSeen(m.LONG_AGO)
OWN = SaidSeen(
    m.NOW - timedelta(days=9),
    "Nurse Example",
    "Runs at 86 to 88 % when well; agreed with the chest clinic.",
    date(2027, 2, 1),
)
LATE = SaidSeen(m.NOW - timedelta(days=100), "Lead Specimen", "Beta blocker started.", date(2026, 11, 2))
OXYGEN = ThresholdSeen(m.OXYGEN, Bounds(m.NOW, 80, 85), OWN)
PULSE = ThresholdSeen(m.PULSE, Bounds(m.NOW, 38, 42, 111, 131), LATE)
SYSTOLIC = ThresholdSeen(m.SYSTOLIC, m.SYS_BOUNDS, SEEDED, "COPD and Heart failure pathways")
BREATH = ThresholdSeen(m.BREATH, Bounds(m.NOW, None, None, 2), SEEDED, "COPD pathway")
NONE_SET = ThresholdSeen(m.WEIGHT, None)

SCALE = TraitSeen(
    "oxygen_scale", "Oxygen target", "scale of NEWS2: 2 where a target of 88 to 92 % is prescribed, else 1", "", 2,
    trait_words.CHOICES["oxygen_scale"], OWN,
)  # fmt: skip
DRY_WEIGHT = TraitSeen("dry_weight", "Dry weight", "weight without fluid to lose", "kg", 71.5, (), LATE)
NO_PEAK_FLOW = TraitSeen("best_peak_flow", "Best peak flow", "personal best peak flow", "L/min")

CHANGES = (
    ChangeSeen(OWN.set_at, "Oxygen saturation", "Red from 84% and amber from 87% down.", "Amber from 85% and red from 80% down.",
               OWN.set_by, OWN.reason),
    ChangeSeen(LATE.set_at, "Dry weight", "not set", "71.5 kg", LATE.set_by, LATE.reason),
)  # fmt: skip
AGREED = AgreedSeen(
    m.BEN, (SYSTOLIC, PULSE, OXYGEN, BREATH, NONE_SET), (SCALE, DRY_WEIGHT, NO_PEAK_FLOW), CHANGES
)
NOTHING = AgreedSeen(m.ADA, (NONE_SET,), (NO_PEAK_FLOW,))

EMPTY = FormSeen({"red_low": "80", "amber_low": "85"}, {}, "2026-11-11T08:14:11+00:00")
TYPED = {
    "red_low": "78", "amber_low": "83", "amber_high": "", "red_high": "", "reason": "Lower since the last admission.",
    "review_on_day": "1", "review_on_month": "3", "review_on_year": "2027",
}  # fmt: skip
WRONG = FormSeen(
    TYPED | {"red_low": "90", "amber_high": "much", "reason": "", "review_on_month": "13"},
    {
        "amber_low": "Amber low must be above red low.",
        "amber_high": "Amber high must be a number, such as 90 or 36.5.",
        "reason": "Say why, in a few words: whoever looks later needs to know.",
        "review_on": "The review day must be a real date, such as 27 3 2027.",
    },
    EMPTY.expected,
)
FORM = ThresholdFormSeen(
    m.BEN, OXYGEN, EMPTY, 50, 100, Bounds(m.NOW, 84, 87), ("Oxygen saturation beyond its limits", "Oxygen saturation below their usual")
)  # fmt: skip


def raised(severity: str, days: int, value: int) -> RaisedSeen:
    said = f"Oxygen saturation {value} % at 08:02 on {days} Nov 2026, at or below the {severity} limit."
    return RaisedSeen(severity, m.NOW - timedelta(days=days), said)  # type: ignore[arg-type]  # one of four words


PAIRS = (
    PairSeen("gone", raised("amber", 61, 85), None),
    PairSeen("same", raised("red", 40, 77), raised("red", 40, 77)),
    PairSeen("regraded", raised("red", 22, 80), raised("amber", 21, 80)),
    PairSeen("gone", raised("amber", 8, 84), None),
    PairSeen("new", None, raised("amber", 3, 83)),
)
PREVIEW = PreviewSeen(
    sentence=(
        "In the last 90 days the new thresholds would have raised 3 alerts (1 red, 2 amber), today's 4 alerts (2 red, 2 amber): "
        "2 would not have been raised, 1 would be new and 1 would be of another colour."
    ),
    bounds=Bounds(m.NOW, 78, 83),
    reason=TYPED["reason"],
    review_on=date(2027, 3, 1),
    today={"red": 2, "amber": 2},
    proposed={"red": 1, "amber": 2},
    pairs=PAIRS,
    unknown=(
        "Both sets of thresholds are tried on all 90 days, whatever held at the time.",
        (
            "How people worked their alerts is not known here: each run of readings out of range counts as one alert, and one "
            "that was under way when the days begin as raised then."
        ),
        (
            "1 reading waits for a decision and may yet be set aside; as in the checks, such a reading counts only where it lies "
            "beyond a threshold."
        ),
    ),
    carried=(("expected", EMPTY.expected), *TYPED.items()),
)
PREVIEWED = replace(FORM, form=replace(EMPTY, values=TYPED), preview=PREVIEW)
SAME = replace(
    PREVIEW,
    sentence="In the last 90 days no reading of this kind came, so there is nothing to try the new thresholds on.",
    today={}, proposed={}, pairs=(), bounds=None, review_on=None, to_pathway=True,
)  # fmt: skip
GOING_BACK = replace(PREVIEWED, preview=SAME)
FIRST = ThresholdFormSeen(m.BEN, ThresholdSeen(m.BREATH, None), FormSeen({}, {}), 0, 2, None)
FORM_WRONG = replace(FORM, form=WRONG)

TRAIT_FORM = TraitFormSeen(m.BEN, DRY_WEIGHT, FormSeen({"value": "71.5"}, {}, "x"))
TRAIT_CHOICE = TraitFormSeen(m.BEN, SCALE, FormSeen({"value": "2"}, {}, "x"))
TRAIT_WRONG = TraitFormSeen(
    m.BEN,
    NO_PEAK_FLOW,
    FormSeen(
        {"value": "4000", "reason": "", "review_on_year": "2031"},
        {
            "value": "This must lie from 30 to 900 L/min.",
            "reason": "Say why, in a few words: whoever looks later needs to know.",
            "review_on": "The review day is more than a year ahead. Choose an earlier one.",
        },
    ),
)
