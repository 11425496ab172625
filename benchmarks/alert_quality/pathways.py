"""Who measures what and when on each pathway, and what befalls them. The schedules are those of the packs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from benchmarks.alert_quality import signals as s


@dataclass(frozen=True, slots=True)
class Sitting:
    """Things measured together at about one hour, local time."""

    hour: float
    kinds: tuple[str, ...]
    given: float = 0.97  # of the days on which the patient measures at all
    second: bool = False  # a few minutes after another one
    home_week: bool = False  # only in the first seven days of a month
    weekly: bool = False
    after_meal: bool = False
    share: float = 1.0  # of the patients who do this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """A pathway's patients: what they measure, and how many of which event befall them in a year."""

    name: str
    letter: str  # of the patients' names
    share: float  # of the cohort
    signals: tuple[s.Signal, ...]
    symptoms: tuple[s.Symptom, ...] = ()
    sittings: tuple[Sitting, ...]
    owners: dict[str, float] = field(
        default_factory=dict
    )  # kind → share of the patients who measure it; else all
    events: dict[str, float]  # type → a patient-year
    stay: int | None = None  # days; None: the whole time
    unusual: dict[str, tuple[float, float, float]] = field(
        default_factory=dict
    )  # kind → share, usual from … to
    monthly: float = 0.0  # share who measure in the home week only


_BP = ("systolic", "diastolic", "heart_rate")

HYPERTENSION = Pathway(
    name="hypertension",
    letter="h",
    share=0.30,
    signals=(s.SYSTOLIC, s.DIASTOLIC, s.HEART_RATE),
    sittings=(
        Sitting(7.8, _BP),
        Sitting(7.8, _BP, 0.92, second=True, home_week=True),
        Sitting(19.5, _BP, 0.90),
        Sitting(19.5, _BP, 0.88, second=True, home_week=True),
    ),
    events={"bp_drift": 0.40, "bp_crisis": 0.20},
    unusual={"systolic": (0.05, 160, 170)},
    monthly=0.65,
)
HEART_FAILURE = Pathway(
    name="heart_failure",
    letter="f",
    share=0.20,
    signals=(
        s.WEIGHT,
        replace(s.SYSTOLIC, usual=122, between=14, per_day=1, better=0.6, changes=0.7),
        replace(s.DIASTOLIC, usual=72, between=9, per_day=1),
        replace(s.HEART_RATE, usual=71, per_day=1),
        s.OXYGEN,
    ),
    symptoms=(s.BREATHLESSNESS, s.ANKLES, s.PILLOWS),
    sittings=(
        Sitting(7.5, ("body_weight",)),
        Sitting(8.2, (*_BP, "oxygen_saturation"), 0.96),
        Sitting(8.4, ("breathlessness", "ankle_swelling", "extra_pillows"), 0.93),
    ),
    owners={"oxygen_saturation": 0.4, "breathlessness": 0.85, "ankle_swelling": 0.85, "extra_pillows": 0.85},
    events={"decompensation": 0.4, "infection": 0.25},
    unusual={"systolic": (0.10, 92, 101), "heart_rate": (0.06, 47, 53)},
)
COPD = Pathway(
    name="copd",
    letter="c",
    share=0.20,
    signals=(
        replace(s.OXYGEN, usual=93, between=2.5, single=1.0, lowest=87, highest=97.5),
        replace(s.HEART_RATE, usual=80, between=10, single=5.0, shared=0.6, per_day=1),
        s.PEAK_FLOW,
        s.FEV1,
        s.TEMPERATURE,
        s.CAT,
    ),
    symptoms=(s.BREATHLESSNESS, s.SPUTUM),
    sittings=(
        Sitting(9.0, ("oxygen_saturation", "heart_rate")),
        Sitting(9.2, ("breathlessness", "sputum"), 0.95),
        Sitting(9.3, ("peak_flow", "fev1", "body_temperature"), 0.93),
        Sitting(9.5, ("cat_score",), 0.95, weekly=True),
    ),
    owners={
        "breathlessness": 0.9,
        "sputum": 0.9,
        "peak_flow": 0.4,
        "fev1": 0.2,
        "body_temperature": 0.5,
        "cat_score": 0.7,
    },
    events={"exacerbation": 1.5, "infection": 0.2},
    unusual={"oxygen_saturation": (0.08, 88, 90.5)},
)
DIABETES = Pathway(
    name="diabetes",
    letter="d",
    share=0.20,
    signals=(replace(s.GLUCOSE, per_day=2),),
    sittings=(
        Sitting(7.3, ("glucose",)),
        Sitting(10.0, ("glucose",), 0.8, after_meal=True, share=0.25),
        Sitting(14.5, ("glucose",), 0.8, after_meal=True, share=0.35),
        Sitting(20.5, ("glucose",), 0.8, after_meal=True, share=0.6),
    ),
    events={"high_drift": 0.5, "low_run": 0.5},
    unusual={"glucose": (0.05, 12, 14)},
)
_SET = ("oxygen_saturation", "heart_rate", "body_temperature", "respiratory_rate", "consciousness")
VIRTUAL_WARD = Pathway(
    name="virtual_ward",
    letter="v",
    share=0.10,
    signals=(
        replace(s.OXYGEN, usual=96, between=1.0, per_day=3, lowest=93.5),
        replace(s.HEART_RATE, usual=80, per_day=3),
        replace(s.TEMPERATURE, per_day=3),
        replace(s.BREATHING, per_day=3, usual=16.5, between=1.8, highest=21),
        replace(s.SYSTOLIC, usual=128, between=15, per_day=3),
        replace(s.DIASTOLIC, usual=75, per_day=3),
    ),
    symptoms=(s.ALERTNESS,),
    sittings=(
        Sitting(8.0, (*_SET, "systolic", "diastolic")),
        Sitting(13.5, (*_SET, "systolic", "diastolic"), 0.93),
        Sitting(19.5, (*_SET, "systolic", "diastolic"), 0.93),
    ),
    events={"infection": 0.25 * 365 / 14},  # one stay in four
    stay=14,
)

PATHWAYS = {each.name: each for each in (HYPERTENSION, HEART_FAILURE, COPD, DIABETES, VIRTUAL_WARD)}
