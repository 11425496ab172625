"""Glucose over days and weeks."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

TIME_IN_RANGE = [
    Case(
        says="A quarter of the day at 12 for ten of fourteen days: three quarters in range, but one above 10.",
        rule="diabetes.sensor_range",
        sent="""
            1-10 Nov 00:00-05:45/15 interstitial_glucose 12.0
            1-10 Nov 06:00-23:45/15 interstitial_glucose 7.0
            11 Nov 00:10 interstitial_glucose 7.0
        """,
        then="""
            yellow from 11 Nov 00:10, goes on: Sensor glucose above 10.0 mmol/L 25.0 % of the time
                over the 14 days before 00:10 on 11 Nov 2026: at or above the limit of 25 %.
        """,
    ),
    Case(
        says="The same in somebody frail, whose limits are wider.",
        rule="diabetes.sensor_range_frail",
        traits="frail 1",
        sent="""
            1-10 Nov 00:00-05:45/15 interstitial_glucose 12.0
            1-10 Nov 06:00-23:45/15 interstitial_glucose 7.0
            11 Nov 00:10 interstitial_glucose 7.0
        """,
        then="nothing",
    ),
    Case(
        says="One of the two rules is for each person: this one is not for somebody frail.",
        rule="diabetes.sensor_range",
        traits="frail 1",
        sent="""
            1-10 Nov 00:00-05:45/15 interstitial_glucose 12.0
            1-10 Nov 06:00-23:45/15 interstitial_glucose 7.0
            11 Nov 00:10 interstitial_glucose 7.0
        """,
        then="nothing",
    ),
    Case(
        says="Half an hour a day below 3.9 is 2 % of the time: too much for somebody frail ...",
        rule="diabetes.sensor_lows_frail",
        traits="frail 1",
        sent="""
            1-10 Nov 00:00-23:15/15 interstitial_glucose 7.0
            1-10 Nov 23:30 23:45 interstitial_glucose 3.8
            11 Nov 00:10 interstitial_glucose 7.0
        """,
        then="""
            amber from 11 Nov 00:10, goes on: Sensor glucose below 3.9 mmol/L 2.0 % of the time over
                the 14 days before 00:10 on 11 Nov 2026: at or above the limit of 1 %.
        """,
    ),
    Case(
        says="... and not for others, but a quarter of an hour a day below 3.0 is.",
        rule="diabetes.sensor_lows",
        sent="""
            1-10 Nov 00:00-23:15/15 interstitial_glucose 7.0
            1-10 Nov 23:30 interstitial_glucose 3.8
            1-10 Nov 23:45 interstitial_glucose 2.9
            11 Nov 00:10 interstitial_glucose 7.0
        """,
        then="""
            amber from 11 Nov 00:10, goes on: Sensor glucose below 3.0 mmol/L 1.0 % of the time over
                the 14 days before 00:10 on 11 Nov 2026: at or above the limit of 1 %.
        """,
    ),
    Case(
        says="Worn for nine of the fourteen days, which are fewer than 70 %.",
        rule="diabetes.sensor_range",
        sent="""
            1-9 Nov 00:00-23:45/15 interstitial_glucose 15.0
            10 Nov 00:10 interstitial_glucose 15.0
        """,
        then="nothing",
    ),
]

MORNING_MEAN = [
    Case(
        says="Four mornings of 10.4; what comes later in the day does not count.",
        rule="diabetes.morning_high",
        sent="""
            17-20 Nov 07:30 glucose 10.4
            17-20 Nov 09:30 18:00 glucose 6.0
        """,
        then="""
            yellow from 20 Nov 07:30, goes on: Blood glucose averages 10.40 mmol/L in the mornings
                (04:00 to 10:00) of the 7 days up to 07:30 on 20 Nov 2026: more than the limit of
                10.0 mmol/L.
        """,
    ),
    Case(
        says="Exactly 10 is not more than 10.",
        rule="diabetes.morning_high",
        sent="17-23 Nov 07:30 glucose 10.0",
        then="nothing",
    ),
    Case(
        says="2 above the target that was agreed.",
        rule="diabetes.morning_high",
        traits="glucose_target_fasting 6.5",
        sent="17-20 Nov 07:30 glucose 8.6",
        then="""
            yellow from 20 Nov 07:30, goes on: Blood glucose averages 8.60 mmol/L in the mornings
                (04:00 to 10:00) of the 7 days up to 07:30 on 20 Nov 2026: more than the limit of
                8.5 mmol/L.
        """,
    ),
    Case(
        says="Three mornings are too few.",
        rule="diabetes.morning_high",
        sent="18-20 Nov 07:30 glucose 14.0",
        then="nothing",
    ),
]
