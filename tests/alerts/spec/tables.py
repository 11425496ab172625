"""The tables, by type of rule."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

TABLES: dict[str, list[Case]] = {
    "limits": [
        Case(
            says="A value at the red limit is red, by itself.",
            rule="every.oxygen_limits",
            on=("virtual_ward",),
            sent="20 Nov 08:02 oxygen_saturation 92",
            then="""
                red from 20 Nov 08:02, goes on: Oxygen saturation 92 % at 08:02 on 20 Nov 2026, at or
                    below the red limit of 92 %.
            """,
        ),
        Case(
            says="Amber takes two in a row, and two normal ones settle it.",
            rule="every.oxygen_limits",
            on=("virtual_ward",),
            sent="""
                20 Nov 08:00 oxygen_saturation 94
                20 Nov 13:00 oxygen_saturation 93
                20 Nov 18:00 oxygen_saturation 95
                21 Nov 08:00 oxygen_saturation 96
            """,
            then="""
                amber from 20 Nov 13:00, settled 21 Nov 08:00: Oxygen saturation 93 % at 13:00 on 20 Nov
                    2026, at or below the amber limit of 94 %, 2 readings in a row.
            """,
        ),
        Case(
            says="A normal value between two amber ones: neither is in a row.",
            rule="every.oxygen_limits",
            on=("virtual_ward",),
            sent="""
                20 Nov 08:00 oxygen_saturation 94
                20 Nov 13:00 oxygen_saturation 96
                20 Nov 18:00 oxygen_saturation 94
            """,
            then="nothing",
        ),
        Case(
            says="What is far out for others is usual with a target of 88 to 92 %, on the virtual ward too.",
            rule="every.oxygen_limits",
            on=("virtual_ward", "copd"),
            sent="20 Nov 08:00 12:00 18:00 oxygen_saturation 89",
            then="nothing",
        ),
        Case(
            says="An episode takes the level of its worst moment, and its evidence from the first such moment.",
            rule="every.systolic_limits",
            on=("hypertension",),
            sent="""
                20 Nov 08:00 systolic 184
                20 Nov 08:05 systolic 182
                20 Nov 20:00 systolic 204
                21 Nov 08:00 systolic 186
            """,
            then="""
                red from 20 Nov 08:05, goes on: Systolic blood pressure 204 mmHg at 20:00 on 20 Nov
                    2026, at or above the red limit of 200 mmHg.
            """,
        ),
        Case(
            says="A value that waits for a person still raises; a normal one that waits settles nothing.",
            rule="every.temperature_limits",
            on=("virtual_ward",),
            sent="""
                20 Nov 08:00 body_temperature 40.2 waits
                20 Nov 12:00 body_temperature 36.8 waits
                20 Nov 18:00 body_temperature 36.9
            """,
            then="""
                red from 20 Nov 08:00, goes on: Temperature 40.2 °C at 08:00 on 20 Nov 2026, at or above
                    the red limit of 39.1 °C. Not confirmed: asked to measure again.
            """,
        ),
        Case(
            says="Two values for one moment: the worse one is looked at.",
            rule="every.systolic_limits",
            on=("hypertension",),
            sent="""
                20 Nov 08:00 systolic 128
                20 Nov 08:00 systolic 208 waits
            """,
            then="""
                red from 20 Nov 08:00, goes on: Systolic blood pressure 208 mmHg at 08:00 on 20 Nov
                    2026, at or above the red limit of 200 mmHg. Not confirmed: asked to measure again.
            """,
        ),
        Case(
            says="A value is judged as it is shown: 3.94 is shown as 3.9.",
            rule="every.glucose_limits",
            on=("diabetes",),
            sent="20 Nov 08:00 glucose 3.94",
            then="""
                amber from 20 Nov 08:00, goes on: Blood glucose 3.9 mmol/L at 08:00 on 20 Nov 2026, at
                    or below the amber limit of 3.9 mmol/L.
            """,
        ),
        Case(
            says="3.96 is shown as 4.0, which is not low.",
            rule="every.glucose_limits",
            on=("diabetes",),
            sent="20 Nov 08:00 glucose 3.96",
            then="nothing",
        ),
        Case(
            says="An answer that is a limit by itself.",
            rule="every.consciousness_limits",
            on=("virtual_ward",),
            sent="20 Nov 08:00 consciousness 1",
            then="""
                red from 20 Nov 08:00, goes on: Consciousness (ACVPU) “C” at 08:00 on 20 Nov 2026, at or
                    above the red limit of “C”.
            """,
        ),
    ],
    "count_in_window": [
        Case(
            says="The second low within 7 days, with normal values between.",
            rule="diabetes.repeated_lows",
            sent="""
                16 Nov 08:00 glucose 3.6
                17-18 Nov 08:00 glucose 6.8
                20 Nov 07:30 glucose 3.4
            """,
            then="""
                amber from 20 Nov 07:30, goes on: Blood glucose at or below 3.9 mmol/L 2 times within 7
                    days, the last at 07:30 on 20 Nov 2026.
            """,
        ),
        Case(
            says="It settles with the second normal value after the first of the two is more than 7 days old.",
            rule="diabetes.repeated_lows",
            sent="""
                10 Nov 08:00 glucose 3.6
                11 Nov 08:00 glucose 3.4
                12-20 Nov 08:00 glucose 6.8
            """,
            then="""
                amber from 11 Nov 08:00, settled 19 Nov 08:00: Blood glucose at or below 3.9 mmol/L 2
                    times within 7 days, the last at 08:00 on 11 Nov 2026.
            """,
        ),
        Case(
            says="Eight days apart is no pattern.",
            rule="diabetes.repeated_lows",
            sent="""
                10 Nov 08:00 glucose 3.6
                18 Nov 08:00 glucose 3.4
            """,
            then="nothing",
        ),
    ],
    "consecutive": [
        Case(
            says="High for two hours, one value every quarter of an hour.",
            rule="diabetes.sensor_high",
            sent="20 Nov 13:00 13:15 13:30 13:45 14:00 14:15 14:30 14:45 15:00 interstitial_glucose 16.4",
            then="""
                amber from 20 Nov 15:00, goes on: Sensor glucose 16.4 mmol/L at 15:00 on 20 Nov 2026: at
                    least 8 readings in a row at or above 15.1 mmol/L, since 13:00 on 20 Nov 2026.
            """,
        ),
        Case(
            says="A normal value among them begins the row afresh.",
            rule="diabetes.sensor_high",
            sent="""
                20 Nov 13:00 13:15 13:30 13:45 interstitial_glucose 16.4
                20 Nov 14:00 interstitial_glucose 14.9
                20 Nov 14:15 14:30 14:45 15:00 interstitial_glucose 16.4
            """,
            then="nothing",
        ),
        Case(
            says="A normal value after them does not undo it, whichever of them arrived first.",
            rule="diabetes.sensor_high",
            sent="""
                20 Nov 13:00 13:15 13:30 13:45 14:00 14:15 14:30 14:45 15:00 interstitial_glucose 16.4
                20 Nov 15:15 15:30 15:45 16:00 interstitial_glucose 9.1
            """,
            then="""
                amber from 20 Nov 15:00, settled 20 Nov 16:00: Sensor glucose 16.4 mmol/L at 15:00 on 20
                    Nov 2026: at least 8 readings in a row at or above 15.1 mmol/L, since 13:00 on 20
                    Nov 2026.
            """,
        ),
    ],
    "blood_pressure_average": [
        Case(
            says="A first day of 190/110 is left out: 130/80, twelve values, no breach.",
            rule="hypertension.average",
            sent="""
                16 Nov 08:00 08:05 20:00 20:05 systolic 190, diastolic 110
                17-19 Nov 08:00 08:05 20:00 20:05 systolic 130, diastolic 80
            """,
            then="nothing",
        ),
        Case(
            says="Three days are too few, whatever they say.",
            rule="hypertension.average",
            sent="16-18 Nov 08:00 08:05 20:00 20:05 systolic 190, diastolic 110",
            then="nothing",
        ),
        Case(
            says="Exactly 135 is at the limit.",
            rule="hypertension.average",
            sent="""
                16 Nov 08:00 20:00 systolic 120, diastolic 70
                17 Nov 08:00 20:00 systolic 134, diastolic 70
                18 Nov 08:00 20:00 systolic 135, diastolic 70
                19 Nov 08:00 20:00 systolic 136, diastolic 70
            """,
            then="""
                yellow from 19 Nov 20:00, goes on: Systolic blood pressure averages 135.0 mmHg over the
                    7 days up to 20:00 on 19 Nov 2026, the first day of measuring left out: at or above
                    the yellow limit of 135 mmHg.
            """,
        ),
        Case(
            says="The worse of the two averages decides: diastolic, stage 2.",
            rule="hypertension.average",
            sent="""
                16 Nov 08:00 20:00 systolic 140, diastolic 96
                17-19 Nov 08:00 20:00 systolic 136, diastolic 96
            """,
            then="""
                amber from 19 Nov 20:00, goes on: Diastolic blood pressure averages 96.0 mmHg over the 7
                    days up to 20:00 on 19 Nov 2026, the first day of measuring left out: at or above
                    the amber limit of 95 mmHg.
            """,
        ),
        Case(
            says="Days are local: 00:30 on 25 October is 23:30 UTC on the 24th, and the 25th has 25 hours.",
            rule="hypertension.average",
            sent="""
                24 Oct 08:00 systolic 120, diastolic 70
                25 Oct 00:30 23:30 systolic 140, diastolic 80
                26-27 Oct 08:00 20:00 systolic 140, diastolic 80
            """,
            then="""
                yellow from 27 Oct 20:00, goes on: Systolic blood pressure averages 140.0 mmHg over the
                    7 days up to 20:00 on 27 Oct 2026, the first day of measuring left out: at or above
                    the yellow limit of 135 mmHg.
            """,
        ),
    ],
    "weight_rise": [
        Case(
            says="More than 2 kg above the lowest of the same day and the three before.",
            rule="heart_failure.weight_rise",
            sent="""
                17 Nov 08:30 body_weight 80.1
                18 Nov 08:10 body_weight 80.9
                19 Nov 08:20 body_weight 81.6
                20 Nov 08:02 body_weight 82.5
            """,
            then="""
                amber from 20 Nov 08:02, goes on: Weight up 2.4 kg within 3 days, by 08:02 on 20 Nov
                    2026: more than the limit of 2.0 kg.
            """,
        ),
        Case(
            says="2.0 kg are not more than 2 kg.",
            rule="heart_failure.weight_rise",
            sent="""
                17 Nov 08:30 body_weight 80.4
                20 Nov 08:02 body_weight 82.4
            """,
            then="nothing",
        ),
        Case(
            says="The same gain over two weeks is not what this rule looks for.",
            rule="heart_failure.weight_rise",
            sent="""
                6 Nov 08:00 body_weight 80.4
                10 Nov 08:00 body_weight 81.4
                14 Nov 08:00 body_weight 82.4
                20 Nov 08:00 body_weight 83.4
            """,
            then="nothing",
        ),
    ],
    "oxygen_fall": [
        Case(
            says="Two in a row three below the usual, within every fixed limit.",
            rule="every.oxygen_fall",
            on=("copd",),
            sent="""
                1-15 Nov 08:00 oxygen_saturation 96
                17 Nov 08:00 oxygen_saturation 93
                18 Nov 08:00 oxygen_saturation 92
            """,
            then="""
                amber from 18 Nov 08:00, goes on: Oxygen saturation 3 points below this person's usual
                    of the last 28 days, 2 readings in a row, by 08:00 on 18 Nov 2026: the amber limit
                    is a fall of 3 points.
            """,
        ),
        Case(
            says="Four below is red.",
            rule="every.oxygen_fall",
            on=("copd",),
            sent="""
                1-15 Nov 08:00 oxygen_saturation 96
                17 Nov 08:00 oxygen_saturation 92
                18 Nov 08:00 oxygen_saturation 91
            """,
            then="""
                red from 18 Nov 08:00, goes on: Oxygen saturation 4 points below this person's usual of
                    the last 28 days, 2 readings in a row, by 08:00 on 18 Nov 2026: the red limit is a
                    fall of 4 points.
            """,
        ),
        Case(
            says="One low value among usual ones is not enough.",
            rule="every.oxygen_fall",
            on=("copd",),
            sent="""
                1-15 Nov 08:00 oxygen_saturation 96
                17 Nov 08:00 oxygen_saturation 92
                18 Nov 08:00 oxygen_saturation 95
            """,
            then="nothing",
        ),
        Case(
            says="Twelve readings are not a usual yet.",
            rule="every.oxygen_fall",
            on=("copd",),
            sent="""
                1-12 Nov 08:00 oxygen_saturation 96
                13-14 Nov 08:00 oxygen_saturation 91
            """,
            then="nothing",
        ),
    ],
    "overdue": [
        Case(
            says="Two days missed are blue at the second deadline, three amber at the third.",
            rule="copd.overdue",
            enrolled="16 Nov 12:00",
            sent="17 Nov 08:00 oxygen_saturation 91, heart_rate 78",
            at="21 Nov 12:00",
            then="""
                amber from 20 Nov 10:00, goes on: Expected readings did not come 3 times in a row
                    (oxygen saturation and heart rate): the last were due by 10:00 on 21 Nov 2026.
            """,
        ),
        Case(
            says="Who sends again is heard from: it settles when the slot is filled, not at its deadline.",
            rule="copd.overdue",
            enrolled="16 Nov 12:00",
            sent="""
                17 Nov 08:00 oxygen_saturation 91, heart_rate 78
                20 Nov 18:00 oxygen_saturation 90, heart_rate 80
            """,
            at="21 Nov 12:00",
            then="""
                blue from 20 Nov 10:00, settled 20 Nov 18:00: Expected readings did not come 2 times in
                    a row (oxygen saturation and heart rate): the last were due by 10:00 on 20 Nov 2026.
            """,
        ),
        Case(
            says="All that is expected must come: without the pulse the day is missed.",
            rule="copd.overdue",
            enrolled="16 Nov 12:00",
            sent="17-19 Nov 08:00 oxygen_saturation 91",
            at="19 Nov 12:00",
            then="""
                blue from 19 Nov 10:00, goes on: Expected readings did not come 2 times in a row (oxygen
                    saturation and heart rate): the last were due by 10:00 on 19 Nov 2026.
            """,
        ),
        Case(
            says="Paused days are not counted: the days on both sides are in a row.",
            rule="copd.overdue",
            enrolled="16 Nov 12:00",
            paused="18 Nov 09:00 to 20 Nov 15:00",
            sent="16 Nov 18:00 oxygen_saturation 91, heart_rate 78",
            at="22 Nov 12:00",
            then="""
                blue from 22 Nov 10:00, goes on: Expected readings did not come 2 times in a row (oxygen
                    saturation and heart rate): the last were due by 10:00 on 22 Nov 2026.
            """,
        ),
        Case(
            says="What lies before the enrolment cannot be missed.",
            rule="copd.overdue",
            enrolled="20 Nov 12:00",
            sent="",
            at="22 Nov 12:00",
            then="nothing",
        ),
        Case(
            says="On the virtual ward one missed slot is blue, an hour after it ended.",
            rule="virtual_ward.overdue",
            enrolled="20 Nov 09:00",
            sent="20 Nov 12:00 oxygen_saturation 96, heart_rate 78",
            at="21 Nov 06:00",
            then="""
                blue from 21 Nov 01:00, goes on: Expected readings did not come (oxygen saturation and
                    heart rate): they were due by 01:00 on 21 Nov 2026.
            """,
        ),
        Case(
            says="Blood pressure is asked for in the first week of a month only.",
            rule="hypertension.overdue",
            enrolled="8 Nov 00:00",
            sent="",
            at="30 Nov 23:00",
            then="nothing",
        ),
        Case(
            says="The day with 25 hours ends at its own midnight.",
            rule="copd.overdue",
            enrolled="24 Oct 00:00",
            sent="",
            at="26 Oct 12:00",
            then="""
                blue from 26 Oct 10:00, goes on: Expected readings did not come 2 times in a row (oxygen
                    saturation and heart rate): the last were due by 10:00 on 26 Oct 2026.
            """,
        ),
        Case(
            says="29 February exists.",
            rule="copd.overdue",
            year=2028,
            enrolled="28 Feb 00:00",
            sent="28 Feb 08:00 oxygen_saturation 91, heart_rate 78",
            at="2 Mar 12:00",
            then="""
                blue from 2 Mar 10:00, goes on: Expected readings did not come 2 times in a row (oxygen
                    saturation and heart rate): the last were due by 10:00 on 2 Mar 2028.
            """,
        ),
    ],
}
