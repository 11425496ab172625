"""The words the made-up cohort speaks: kinds, answers, units, mistakes, pathways, events."""

from ingest import catalogue

BLOOD_PRESSURE = "blood_pressure"

# Columns hold a place in one of these; a name is looked up only where an item is written out.
KINDS = (
    BLOOD_PRESSURE,
    "heart_rate",
    "oxygen_saturation",
    "respiratory_rate",
    "body_temperature",
    "body_weight",
    "glucose",
    "peak_flow",
    "cat_score",
    "breathlessness",
    "sputum",
    "ankle_swelling",
    "extra_pillows",
    "consciousness",
)
KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}

ANSWERS = {kind: catalogue.KINDS[kind].answers or () for kind in KINDS[-5:]}
WHEN_STABLE = {
    "breathlessness": "same",
    "sputum": "normal",
    "ankle_swelling": "no",
    "extra_pillows": "no",
    "consciousness": "A",
}
WHEN_UNWELL = {
    "breathlessness": "worse",
    "sputum": "both",
    "ankle_swelling": "yes",
    "extra_pillows": "yes",
    "consciousness": "C",
}

UNITS = {kind: catalogue.KINDS[kind].unit_label or catalogue.KINDS[kind].unit for kind in KINDS[1:-5]}
UNITS[BLOOD_PRESSURE] = catalogue.PANELS[BLOOD_PRESSURE].unit

# What went wrong on the way from a display to us (clinical notes 1.3, 4.2).
MISTAKES = ("none", "other_unit", "swapped", "other_persons_meter")

PATHWAYS = ("hypertension", "heart_failure", "copd", "diabetes", "virtual_ward")

EVENTS = (
    "heart_failure_decompensation",
    "copd_exacerbation",
    "hypertensive_rise",
    "hypoglycaemia",
    "hyperglycaemia",
    "infection",
    "stopped_sending",
)
