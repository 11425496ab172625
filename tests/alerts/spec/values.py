"""Values beyond bounds: one, several, or several in a row."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

LIMITS = [
    Case(
        says="A value two beyond the red limit is red, by itself.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="20 Nov 08:02 oxygen_saturation 90",
        then="""
            red from 20 Nov 08:02, goes on: Oxygen saturation 90 % at 08:02 on 20 Nov 2026, at or
                below the red limit of 92 %.
        """,
    ),
    Case(
        says="Nearer to it one alone is yellow: a cold finger is more likely.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="20 Nov 08:02 oxygen_saturation 92",
        then="""
            yellow from 20 Nov 08:02, goes on: Oxygen saturation 92 % at 08:02 on 20 Nov 2026, at or
                below the red limit of 92 %, once: not red by itself.
        """,
    ),
    Case(
        says="A second one is red.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="20 Nov 08:02 08:10 oxygen_saturation 92",
        then="""
            red from 20 Nov 08:02, goes on: Oxygen saturation 92 % at 08:10 on 20 Nov 2026, at or
                below the red limit of 92 %, 2 readings in a row.
        """,
    ),
    Case(
        says="Amber takes two in a row; two normal ones settle it, fourteen days after the last at the earliest.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="""
            1 Nov 08:00 oxygen_saturation 94
            1 Nov 13:00 oxygen_saturation 93
            2-20 Nov 08:00 oxygen_saturation 97
        """,
        then="""
            amber from 1 Nov 13:00, settled 16 Nov 08:00: Oxygen saturation 93 % at 13:00 on 1 Nov
                2026, at or below the amber limit of 94 %, 2 readings in a row.
        """,
    ),
    Case(
        says="The same again within those days is the same episode.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="""
            1 Nov 08:00 13:00 oxygen_saturation 94
            2-8 Nov 08:00 oxygen_saturation 97
            9 Nov 08:00 13:00 oxygen_saturation 94
        """,
        then="""
            amber from 1 Nov 13:00, goes on: Oxygen saturation 94 % at 13:00 on 1 Nov 2026, at or
                below the amber limit of 94 %, 2 readings in a row.
        """,
    ),
    Case(
        says="A red one settles by count alone, so that red again is another.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="""
            1 Nov 08:00 oxygen_saturation 88
            2-3 Nov 08:00 oxygen_saturation 97
            9 Nov 08:00 oxygen_saturation 88
        """,
        then="""
            red from 1 Nov 08:00, settled 3 Nov 08:00: Oxygen saturation 88 % at 08:00 on 1 Nov
                2026, at or below the red limit of 92 %.
            red from 9 Nov 08:00, goes on: Oxygen saturation 88 % at 08:00 on 9 Nov 2026, at or
                below the red limit of 92 %.
        """,
    ),
    Case(
        says="What lies just within a limit is neither normal nor a breach, and settles nothing.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="""
            1 Nov 08:00 oxygen_saturation 88
            2-5 Nov 08:00 oxygen_saturation 95
        """,
        then="""
            red from 1 Nov 08:00, goes on: Oxygen saturation 88 % at 08:00 on 1 Nov 2026, at or
                below the red limit of 92 %.
        """,
    ),
    Case(
        says="A pathway's limit moves away from what is usual for somebody ...",
        rule="every.systolic_limits",
        on=("hypertension",),
        sent="""
            1-14 Nov 08:00 20:00 systolic 172
            15 Nov 08:00 20:00 systolic 184
        """,
        then="nothing",
    ),
    Case(
        says="... but no further than so far.",
        rule="every.systolic_limits",
        on=("hypertension",),
        sent="""
            1-14 Nov 08:00 20:00 systolic 172
            15 Nov 08:00 20:00 systolic 196
        """,
        then="""
            amber from 15 Nov 20:00, goes on: Systolic blood pressure 196 mmHg at 20:00 on 15 Nov
                2026, at or above the amber limit of 189 mmHg, 2 readings in a row.
        """,
    ),
    Case(
        says="Oxygen and pulse in each other's field: yellow once, and red when it comes again.",
        rule="every.oxygen_limits",
        on=("virtual_ward",),
        sent="""
            1-14 Nov 08:00 oxygen_saturation 97, heart_rate 78
            15 Nov 08:00 oxygen_saturation 78, heart_rate 97
            16-18 Nov 08:00 oxygen_saturation 97, heart_rate 78
            20 Nov 08:00 08:10 oxygen_saturation 78, heart_rate 97
        """,
        then="""
            red from 15 Nov 08:00, goes on: Oxygen saturation 78 % at 08:10 on 20 Nov 2026, at or
                below the red limit of 92 %.
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
            20 Nov 20:00 systolic 210
            21 Nov 08:00 systolic 186
        """,
        then="""
            red from 20 Nov 08:05, goes on: Systolic blood pressure 210 mmHg at 20:00 on 20 Nov
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
        sent="20 Nov 08:00 08:15 glucose 3.94",
        then="""
            amber from 20 Nov 08:15, goes on: Blood glucose 3.9 mmol/L at 08:15 on 20 Nov 2026, at
                or below the amber limit of 3.9 mmol/L, 2 readings in a row.
        """,
    ),
    Case(
        says="3.96 is shown as 4.0, which is not low.",
        rule="every.glucose_limits",
        on=("diabetes",),
        sent="20 Nov 08:00 08:15 glucose 3.96",
        then="nothing",
    ),
    Case(
        says="2.9 less 0.7 is 2.2, as people reckon: red by itself.",
        rule="every.glucose_limits",
        on=("diabetes",),
        sent="20 Nov 08:00 glucose 2.2",
        then="""
            red from 20 Nov 08:00, goes on: Blood glucose 2.2 mmol/L at 08:00 on 20 Nov 2026, at or
                below the red limit of 2.9 mmol/L.
        """,
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
]

COUNT_IN_WINDOW = [
    Case(
        says="The second low within 3 days, with normal values between.",
        rule="diabetes.repeated_lows",
        sent="""
            18 Nov 08:00 glucose 3.6
            18-19 Nov 12:00 glucose 6.8
            20 Nov 07:30 glucose 3.4
        """,
        then="""
            amber from 20 Nov 07:30, goes on: Blood glucose at or below 3.9 mmol/L 2 times within 3
                days, the last at 07:30 on 20 Nov 2026.
        """,
    ),
    Case(
        says="It settles with the first normal value fourteen days after the last in breach.",
        rule="diabetes.repeated_lows",
        sent="""
            10 Nov 08:00 glucose 3.6
            11 Nov 08:00 glucose 3.4
            12-30 Nov 08:00 glucose 6.8
        """,
        then="""
            amber from 11 Nov 08:00, settled 25 Nov 08:00: Blood glucose at or below 3.9 mmol/L 2
                times within 3 days, the last at 08:00 on 11 Nov 2026.
        """,
    ),
    Case(
        says="Four days apart is no pattern.",
        rule="diabetes.repeated_lows",
        sent="""
            10 Nov 08:00 glucose 3.6
            14 Nov 08:00 glucose 3.4
        """,
        then="nothing",
    ),
]

CONSECUTIVE = [
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
]
