"""Changes from what is usual for one patient that are odd enough to ask for another measurement.

All from the clinical notes, section 1.2 [P]; none is a rule that raises alerts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingest.catalogue import KINDS
from ingest.values import Trouble

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONTH = timedelta(days=30)

_SYSTOLIC = KINDS["systolic"].id
_OXYGEN = KINDS["oxygen_saturation"].id
_WEIGHT = KINDS["body_weight"].id
_CAT = KINDS["cat_score"].id
_PEAK_FLOW = KINDS["peak_flow"].id
_FEV1 = KINDS["fev1"].id

SYSTOLIC_CHANGE = 40.0  # mmHg against the mean of 7 days
OXYGEN_FALL = 4.0  # points below the patient's own baseline
WEIGHT_CHANGE = 3.0  # kg in 24 hours
WEIGHT_SHARE = 0.10  # of the weight up to 30 days ago
CAT_CHANGE = 8.0  # points in a day
BEST_SHARE = {_PEAK_FLOW: 1.25, _FEV1: 1.20}  # of the personal best
OXYGEN_CONFIRM_SCALE_2 = 85.0  # %, in place of 88, where 88 to 92 % is prescribed


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one patient, as of now. Every key is a kind's id; what is not known is left out."""

    mean_7d: dict[int, float] = field(default_factory=dict)
    baseline: dict[int, float] = field(default_factory=dict)  # the patient's own median while well
    best: dict[int, float] = field(default_factory=dict)  # personal best: peak_flow, fev1
    last: dict[int, tuple[datetime, float]] = field(default_factory=dict)
    oldest_30d: dict[int, tuple[datetime, float]] = field(default_factory=dict)  # first of the last 30 days
    oxygen_scale_2: bool = False  # a clinician prescribed 88 to 92 %

    def watched(self) -> frozenset[int]:
        """The kinds for which `odd_change` could say anything."""
        return frozenset(self.mean_7d) | self.baseline.keys() | self.best.keys() | self.last | self.oldest_30d


def odd_change(kind_id: int, value: float, at: datetime, received_at: datetime, usual: Usual) -> Trouble | None:
    """What is odd about this value for this patient, or None.

    Figures of now say nothing of a reading from last year, so mean and baseline meet only the last 7 days.
    """
    recent = received_at - at <= _WEEK
    if kind_id == _SYSTOLIC and recent:
        return _systolic(value, usual.mean_7d.get(kind_id))
    if kind_id == _OXYGEN and recent:
        return _oxygen(value, usual.baseline.get(kind_id))
    if kind_id == _WEIGHT:
        return _weight(value, at, usual)
    if kind_id == _CAT:
        return _cat(value, at, usual.last.get(kind_id))
    if kind_id in BEST_SHARE:
        return _best(value, usual.best.get(kind_id), BEST_SHARE[kind_id])
    return None


def _systolic(value: float, mean: float | None) -> Trouble | None:
    if mean is None or abs(value - mean) <= SYSTOLIC_CHANGE:
        return None
    return _odd(
        "Your top blood pressure number is very different from your last 7 days. "
        "Sit still, measure again in 5 minutes and send it."
    )


def _oxygen(value: float, baseline: float | None) -> Trouble | None:
    if baseline is None or baseline - value < OXYGEN_FALL:
        return None
    return _odd(
        "Your oxygen level is well below your usual. Warm your hand, measure again in 5 minutes and send it. "
        "If you are more breathless than usual, call 111, or 999 if you struggle to breathe."
    )


def _weight(value: float, at: datetime, usual: Usual) -> Trouble | None:
    last, oldest = usual.last.get(_WEIGHT), usual.oldest_30d.get(_WEIGHT)
    if last is not None and abs(at - last[0]) <= _DAY and abs(value - last[1]) > WEIGHT_CHANGE:
        when = "a day"
    elif oldest is not None and abs(at - oldest[0]) <= _MONTH and abs(value - oldest[1]) > oldest[1] * WEIGHT_SHARE:
        when = "a month"
    else:
        return None
    return _odd(
        f"This weight is very different from what we have from within {when}. Check that only you were on the "
        "scale and that it stands on a hard floor, weigh again in 5 minutes and send it."
    )


def _cat(value: float, at: datetime, last: tuple[datetime, float] | None) -> Trouble | None:
    if last is None or abs(at - last[0]) > _DAY or abs(value - last[1]) < CAT_CHANGE:
        return None
    return _odd("This score is very different from the one a day ago. Go over the eight answers and send it again.")


def _best(value: float, best: float | None, share: float) -> Trouble | None:
    if best is None or value <= best * share:
        return None
    return _odd("This is far above your best so far. Check the number, blow again in 5 minutes and send it.")


def _odd(sentence: str) -> Trouble:
    return Trouble("unusual_change", sentence)
