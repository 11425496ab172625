"""The kinds of reading: what each is called, its one stored unit, its codes and its hard limits.

Sources of the numbers, named beside each:
  1.1, 1.2, 2.1  the sections of the project's clinical notes; `docs/` carries what a deployer needs of them
  [P]            our own proposal, no published source
No clinician has signed any of these. They catch mistakes of typing and of devices; they are not thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is measured. One value of a kind is one reading, stored in `unit`.

    reject_*: outside these it is not a reading (the bounds themselves are accepted).
    confirm_*: outside these we ask for another measurement before we keep it.
    answers: for a question with set answers, their texts; the stored value is the place in this list, from 0.
    """

    id: int  # stored in every row: never changed, never used again
    name: str
    label: str  # for staff
    patient_label: str  # in "your ... is higher than ..."
    hint: str  # how to measure it, for the patient
    unit: str = ""  # UCUM code
    unit_label: str = ""  # as shown, and as the API answers; "" where a bare number or an answer says it all
    decimals: int = 0  # as shown; storage keeps what came
    whole: bool = False  # a count or a score: 12.5 is a mistake
    loinc: str | None = None
    snomed: str | None = None
    reject_below: float | None = None
    reject_above: float | None = None
    confirm_below: float | None = None
    confirm_above: float | None = None
    answers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Readings taken together, sent as one item whose value is an object."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    unit: str  # of the required parts, as shown; the optional ones are in their own kind's unit


_ALL = (
    Kind(
        id=1,
        name="systolic",
        label="Systolic blood pressure",
        patient_label="top blood pressure number",
        hint="The bigger number on the monitor. Sit still for 5 minutes first, arm resting on a table.",
        unit="mm[Hg]",
        unit_label="mmHg",
        loinc="8480-6",  # 1.1
        snomed="72313002",  # 1.1
        reject_below=50,  # 1.2 [P]
        reject_above=300,  # 1.2 [P]
        confirm_below=85,  # 1.2 [P]
        confirm_above=200,  # 1.2 [P]
    ),
    Kind(
        id=2,
        name="diastolic",
        label="Diastolic blood pressure",
        patient_label="bottom blood pressure number",
        hint="The smaller number on the monitor, shown under the bigger one.",
        unit="mm[Hg]",
        unit_label="mmHg",
        loinc="8462-4",  # 1.1
        snomed="1091811000000102",  # 1.1, as in UK Core's examples
        reject_below=30,  # 1.2 [P]
        reject_above=200,  # 1.2 [P]
        confirm_below=45,  # 1.2 [P]
        confirm_above=120,  # 1.2 [P]
    ),
    Kind(
        id=3,
        name="heart_rate",
        label="Heart rate",
        patient_label="pulse",
        hint="The number beside the heart or the letters PUL, PR or bpm. Rest for 5 minutes first.",
        unit="/min",
        unit_label="/min",
        loinc="8867-4",  # 1.1
        snomed="364075005",  # 1.1
        reject_below=20,  # 1.2 [P]
        reject_above=250,  # 1.2 [P]
        confirm_below=45,  # 1.2 [P]
        confirm_above=130,  # 1.2 [P]
    ),
    Kind(
        id=4,
        name="oxygen_saturation",
        label="Oxygen saturation",
        patient_label="oxygen level",
        hint="The number marked SpO2 or %. Warm your hand, take off nail varnish, wait until it is steady.",
        unit="%",
        unit_label="%",
        loinc="2708-6",  # 1.1
        snomed="431314004",  # 1.1
        reject_below=50,  # 1.2 [P]
        reject_above=100,  # 1.2 [P]
        confirm_below=88,  # 1.2 [P]; 85 for people on scale 2, see changes.py
    ),
    Kind(
        id=5,
        name="respiratory_rate",
        label="Respiratory rate",
        patient_label="breathing rate",
        hint="Breaths in one whole minute, at rest. It is easiest if somebody else counts.",
        unit="/min",
        unit_label="/min",
        loinc="9279-1",  # 1.1
        snomed="86290005",  # 1.1
        reject_below=4,  # 1.2 [P]
        reject_above=60,  # 1.2 [P]
        confirm_below=8,  # 1.2 [P]
        confirm_above=30,  # 1.2 [P]
    ),
    Kind(
        id=6,
        name="body_temperature",
        label="Temperature",
        patient_label="temperature",
        hint="In degrees Celsius, as the thermometer shows it.",
        unit="Cel",
        unit_label="°C",
        decimals=1,
        loinc="8310-5",  # 1.1
        snomed="386725007",  # 1.1
        reject_below=30,  # 1.2 [P]
        reject_above=43,  # 1.2 [P]
        confirm_below=34.5,  # 1.2 [P]
        confirm_above=39.5,  # 1.2 [P]
    ),
    Kind(
        id=7,
        name="body_weight",
        label="Weight",
        patient_label="weight",
        hint="In the morning, after the toilet and before breakfast, in light clothes, on a hard floor.",
        unit="kg",
        unit_label="kg",
        decimals=1,
        loinc="29463-7",  # 1.1
        snomed="27113001",  # 1.1
        reject_below=25,  # 1.2 [P]
        reject_above=300,  # 1.2 [P]
    ),
    Kind(
        id=8,
        name="glucose",
        label="Blood glucose",
        patient_label="blood sugar",
        hint="Wash and dry your hands first. Send the number with the unit that the meter shows.",
        unit="mmol/L",
        unit_label="mmol/L",
        decimals=1,
        loinc="14743-9",  # 1.1 [M]
        snomed="997671000000106",  # 1.1
        reject_below=0.6,  # 1.2 [P]
        reject_above=50,  # 1.2 [P]
        confirm_below=2.5,  # 1.2 [P]
        confirm_above=25,  # 1.2 [P]
    ),
    Kind(
        id=9,
        name="interstitial_glucose",
        label="Sensor glucose",
        patient_label="sensor sugar level",
        hint="Comes from your sensor by itself.",
        unit="mmol/L",
        unit_label="mmol/L",
        decimals=1,
        loinc="105272-9",  # 1.1
        # 1.2 names 2.2 to 22.2 as what sensors report, but 400 mg/dL is 22.203, which real files hold, and
        # some sensors report to 500 mg/dL (27.8) [M]. A sensor repeats itself, so nobody is asked to confirm.
        reject_below=2.2,
        reject_above=27.8,
    ),
    Kind(
        id=10,
        name="peak_flow",
        label="Peak flow",
        patient_label="peak flow",
        hint="Stand up, blow as hard and fast as you can. Three tries; send the best.",
        unit="L/min",
        unit_label="L/min",
        loinc="33452-4",  # 1.1
        snomed="18491006",  # 1.1
        reject_below=30,  # 1.2 [P]
        reject_above=900,  # 1.2 [P]
    ),
    Kind(
        id=11,
        name="fev1",
        label="FEV1",
        patient_label="lung test number (FEV1)",
        hint="Three tries as you were shown; send the best.",
        unit="L",
        unit_label="L",
        decimals=2,
        loinc="20150-9",  # 1.1
        snomed="59328004",  # 1.1
        reject_below=0.2,  # 1.2 [P]
        reject_above=8,  # 1.2 [P]
    ),
    Kind(
        id=12,
        name="consciousness",
        label="Consciousness (ACVPU)",
        patient_label="alertness",
        hint="A: awake and clear. C: newly confused. V: wakes to a voice. P: only to pain. U: does not wake.",
        answers=("A", "C", "V", "P", "U"),
        loinc="80288-4",  # 1.1 [M]
        snomed="1104441000000107",  # 1.1
    ),
    Kind(
        id=13,
        name="supplemental_oxygen",
        label="Supplemental oxygen",
        patient_label="oxygen flow",
        hint="The number on your oxygen machine. 0 when you breathe without it.",
        unit="L/min",
        unit_label="L/min",
        decimals=1,
        loinc="3151-8",  # 1.1 [M]
        snomed="371825009",  # 1.1; 722742002 when the value is 0
        reject_below=0,  # [P] 0 is room air
        reject_above=60,  # [P] as far as high-flow equipment goes
        confirm_above=15,  # [P] more than any home concentrator gives
    ),
    Kind(
        id=14,
        name="cat_score",
        label="COPD Assessment Test",
        patient_label="COPD score",
        hint="Add up your answers to the eight questions: 0 to 40.",
        unit="{score}",
        whole=True,
        snomed="446660005",  # 1.1
        reject_below=0,  # 1.2
        reject_above=40,  # 1.2
    ),
    Kind(
        id=15,
        name="mrc_dyspnoea",
        label="MRC dyspnoea grade",
        patient_label="breathlessness grade",
        hint="From 1 (only with hard exercise) to 5 (too breathless to leave the house).",
        unit="{score}",
        whole=True,
        snomed="391120009",  # 1.1, grade 1; each grade has its own
        reject_below=1,  # 1.2
        reject_above=5,  # 1.2
    ),
    Kind(
        id=16,
        name="breathlessness",
        label="Breathlessness today",
        patient_label="breathing",
        hint="Compared with your usual day.",
        answers=("better", "same", "worse"),
        snomed="267036007",  # 1.1
    ),
    Kind(
        id=17,
        name="sputum",
        label="Sputum today",
        patient_label="phlegm",
        hint="Compared with your usual day: more of it, another colour, or both.",
        answers=("normal", "more_volume", "changed_colour", "both"),
    ),
    Kind(
        id=18,
        name="ankle_swelling",
        label="Ankle swelling",
        patient_label="ankle swelling",
        hint="Are your ankles more swollen than usual today?",
        answers=("no", "yes"),
        snomed="102572006",  # 1.1 [M]
    ),
    Kind(
        id=19,
        name="extra_pillows",
        label="Extra pillows needed",
        patient_label="pillows",
        hint="Did you need more pillows than usual to sleep?",
        answers=("no", "yes"),
    ),
    Kind(
        id=20,
        name="steps",
        label="Steps in the day",
        patient_label="steps",
        hint="The day's total.",
        unit="{steps}",
        whole=True,
        loinc="41950-7",  # 1.1
        reject_below=0,  # [P]
        reject_above=100_000,  # [P]
    ),
    Kind(
        id=21,
        name="news2",
        label="NEWS2 total",
        patient_label="early warning score",
        hint="Worked out by staff from seven measurements.",
        unit="{score}",
        whole=True,
        snomed="1104051000000101",  # 1.1
        reject_below=0,  # 2.1, RCP 2017
        reject_above=20,  # 2.1, RCP 2017
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}

PANELS: dict[str, Panel] = {
    "blood_pressure": Panel("blood_pressure", ("systolic", "diastolic"), ("heart_rate",), "mmHg"),
}

# What a caller may send. Blood pressure comes as a panel; the two numbers alone are taken too, because some
# device feeds send them apart (and then nobody can check that they belong together).
SENDABLE: frozenset[str] = frozenset(KINDS) | frozenset(PANELS)

_BY_ID = {kind.id: kind for kind in _ALL}


def by_id(kind_id: int) -> Kind:
    """The kind of a stored row. An id nobody gave out is a KeyError: such a row should not exist."""
    return _BY_ID[kind_id]
