"""What the columns of a plain CSV are called, and which unit each is in."""

from __future__ import annotations

import re
from typing import NamedTuple

from foundation.errors import Refused
from ingest import units
from ingest.catalogue import KINDS

# What programs and people call the kinds, beside the kinds' own names.
_CALLED = {
    "systolic": ("sys", "sbp", "systolic_bp", "systolic_blood_pressure"),
    "diastolic": ("dia", "dbp", "diastolic_bp", "diastolic_blood_pressure"),
    "heart_rate": ("pulse", "hr", "pr", "bpm", "pulse_rate"),
    "oxygen_saturation": ("spo2", "oxygen", "sats"),
    "respiratory_rate": ("rr", "resp_rate", "breathing_rate"),
    "body_temperature": ("temperature", "temp"),
    "body_weight": ("weight",),
    "glucose": ("blood_glucose", "blood_sugar"),
    "interstitial_glucose": ("gl", "sensor_glucose", "cgm"),  # `gl` is what research on sensors calls it
    "peak_flow": ("pef", "pefr"),
    "cat_score": ("cat",),
}
_KIND_OF = {name: name for name in KINDS} | {
    called: name for name, callings in _CALLED.items() for called in callings
}

# Where every home device shows the same unit, a header need not name it. Elsewhere (glucose, weight,
# temperature) two are in use, and the size of a number tells nothing.
_USUAL_UNIT = {
    "systolic": "mmHg",
    "diastolic": "mmHg",
    "heart_rate": "/min",
    "oxygen_saturation": "%",
    "respiratory_rate": "/min",
    "peak_flow": "L/min",
    "supplemental_oxygen": "L/min",
}

_TIME = (
    "measured_at",
    "time",
    "timestamp",
    "datetime",
    "date_time",
    "date_and_time",
    "timestamp_utc",
    "time_utc",
)
_PERSON = ("id", "patient", "patient_id", "person", "person_id", "subject", "subject_id", "name")
_NHS_NUMBER = ("nhs_number", "nhs_no", "nhs")
_WITH_UNIT = re.compile(r"(.*?)\s*[(\[]\s*([^)\]]*?)\s*[)\]]")


class Measure(NamedTuple):
    """A column of values of one kind."""

    place: int
    kind: str
    unit: str | None


class Long(NamedTuple):
    """One reading a row: kind, value, unit, measured_at."""

    kind: int
    value: int
    unit: int | None
    id: int | None
    provenance: int | None


class Columns(NamedTuple):
    """Where everything stands. `measures` is of the wide form, `long` of the long one."""

    time: int
    date: int | None  # where date and time are columns of their own
    utc: bool
    person: int | None
    nhs_number: int | None
    measures: tuple[Measure, ...]
    long: Long | None
    unread: tuple[str, ...]


def columns_of(header: list[str]) -> Columns | None:
    """What these cells are as a header, or None where they are none."""
    split = [_split(cell) for cell in header]
    names = [name for name, _ in split]
    time = _first(names, _TIME)
    if time is None:
        return None
    date = _first(names, ("date",)) if names[time] == "time" else None
    kind, value = _first(names, ("kind",)), _first(names, ("value",))
    long = None
    measures: tuple[Measure, ...] = ()
    if kind is not None and value is not None:
        long = Long(kind, value, *(_first(names, (name,)) for name in ("unit", "id", "provenance")))
    else:
        measures = tuple(
            Measure(place, _KIND_OF[name], unit or _USUAL_UNIT.get(_KIND_OF[name]))
            for place, (name, unit) in enumerate(split)
            if name in _KIND_OF
        )
    if long is None and not measures:
        return None
    person = None if long is not None else _first(names, _PERSON)
    nhs_number = _first(names, _NHS_NUMBER)
    read = {time, date, person, nhs_number, *(long or ()), *(measure.place for measure in measures)}
    unread = tuple(cell for place, cell in enumerate(header) if cell and place not in read)
    return Columns(time, date, names[time].endswith("_utc"), person, nhs_number, measures, long, unread)


def with_unit(columns: Columns, unit: str | None) -> Columns:
    """Every column with its unit. Refused `unit_missing` or `unit_unknown`."""
    measures = []
    for measure in columns.measures:
        kind = KINDS[measure.kind]
        own = measure.unit
        if own is None and kind.unit_label:
            if unit is None:
                choices = " or ".join(f"--unit {accepted}" for accepted in units.ACCEPTED[kind.name])
                raise Refused(
                    "unit_missing",
                    f"The column of {kind.label} names no unit. Say which it is: {choices}. "
                    "We never guess it from the numbers.",
                )
            own = unit
        units.conversion(kind, own)
        measures.append(measure._replace(unit=own))
    return columns._replace(measures=tuple(measures))


def _split(cell: str) -> tuple[str, str | None]:
    """Name and unit of a header's cell: "Weight (kg)", "Readings [mmol/L]", "glucose mg/dL"."""
    if match := _WITH_UNIT.fullmatch(cell):
        return _name(match[1]), match[2] or None
    head, _, tail = cell.rpartition(" ")
    if head and (kind := _KIND_OF.get(_name(head))) is not None:
        accepted = {unit.casefold() for unit in units.ACCEPTED.get(kind, ())}
        if tail.casefold() in accepted:
            return _name(head), tail
    return _name(cell), None


def _name(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip().casefold())


def _first(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)
