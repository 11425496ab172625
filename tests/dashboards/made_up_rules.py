"""Made-up rules with their lives, and the quality of made-up alerts, for the pages' tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from dashboards.presenters.checked import CheckedSeen, CountSeen
from dashboards.presenters.quality_views import CardSeen, FoundSeen, PersonSeen, QualitySeen, TeamSeen
from dashboards.presenters.rule_views import (
    DifferenceSeen,
    RulePageSeen,
    RuleSeen,
    RulesSeen,
    ShadowSeen,
    StepSeen,
    VersionSeen,
)
from dashboards.presenters.views import Choice
from tests.dashboards.made_up import LEAD, NOW

DAY = timedelta(days=1)
TEXTS = (
    (
        "patient_text",
        "Your oxygen level is lower than it should be. Sit still for 5 minutes and measure again.",
    ),
    ("patient_text_red", "Your oxygen level is much lower than it should be. Call 999 if you feel worse."),
    ("team_ask", "Call today. Check warm hands, nail varnish, the device."),
    ("source", "COVID Oximetry @home; NEWS2 (RCP 2017)"),
    ("standing", "Proposed. No clinician has signed this."),
    ("hazard", "A falling oxygen level stays unseen."),
)
NUMBERS = (
    ("type", "limits"),
    ("kinds", "oxygen_saturation"),
    ("settles_after", "2"),
    ("params.needs_red_low", "1"),
    ("params.signs", "kind breathlessness, answers worse; kind sputum, answers changed colour, both"),
)  # fmt: skip
ACTIVE = VersionSeen(
    1, "active", NOW - 90 * DAY, "Oxygen saturation beyond its limits", ("red", "amber"), TEXTS, NUMBERS,
    type="limits", kinds=("Oxygen saturation",), unit="%",
)  # fmt: skip
DRAFT = replace(
    ACTIVE,
    version=2,
    life="draft",
    since=NOW - DAY,
    differs=(
        DifferenceSeen("params.needs_red_low", "1", "2"),
        DifferenceSeen("patient_text", TEXTS[0][1], "Warm your hands first. " + TEXTS[0][1]),
    ),
)
SHADOW = replace(
    DRAFT, life="shadow", shadow=ShadowSeen(episodes=14, patients=9, red=2, going_on=1, failures=3)
)
PROPOSED = replace(
    SHADOW, proposed_by="Nia Nurse", proposed_by_id=71, proposed_at=NOW - DAY / 24, why="Fewer false alarms in shadow."
)  # fmt: skip
BROKEN = replace(
    DRAFT, problem="Rule every.oxygen_limits@2 is of type astrology, which this program does not have."
)
RETIRED = replace(ACTIVE, life="retired", since=NOW - 2 * DAY)
STEPS = (
    StepSeen(2, "proposed", NOW - DAY / 24, "Nia Nurse", "Fewer false alarms in shadow."),
    StepSeen(2, "shadowed", NOW - DAY, "Nia Nurse", "To see what it finds."),
    StepSeen(2, "entered", NOW - 2 * DAY, "", "It came with the pack every."),
    StepSeen(1, "approved", NOW - 90 * DAY, "Lee Lead", "Agreed.", "Nia Nurse"),
)
RULE = RuleSeen("every.oxygen_limits", "Everyone", 7, ACTIVE, fired=1204)


def one(*waiting: VersionSeen, shown: VersionSeen = ACTIVE) -> RulePageSeen:
    rule = replace(RULE, shown=shown, waiting=waiting)
    return RulePageSeen(rule, tuple(dict.fromkeys((*waiting, shown))), STEPS)


LIST = RulesSeen(
    (
        replace(RULE, waiting=(PROPOSED,)),
        replace(RULE, id="every.pulse_limits", fired=0, shown=replace(ACTIVE, title="Pulse beyond its limits")),
        replace(RULE, id="copd.flare_up", pathway="COPD", shown=SHADOW, waiting=(DRAFT,), fired=3),
        replace(RULE, id="copd.overdue", pathway="COPD", shown=RETIRED, fired=40),
    ),
    ("The packs cannot be read: copd.toml, line 7 ([[rule]] number 2): `type` limit is not known. What is on record goes on.",),
)  # fmt: skip
OWN = one(replace(PROPOSED, proposed_by_id=LEAD.id, proposed_by=LEAD.name))

CHECKED = (
    CheckedSeen("every.oxygen_limits", "Oxygen saturation beyond its limits", "breach", ("Oxygen saturation",), NOW, "red"),
    CheckedSeen("every.pulse_limits", "Pulse beyond its limits", "pending", ("Heart rate",), NOW - DAY),
    CheckedSeen("every.systolic_limits", "Systolic pressure beyond its limits", "normal", ("Systolic",), NOW - 9 * DAY),
    CheckedSeen(
        "copd.drift", "Drifting from the usual", "no_data", ("Heart rate", "Oxygen saturation"),
        there=CountSeen(3, 2, 29), needs=CountSeen(14, 14, 29),
    ),
    CheckedSeen("copd.best", "Peak flow below the best", "no_data", ("Peak flow",), trait="Best peak flow"),
    CheckedSeen("copd.flare_up", "Two signs of a flare-up", "error", ("Breathlessness", "Sputum")),
)  # fmt: skip

PEOPLE = tuple(
    PersonSeen(number, name, "9990000026", about)
    for number, name, about in (
        (1, "Ada Madeup", ("Steps",)),
        (2, "<b>Jo</b> Specimen", ("Peak flow", "FEV1")),
        (3, "Wilhelmina Featherstonehaugh-Cholmondeley", ("Body weight",)),
    )
)
PAUSED = PersonSeen(4, "Tom Away", "9990000026", (), NOW - 40 * DAY, NOW + 9 * DAY, reason="in hospital")
LATE = PersonSeen(5, "Ida Late", "9990000026", ("Systolic", "Dry weight"), due=date(2026, 9, 1))
NOBODY = FoundSeen(0, ())
OXYGEN = "Oxygen saturation beyond its limits"
CARDS = (
    CardSeen("every.oxygen_limits", OXYGEN, "active", 1204, 310, 1100, 700, 90, 210, 340, 47.0, 612, 104, 12.0, "Everyone"),
    CardSeen("copd.flare_up", "Two signs of a flare-up", "active", 3, 2, 0, 0, 0, 0, 1, None, 1, 3, 0.02, "COPD"),
    CardSeen("copd.overdue", "Oxygen readings not received", "retired", 40, 31, 40, 4, 0, 36, 39, 2000.0, 40, 0, 1.1),
    CardSeen("diabetes.overdue", "Glucose readings not received", "active", per_year=None),
    CardSeen("copd.mrc_rise", "More breathless than usual", "shadow", per_year=0.0),
)  # fmt: skip
QUALITY = QualitySeen(
    team="",
    teams=(Choice("1", "Riverside"), Choice("2", "Harbour")),
    cards=CARDS,
    unchecked=FoundSeen(212, PEOPLE),
    past_review=FoundSeen(1, (LATE,)),
    long_paused=FoundSeen(1, (PAUSED,)),
    never_sent=FoundSeen(2, PEOPLE[:2]),
    alone=(TeamSeen("Left Alone", 3, 41),),
    holidays_until=date(2028, 12, 31),
)
NO_QUALITY = replace(
    QUALITY, cards=(), unchecked=NOBODY, past_review=NOBODY, long_paused=NOBODY, never_sent=NOBODY, alone=()
)
