"""Every table, by type of rule, in the order of docs/rules.md."""

from __future__ import annotations

from tests.alerts.spec import changes, drifts, glucose, silence, together, usual, values

TABLES = {
    "limits": values.LIMITS,
    "count_in_window": values.COUNT_IN_WINDOW,
    "consecutive": values.CONSECUTIVE,
    "blood_pressure_average": changes.BLOOD_PRESSURE_AVERAGE,
    "weight_rise": changes.WEIGHT_RISE,
    "dry_weight": changes.DRY_WEIGHT,
    "from_usual": usual.FROM_USUAL,
    "moving_average": usual.MOVING_AVERAGE,
    "signs": together.SIGNS,
    "oximetry_score": together.OXIMETRY_SCORE,
    "news2": together.NEWS2,
    "time_in_range": glucose.TIME_IN_RANGE,
    "percent_of_best": usual.PERCENT_OF_BEST,
    "morning_mean": glucose.MORNING_MEAN,
    "drift": drifts.DRIFT,
    "cusum": drifts.CUSUM,
    "below_mean": usual.BELOW_MEAN,
    "over_oxygenation": together.OVER_OXYGENATION,
    "overdue": silence.OVERDUE,
}
