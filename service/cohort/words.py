"""The words the made-up cohort speaks: kinds, answers, units, ways of reaching us, mistakes."""

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

# The first answer of each is how a stable day is; the last is what an event makes of it.
ANSWERS = {
    "breathlessness": ("same", "better", "worse"),
    "sputum": ("usual", "more", "coloured"),
    "ankle_swelling": ("no", "yes"),
    "extra_pillows": ("no", "yes"),
    "consciousness": ("alert", "confusion"),
}

UNITS = {
    BLOOD_PRESSURE: "mmHg",
    "heart_rate": "/min",
    "oxygen_saturation": "%",
    "respiratory_rate": "/min",
    "body_temperature": "Cel",
    "body_weight": "kg",
    "glucose": "mmol/L",
    "peak_flow": "L/min",
    "cat_score": "{score}",
}

PROVENANCES = ("device_memory", "typed_by_patient", "typed_by_staff", "file_import")

# What went wrong on the way from a display to us (CLINICAL 1.3, 4.2).
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
