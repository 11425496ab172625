"""Units as people and devices send them, turned into the one unit a kind is stored in.

Exact factors and no guessing: a number without a unit is refused where its kind has one, whatever its size.
Nothing is rounded here.
"""

from __future__ import annotations

from typing import NamedTuple

from foundation.errors import Refused
from ingest.catalogue import Kind


class Conversion(NamedTuple):
    """stored = (given - subtract) * multiply / divide."""

    subtract: float = 0.0
    multiply: float = 1.0
    divide: float = 1.0

    def apply(self, value: float) -> float:
        """The value in the kind's stored unit."""
        return (value - self.subtract) * self.multiply / self.divide


AS_IT_IS = Conversion()

_PRESSURE = {
    "mmHg": AS_IT_IS,
    "mm[Hg]": AS_IT_IS,
    "kPa": Conversion(multiply=7.50062),  # clinical notes 1.1; 133.322 Pa in a millimetre of mercury
}
_BEATS = dict.fromkeys(
    ("/min", "bpm", "beats/min", "beats per minute", "count/min", "{beats}/min", "1/min"), AS_IT_IS
)
_BREATHS = dict.fromkeys(
    # UK Core's own NEWS2 example sends {Breaths}/min against its own profile (clinical notes 1.4, trap 2)
    ("/min", "breaths/min", "breaths per minute", "count/min", "{Breaths}/min", "1/min"),
    AS_IT_IS,
)
_SHARE = {
    "%": AS_IT_IS,
    "1": Conversion(multiply=100.0),  # UCUM's unit of a plain fraction: 0.97 is 97 %
}
_TEMPERATURE = {
    **dict.fromkeys(("Cel", "°C", "C", "degC", "celsius"), AS_IT_IS),
    **dict.fromkeys(
        ("[degF]", "°F", "F", "degF", "fahrenheit"), Conversion(subtract=32.0, multiply=5.0, divide=9.0)
    ),
}
_POUND = 0.45359237  # kg, exactly, by the international agreement of 1959
_WEIGHT = {
    "kg": AS_IT_IS,
    "g": Conversion(divide=1000.0),
    **dict.fromkeys(("lb", "lbs", "[lb_av]"), Conversion(multiply=_POUND)),
    **dict.fromkeys(("st", "stone", "[stone_av]"), Conversion(multiply=14 * _POUND)),
}
_GLUCOSE = {
    "mmol/L": AS_IT_IS,
    "mg/dL": Conversion(divide=18.0156),  # clinical notes 1.1; a tenth of glucose's 180.156 g/mol
}
_FLOW = {"L/min": AS_IT_IS, "L/s": Conversion(multiply=60.0)}
_SUPPLY = {"L/min": AS_IT_IS}
_VOLUME = {"L": AS_IT_IS, "mL": Conversion(divide=1000.0)}
_SCORE = dict.fromkeys(("{score}", "{ScoreOf}", "score", "1"), AS_IT_IS)
_STEPS = dict.fromkeys(("{steps}", "{steps}/d", "steps", "count"), AS_IT_IS)

ACCEPTED: dict[str, dict[str, Conversion]] = {
    "systolic": _PRESSURE,
    "diastolic": _PRESSURE,
    "heart_rate": _BEATS,
    "oxygen_saturation": _SHARE,
    "respiratory_rate": _BREATHS,
    "body_temperature": _TEMPERATURE,
    "body_weight": _WEIGHT,
    "glucose": _GLUCOSE,
    "interstitial_glucose": _GLUCOSE,
    "peak_flow": _FLOW,
    "fev1": _VOLUME,
    "supplemental_oxygen": _SUPPLY,
    "cat_score": _SCORE,
    "mrc_dyspnoea": _SCORE,
    "news2": _SCORE,
    "steps": _STEPS,
}

# Within one kind no two units differ only by case, so a phone's "Kg" or "MMHG" needs no refusal.
_FOLDED = {name: {unit.casefold(): how for unit, how in table.items()} for name, table in ACCEPTED.items()}


def conversion(kind: Kind, unit: str | None) -> Conversion:
    """How to turn a number in this unit into the kind's stored unit.

    Refused `unit_missing` where the kind has a unit and none came, `unit_unknown` where we do not know it.
    """
    given = (unit or "").strip()
    if not given:
        if kind.unit_label:
            raise Refused("unit_missing", f"Say which unit this is in. {_choices(kind)}", field="unit")
        return AS_IT_IS
    how = _FOLDED.get(kind.name, {}).get(given.casefold())
    if how is None:
        raise Refused("unit_unknown", f"We do not know this unit here. {_choices(kind)}", field="unit")
    return how


def to_canonical(kind: Kind, value: float, unit: str | None) -> float:
    """The value in the kind's stored unit, exact. Refused as `conversion` says."""
    return conversion(kind, unit).apply(value)


def _choices(kind: Kind) -> str:
    accepted = ACCEPTED.get(kind.name)
    if not accepted:
        return f"{kind.label} takes no unit."
    return f"{kind.label} can be sent in {', '.join(accepted)}."
