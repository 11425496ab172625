"""The limits of a kind: beyond the hard ones it is no reading, beyond the soft ones we ask for another."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.catalogue import KINDS, Kind
from ingest.values import RUN_TOGETHER, Number, Trouble, run_together

# Where one unit's usual numbers are another's impossible ones, we say what it looks like. Clinical notes 1.2.
_MG_DL_POSSIBLE = 30.0  # mmol/L: from here a glucose may be mg/dL
_MG_DL_CERTAIN = (50.0, 600.0)  # mmol/L: no one's glucose, but an everyday one in mg/dL
_FAHRENHEIT = (43.0, 113.0)  # °C: no one's temperature, but an everyday one in °F

# Clinical notes 1.2, mmHg.
PULSE_PRESSURE_LEAST = 10.0
PULSE_PRESSURE_USUAL = (20.0, 100.0)

_HIGHEST = KINDS["systolic"].reject_above or 0.0

_GLUCOSE = (KINDS["glucose"].id, KINDS["interstitial_glucose"].id)


def plain_range(kind: Kind, *, oxygen_confirm: float | None = None) -> tuple[float, float]:
    """Between these (and on them) a value passes every limit of its kind."""
    lows = [low for low in (kind.reject_below, confirm_below(kind, oxygen_confirm)) if low is not None]
    highs = [high for high in (kind.reject_above, kind.confirm_above) if high is not None]
    return max(lows, default=0.0), min(highs, default=float(len(kind.answers or ())))


def confirm_below(kind: Kind, oxygen_confirm: float | None) -> float | None:
    """The lower soft limit; oxygen's is another one for people on scale 2."""
    if oxygen_confirm is not None and kind.name == "oxygen_saturation":
        return oxygen_confirm
    return kind.confirm_below


def impossible(number: Number) -> Trouble | None:
    """Why this is no reading, or None."""
    kind, value = number.part.kind, number.value
    if kind.whole and value != int(value):
        return Trouble("not_whole", f"{kind.label} is a whole number. Send it without a decimal point.")
    low, high = kind.reject_below, kind.reject_above
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    where = f" in {kind.unit_label}" if kind.unit_label else ""
    return _slip(number) or Trouble(
        "impossible_value", f"{kind.label}{where} cannot be this number. Check it and send it again."
    )


def _slip(number: Number) -> Trouble | None:
    """What an impossible number looks like, where it looks like something."""
    kind, value = number.part.kind, number.value
    if kind.id in _GLUCOSE and _MG_DL_CERTAIN[0] < value <= _MG_DL_CERTAIN[1]:
        return _unit("This looks like mg/dL, not mmol/L. Send the same number with the unit mg/dL.")
    if kind.name == "body_temperature" and _FAHRENHEIT[0] < value < _FAHRENHEIT[1]:
        return _unit("This looks like degrees Fahrenheit. Send the same number with the unit °F.")
    if kind.name == "body_weight" and 0 < value < (kind.reject_below or 0):
        return _unit("Too light for kilograms. If it is in stones, send the same number with the unit st.")
    if kind.name == "oxygen_saturation" and 0 < value <= 1:
        return _unit("This looks like a fraction, not a percentage. Send the same number with the unit 1.")
    if kind.name in ("systolic", "diastolic") and number.given >= RUN_TOGETHER:
        return run_together()
    return None


def _unit(sentence: str) -> Trouble:
    return Trouble("wrong_unit_likely", sentence, "unit")


def doubtful(number: Number, *, oxygen_confirm: float | None = None) -> Trouble | None:
    """Why this should be measured again before it is kept, or None."""
    kind, value = number.part.kind, number.value
    low, high = confirm_below(kind, oxygen_confirm), kind.confirm_above
    if kind.id in _GLUCOSE and value >= _MG_DL_POSSIBLE and high is not None:
        return Trouble(
            "wrong_unit_possible",
            "This is very high for mmol/L. Check whether your meter shows mg/dL. Measure again in 5 minutes "
            "and send it with the meter's unit. If you feel unwell, call 111, or 999 if very unwell.",
        )
    if low is not None and value < low:
        return _measure_again(kind, "lower")
    if high is not None and value > high:
        return _measure_again(kind, "higher")
    return None


def _measure_again(kind: Kind, side: str) -> Trouble:
    return Trouble(
        "unusual_value",
        f"Your {kind.patient_label} is much {side} than we usually see. Rest, measure again in 5 minutes and "
        "send it. If you feel unwell, call 111, or 999 if very unwell.",
    )


def impossible_pair(numbers: Sequence[Number]) -> Trouble | None:
    """Why the two numbers of one blood pressure do not belong together, or None."""
    pulse_pressure = _pulse_pressure(numbers)
    if pulse_pressure is None or pulse_pressure >= PULSE_PRESSURE_LEAST:
        return None
    if any(number.value > _HIGHEST for number in numbers):
        return None  # the number itself is what is wrong, and `impossible` says so
    if pulse_pressure < 0:
        return Trouble(
            "blood_pressure_swapped",
            "The bottom number is bigger than the top one. They may be swapped: check both, send them again.",
            "value/diastolic",
        )
    return Trouble(
        "pulse_pressure_too_small",
        "The two numbers are too close together. They may be swapped, or one may be the pulse: check them "
        "and send them again.",
        "value/diastolic",
    )


def doubtful_pair(numbers: Sequence[Number]) -> Trouble | None:
    """Why one blood pressure should be measured again, looking at its two numbers together, or None."""
    pulse_pressure = _pulse_pressure(numbers)
    if pulse_pressure is None or usual_pair(pulse_pressure, 0):
        return None
    how = "close together" if pulse_pressure < PULSE_PRESSURE_USUAL[0] else "far apart"
    return Trouble(
        "pulse_pressure_unusual",
        f"The two numbers are unusually {how}. Sit still, measure again in 5 minutes and send it.",
    )


def usual_pair(systolic: float, diastolic: float) -> bool:
    """Whether the two numbers of one blood pressure, in mmHg, are as far apart as they usually are."""
    return PULSE_PRESSURE_USUAL[0] <= systolic - diastolic <= PULSE_PRESSURE_USUAL[1]


def _pulse_pressure(numbers: Sequence[Number]) -> float | None:
    """Top minus bottom, mmHg; None where it is no blood pressure."""
    values = {number.part.kind.name: number.value for number in numbers}
    if "systolic" in values and "diastolic" in values:
        return values["systolic"] - values["diastolic"]
    return None
