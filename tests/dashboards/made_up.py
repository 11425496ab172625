"""Made-up people, readings and alerts, the same on every run, for the tests of staff's pages."""

import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dashboards.presenters.views import (
    Adherence,
    AlertSeen,
    Bounds,
    Checking,
    Choice,
    DriftSeen,
    EvidenceSeen,
    Frame,
    HeldSeen,
    KindSeen,
    PatientRow,
    PatientSeen,
    PatientsSeen,
    Point,
    QueueFilters,
    QueueSeen,
    RecordSeen,
    ResponseSeen,
    RuleSeen,
    Series,
    SilentSeen,
    TimelineEntry,
    TrendsSeen,
    ViewerSeen,
)
from people.rights import RIGHTS

NOW = datetime(2026, 11, 20, 8, 14, 11, tzinfo=UTC)
DAY = timedelta(days=1)

SYSTOLIC = KindSeen("systolic", "Systolic blood pressure", "mmHg")
DIASTOLIC = KindSeen("diastolic", "Diastolic blood pressure", "mmHg")
OXYGEN = KindSeen("oxygen_saturation", "Oxygen saturation", "%")
WEIGHT = KindSeen("body_weight", "Weight", "kg", 1)
PULSE = KindSeen("heart_rate", "Heart rate", "/min")
BREATH = KindSeen("breathlessness", "Breathlessness", "", answers=("Less", "As usual", "More"))


def colleague(number: int, name: str, role: str, team: str = "") -> ViewerSeen:
    """A member of staff with the rights of their role."""
    may = frozenset(right for right, roles in RIGHTS.items() if role in roles)
    return ViewerSeen(number, name, role, team, may)


CLINICIAN = colleague(7, "Nurse Example", "clinician", "Newham East")
COORDINATOR = colleague(8, "Coordinator Sample", "coordinator")
LEAD = colleague(9, "Lead Specimen", "lead")
PATIENT = ViewerSeen(1, "Ada Madeup", "patient", may=frozenset({"own.see"}))

CHECKED = Checking(NOW - timedelta(minutes=12), 412, 412, 0)
STOPPED = Checking(NOW - timedelta(hours=3), 412, 412, 0, NOW - timedelta(hours=2, minutes=50))

TEAMS = (Choice("1", "Newham East"), Choice("2", "Newham West"))
PATHWAYS = (Choice("copd", "COPD"), Choice("heart_failure", "Heart failure"))
OUTCOMES = (
    Choice("advice", "Advice given by phone"),
    Choice("medication", "Medicine changed"),
    Choice("technique", "Measured wrongly, shown how"),
    Choice("gp", "Passed to the GP"),
    Choice("no_action", "No action needed"),
)


def staff(viewer: ViewerSeen = CLINICIAN, checking: Checking | None = CHECKED, **more: str) -> Frame:
    return Frame(NOW, "made-up-token", viewer, demo=True, checking=checking, **more)


def patient_frame(**more: str) -> Frame:
    return Frame(NOW, "made-up-token", PATIENT, demo=True, **more)


def nhs_number(nth: int) -> str:
    """The nth valid number of the range kept for tests."""
    for stem in range(999000001, 1000000000):
        digits = [int(c) for c in str(stem)]
        check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check == 10:
            continue
        if nth == 0:
            return f"{stem}{0 if check == 11 else check}"
        nth -= 1
    raise AssertionError


def person(nth: int, name: str, year: int, *pathways: str, team: str = "Newham East") -> PatientSeen:
    return PatientSeen(
        nth, nhs_number(nth), name, date(year, 1 + nth % 12, 3 + nth), pathways, team, "020 7946 0000"
    )


ADA = person(1, "Ada Madeup", 1948, "Heart failure", "Hypertension")
BEN = person(2, "Benjamin Oluwaseun Verylong-Doublebarrelled Sample", 1939, "COPD")
JO = person(3, "<b>Jo</b> Specimen", 1962, "Hypertension", team="Newham West")
DEE = person(4, "Deepa Fictional", 1957, "Diabetes")
ED = person(5, "Ed Invented", 1971, "Virtual ward")


def series(
    kind: KindSeen,
    usual: float,
    spread: float,
    bounds: Bounds | None,
    *,
    days: int = 30,
    drift: float = 0,
    skip: frozenset[int] = frozenset(),
    seed: int = 1,
) -> Series:
    """Once a day at about 08:00, with noise, a drift in the last week, and the days of `skip` left out."""
    chance = random.Random(f"{kind.code}{seed}")
    points = []
    for back in range(days, -1, -1):
        if back in skip:
            continue
        at = NOW - back * DAY - timedelta(minutes=chance.randint(5, 70))
        value = usual + chance.gauss(0, spread) + drift * max(0, 7 - back) / 7
        provenance = chance.choice(("device", "typed_by_patient", "typed_by_patient"))
        points.append(Point(at, round(value, kind.decimals), provenance))
    earlier = tuple(usual + spread * math.sin(n) for n in range(30))
    return Series(kind, tuple(points), (bounds,) if bounds else (), earlier)


LONG_AGO = NOW - 400 * DAY
SYS_BOUNDS = Bounds(LONG_AGO, 90, 100, 150, 180, "Hypertension pathway")
DIA_BOUNDS = Bounds(LONG_AGO, 45, 50, 95, 110, "Hypertension pathway")
OXY_BOUNDS = Bounds(LONG_AGO, 87, 89, None, None, "COPD pathway")


def pressures(days: int = 30) -> tuple[Series, Series]:
    top = series(SYSTOLIC, 142, 8, SYS_BOUNDS, days=days, drift=38, skip=frozenset({11, 12, 13, 14}))
    foot = tuple(
        Point(p.at, round(p.value * 0.58 + 2 * math.sin(n)), p.provenance) for n, p in enumerate(top.points)
    )
    points = list(top.points)
    points[-2] = replace(points[-2], confirmed=False)
    points[4] = replace(points[4], corrected=True)
    points[6] = replace(points[6], late=True, received_at=points[6].at + 2 * DAY)
    changed = replace(SYS_BOUNDS, from_at=NOW - 9 * DAY, amber_high=160, set_by="Nurse Example, 11 Nov 2026")
    return replace(top, points=tuple(points), bounds=(SYS_BOUNDS, changed)), Series(
        DIASTOLIC, foot, (DIA_BOUNDS,), tuple(80.0 for _ in range(30))
    )


def oxygen(days: int = 30) -> Series:
    found = series(OXYGEN, 92, 1, OXY_BOUNDS, days=days)
    last = replace(found.points[-1], value=86)
    return replace(found, points=(*found.points[:-1], last))


def weight(days: int = 30) -> Series:
    return series(WEIGHT, 82.4, 0.4, Bounds(LONG_AGO, None, None, 84.5, 86), days=days, drift=2.6)


TOP, FOOT = pressures()
HIGH = [p for p in TOP.points if p.value >= 165]


def alert(patient: PatientSeen, nth: int, **more: object) -> AlertSeen:
    plain = {
        "id": f"0199{nth:04d}-0000-7000-8000-00000000000{nth % 10}",
        "patient": patient,
        "rule": "hypertension.sustained",
        "rule_title": "Sustained high blood pressure",
        "version": 3,
        "severity": "amber",
        "state": "raised",
        "sentence": "Systolic 168 mmHg on 3 of the last 4 days: 8 above the amber limit of 160.",
        "raised_at": NOW - timedelta(minutes=40),
        "last_at": NOW - timedelta(minutes=47),
        "spark": TOP,
    }
    return AlertSeen(**(plain | more))  # type: ignore[arg-type]  # the fields are as above


RED = alert(
    BEN,
    1,
    rule="copd.oxygen",
    rule_title="Oxygen below the patient's limit",
    severity="red",
    sentence="Oxygen saturation 86%: at or below the red limit of 87.",
    raised_at=NOW - timedelta(minutes=12),
    last_at=NOW - timedelta(minutes=14),
    spark=oxygen(),
)
FULL = alert(
    ADA,
    2,
    first_at=HIGH[0].at,
    last_at=HIGH[-1].at,
    acknowledged_by="Nurse Example",
    acknowledged_at=NOW - timedelta(minutes=9),
    claimed_by="Nurse Example",
    claimed_by_id=7,
    claimed_at=NOW - timedelta(minutes=8),
    state="claimed",
    episodes=3,
    arithmetic=(
        "Readings of the last 4 days, first of each day: 171, 158, 168, 176",
        "3 of 4 are at or above 160 (needed: 3)",
        "Worst: 176, which is 16 above 160 and 4 below the red limit of 180",
    ),
    evidence=tuple(
        EvidenceSeen(SYSTOLIC, p.at, p.value, p.provenance, superseded=p is HIGH[0]) for p in HIGH
    ),
    timeline=(
        TimelineEntry(NOW - timedelta(minutes=40), "raised", note="Amber, version 3"),
        TimelineEntry(NOW - timedelta(minutes=9), "acknowledged", "Nurse Example"),
        TimelineEntry(NOW - timedelta(minutes=8), "claimed", "Nurse Example"),
        TimelineEntry(
            NOW - timedelta(minutes=5),
            "note",
            "Nurse Example",
            "Rang at 08:09, no answer. Will try again at 09:00.",
        ),
    ),
)
MISSING = alert(
    ADA,
    3,
    rule="heart_failure.missing",
    rule_title="Expected reading missing",
    severity="blue",
    sentence="No weight since Tue 17 Nov: 3 expected, none came.",
    raised_at=NOW - timedelta(hours=14),
    last_at=NOW - timedelta(hours=20),
    spark=None,
)
SETTLED = alert(
    JO,
    4,
    raised_at=NOW - timedelta(hours=26),
    last_at=NOW - timedelta(hours=27),
    settled_at=NOW - timedelta(hours=3),
    acknowledged_by="Dr Placeholder",
    acknowledged_at=NOW - timedelta(hours=20),
    claimed_by="Dr Placeholder",
    claimed_by_id=30,
    state="claimed",
)
LATE = alert(
    DEE,
    5,
    rule="diabetes.high",
    rule_title="High glucose",
    severity="yellow",
    sentence="Fasting glucose 11.4 mmol/L on average over 7 days: 1.4 above the target of 10.",
    raised_at=NOW - timedelta(days=1, hours=2),
    last_at=NOW - timedelta(days=4),
    late=True,
    spark=None,
)
AGAIN = alert(ED, 6, raised_again_at=NOW - timedelta(minutes=30), raised_at=NOW - timedelta(hours=5))
DONE = alert(
    ADA, 7, state="resolved", resolved_by="Dr Placeholder", outcome="Advice given by phone",
    resolved_at=NOW - 3 * DAY, raised_at=NOW - 4 * DAY,
)  # fmt: skip

QUEUE = QueueSeen(
    (FULL, LATE, RED, MISSING, SETTLED, AGAIN),
    {"red": 1, "amber": 3, "blue": 1, "yellow": 1},
    QueueFilters(),
    TEAMS,
    OUTCOMES,
)
EMPTY_QUEUE = QueueSeen((), {}, QueueFilters(), TEAMS, OUTCOMES)


def record(days: int = 30) -> RecordSeen:
    held = (
        HeldSeen(
            "91",
            OXYGEN,
            NOW - timedelta(minutes=30),
            "58%",
            "Far below this patient's usual of 92%: perhaps 98.",
        ),
        HeldSeen(
            "92",
            WEIGHT,
            NOW - timedelta(hours=1),
            "84.0 kg",
            "Another value came for the same moment.",
            "80.4 kg",
        ),
    )
    shown = (
        *pressures(days),
        oxygen(days),
        weight(days),
        series(PULSE, 72, 5, None, days=days, skip=frozenset(range(4, 20))),
        series(BREATH, 1, 0.6, None, days=days),
    )
    kept = tuple(
        replace(s, points=tuple(replace(p, value=min(2, max(0, p.value))) for p in s.points))
        if s.kind is BREATH
        else s
        for s in shown
    )
    return RecordSeen(ADA, days, kept, (FULL, MISSING, DONE), held, OUTCOMES)


EMPTY_RECORD = RecordSeen(JO, 7, (), (), (), OUTCOMES, date(2026, 11, 30), "in hospital")

PATIENTS = PatientsSeen(
    (
        PatientRow(ADA, NOW - timedelta(minutes=47), {"amber": 1, "blue": 1}),
        PatientRow(BEN, NOW - timedelta(minutes=14), {"red": 1}),
        PatientRow(DEE, NOW - 4 * DAY, {"yellow": 1}),
        PatientRow(ED, NOW - timedelta(hours=22), {"amber": 1}),
        PatientRow(JO, None, {}, date(2026, 11, 30)),
    ),
    TEAMS,
    PATHWAYS,
)
NO_PATIENTS = PatientsSeen((), TEAMS, PATHWAYS, q="Nobody Atall")

TRENDS = TrendsSeen(
    "",
    "",
    TEAMS,
    PATHWAYS,
    (
        DriftSeen(ADA, WEIGHT, 84.6, 7, 82.4, 27, 3.1, weight(35)),
        DriftSeen(BEN, OXYGEN, 90, 6, 92, 28, -2.2, oxygen(35)),
        DriftSeen(JO, SYSTOLIC, 158, 7, 142, 24, 1.9, TOP),
    ),
    (
        SilentSeen(DEE, NOW - 4 * DAY, 8, "glucose twice a day", LATE.id),
        SilentSeen(ED, None, 14, "blood pressure and temperature every day"),
    ),
    (
        Adherence("COPD", 88, 2106, 2464),
        Adherence("Heart failure", 61, 4699, 5124),
        Adherence("Hypertension", 40, 320, 480),
    ),
    (Adherence("Newham East", 120, 5040, 5600), Adherence("Newham West", 69, 2085, 2468)),
    tuple(
        (date(2026, 10, 24) + n * DAY, 240 + round(30 * math.sin(n)), 288 if n % 7 < 5 else 270)
        for n in range(28)
    ),
)
NO_TRENDS = TrendsSeen("", "", TEAMS, PATHWAYS, (), (), (), ())

RULES = (
    RuleSeen("copd.oxygen", "Oxygen below the patient's limit", 2, "COPD", ("red", "amber"), 31, 28, 22, 11),
    RuleSeen(
        "hypertension.sustained",
        "Sustained high blood pressure",
        3,
        "Hypertension",
        ("amber",),
        54,
        50,
        31,
        96,
    ),
    RuleSeen("heart_failure.weight", "Weight up 2 kg in 3 days", 1, "Heart failure", ("amber",)),
)
RESPONSES = (
    ResponseSeen("red", 31, 30, 9, 27, 30, 28),
    ResponseSeen("amber", 88, 80, 95, 410, 240, 71),
    ResponseSeen("blue", 140, 120, 600, 2900),
    ResponseSeen("yellow", 0, 0, None, None),
)
