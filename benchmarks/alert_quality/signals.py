"""What is measured and how it scatters: within and between people.

Numbers: clinical notes 4.1, which name their sources; [P] is our own proposal, with no published source. All of them are
for adults at home. Steps, walks and one-off errors are [P].
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One kind of reading as a pathway's patients have it, in its stored unit."""

    kind: str
    unit: str  # UCUM
    usual: float  # mean of people's usual
    between: float  # SD of people's usual
    single: float  # SD of one reading about its person's usual
    shared: float  # the part of that variance that all readings of one day have in common
    ar: float  # lag-1 autocorrelation of the daily means
    per_day: int = 1  # readings that make a daily mean
    lowest: float  # nobody's usual lies below
    highest: float  # nor above
    floor: float  # no reading lies below
    ceiling: float  # nor above
    decimals: int = 0
    harmful: int = 1  # the direction that harms
    walk: float = 0.0  # SD of the daily step of the slow walk
    winter: float = 0.0  # half the way from July to January
    changes: float = 0.0  # benign changes of medicine or device a year
    change: float = 0.0  # SD of such a step
    better: float = 0.5  # share of the steps that go away from harm
    slips: tuple[float, float, float] = (
        0.0,
        0.0,
        0.0,
    )  # one-off bad readings: share, and from … to this much off
    wrong_unit: tuple[float, float] | None = (
        None  # value * first + second: the number in the unit it is mixed up with
    )
    other_unit: tuple[str, float] | None = (
        None  # what some people's device sends, correctly: its name, and its size
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A question with set answers. Whether it is answered with a complaint follows a hidden score that has SD 1."""

    kind: str
    usual: tuple[float, ...] = (0.0,)  # stored answers on a day without complaint, equally likely
    complaint: tuple[float, ...] = (1.0,)  # and with one
    rate: tuple[float, float] = (
        1.0,
        19.0,
    )  # Beta: a person's share of days with a complaint when nothing is wrong
    ar: float = 0.5  # of the hidden score: bad days come together
    answers_ar: float = 0.25  # and of the answers, which show only a part of that


SYSTOLIC = Signal(
    kind="systolic",
    unit="mm[Hg]",
    usual=138,
    between=13,
    single=7.6,
    shared=0.45,  # with four a day: 7.6 of single ones and 5.8 of daily means
    ar=0.30,
    per_day=4,
    lowest=92,
    highest=172,
    floor=60,
    ceiling=260,
    walk=0.15,
    winter=2.5,
    changes=0.9,
    change=6.0,
    better=0.75,
    slips=(0.02, 10, 28),  # talking, the arm hanging
    wrong_unit=(1 / 7.50062, 0.0),
)
DIASTOLIC = replace(
    SYSTOLIC,
    kind="diastolic",
    usual=80,
    between=9,
    single=7.1,
    shared=0.44,
    ar=0.39,
    lowest=52,
    highest=102,
    floor=34,
    ceiling=150,
    walk=0.1,
    winter=1.5,
    change=0.0,  # goes with systolic
    slips=(0.02, 5, 14),
)
HEART_RATE = Signal(
    kind="heart_rate",
    unit="/min",
    usual=70,
    between=11,
    single=7.3,
    shared=0.69,
    ar=0.30,
    per_day=4,
    lowest=47,
    highest=104,
    floor=34,
    ceiling=190,
    walk=0.1,
    changes=0.4,
    change=6.0,
    better=0.7,
    slips=(0.015, 15, 35),  # straight after the stairs
)
OXYGEN = Signal(
    kind="oxygen_saturation",
    unit="%",
    usual=96.3,
    between=1.1,
    single=1.2,
    shared=0.5,
    ar=0.3,
    lowest=93,
    highest=98.5,
    floor=60,
    ceiling=100,
    harmful=-1,
    walk=0.015,
    winter=-0.2,
    changes=0.2,
    change=0.8,  # another oximeter
    slips=(0.012, -9, -3),  # cold finger, nail varnish
    wrong_unit=(0.01, 0.0),
)
TEMPERATURE = Signal(
    kind="body_temperature",
    unit="Cel",
    usual=36.6,
    between=0.3,
    single=0.25,
    shared=0.5,
    ar=0.2,
    lowest=35.9,
    highest=37.2,
    floor=33.5,
    ceiling=41.5,
    decimals=1,
    winter=-0.05,
    slips=(0.012, -1.2, 0.9),  # a hot drink, badly placed
    wrong_unit=(1.8, 32.0),
)
BREATHING = Signal(
    kind="respiratory_rate",
    unit="/min",
    usual=17,
    between=3,
    single=2,
    shared=0.5,
    ar=0.3,
    lowest=11,
    highest=24,
    floor=6,
    ceiling=55,
    walk=0.02,
    slips=(0.02, 4, 10),  # counted for too long, or talking
)
WEIGHT = Signal(
    kind="body_weight",
    unit="kg",
    usual=80,
    between=16,
    single=0.62,  # 4.1: 0.36 in the healthy, 0.6 to 0.9 proposed for heart failure
    shared=0.7,
    ar=0.4,
    lowest=42,
    highest=150,
    floor=35,
    ceiling=290,
    decimals=1,
    walk=0.05,
    changes=0.9,
    change=0.8,  # diuretics, another scale
    better=0.6,
    slips=(0.02, 0.8, 2.2),  # in clothes
    wrong_unit=(2.20462, 0.0),
    other_unit=("lb", 0.45359237),
)
GLUCOSE = Signal(
    kind="glucose",
    unit="mmol/L",
    usual=7.8,
    between=2.0,
    single=1.45,  # 18 % of the usual fasting value
    shared=0.4,
    ar=0.2,
    lowest=5.2,
    highest=14.0,
    floor=1.2,
    ceiling=33,
    decimals=1,
    walk=0.02,
    winter=0.2,
    changes=0.8,
    change=1.0,
    better=0.7,
    slips=(0.012, 3, 9),  # unwashed hands
    wrong_unit=(18.0156, 0.0),
    other_unit=("mg/dL", 1 / 18.0156),
)
PEAK_FLOW = Signal(
    kind="peak_flow",
    unit="L/min",
    usual=220,
    between=70,
    single=10,
    shared=0.6,
    ar=0.4,
    lowest=90,
    highest=450,
    floor=40,
    ceiling=700,
    harmful=-1,
    walk=0.3,
    changes=0.4,
    change=10,
    slips=(0.02, -70, -25),  # poor effort
)
FEV1 = replace(
    PEAK_FLOW,
    kind="fev1",
    unit="L",
    usual=1.3,
    between=0.45,
    single=0.06,
    lowest=0.5,
    highest=3.0,
    floor=0.25,
    ceiling=5,
    decimals=2,
    walk=0.0015,
    change=0.05,
    slips=(0.02, -0.4, -0.15),
    wrong_unit=(1000.0, 0.0),
)
CAT = Signal(
    kind="cat_score",
    unit="{score}",
    usual=18,
    between=8,
    single=2,
    shared=1.0,
    ar=0.6,
    lowest=3,
    highest=36,
    floor=0,
    ceiling=40,
)

BREATHLESSNESS = Symptom(kind="breathlessness", usual=(1.0, 1.0, 1.0, 1.0, 0.0), complaint=(2.0,))
SPUTUM = Symptom(kind="sputum", complaint=(1.0, 1.0, 2.0, 3.0))
ANKLES = Symptom(kind="ankle_swelling", rate=(0.8, 15.0))
PILLOWS = Symptom(kind="extra_pillows", rate=(0.6, 24.0))
ALERTNESS = Symptom(kind="consciousness", complaint=(1.0,), rate=(0.2, 99.8))
