"""What is worked out of many values: an average, a rise, a fall."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

BLOOD_PRESSURE_AVERAGE = [
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
        says="The worse of the two averages decides: diastolic, far out.",
        rule="hypertension.average",
        sent="""
            16 Nov 08:00 20:00 systolic 140, diastolic 106
            17-19 Nov 08:00 20:00 systolic 136, diastolic 106
        """,
        then="""
            amber from 19 Nov 20:00, goes on: Diastolic blood pressure averages 106.0 mmHg over the
                7 days up to 20:00 on 19 Nov 2026, the first day of measuring left out: at or above
                the amber limit of 105 mmHg.
        """,
    ),
    Case(
        says="140 is above the target, but not at 80 years.",
        rule="hypertension.average",
        traits="born -8500",
        sent="16-19 Nov 08:00 20:00 systolic 140, diastolic 80",
        then="nothing",
    ),
    Case(
        says="145 is, and at 79 it would have been from 135 on.",
        rule="hypertension.average",
        traits="born -8500",
        sent="16-19 Nov 08:00 20:00 systolic 145, diastolic 80",
        then="""
            yellow from 19 Nov 20:00, goes on: Systolic blood pressure averages 145.0 mmHg over the
                7 days up to 20:00 on 19 Nov 2026, the first day of measuring left out: at or above
                the yellow limit of 145 mmHg.
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
]

WEIGHT_RISE = [
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
            yellow from 20 Nov 08:02, goes on: Weight up 2.4 kg within 3 days, by 08:02 on 20 Nov
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
    Case(
        says="2.0 kg less are a loss of 2 kg.",
        rule="heart_failure.weight_loss",
        sent="""
            17 Nov 08:30 body_weight 82.4
            18 Nov 08:10 body_weight 81.9
            20 Nov 08:02 body_weight 80.4
        """,
        then="""
            yellow from 20 Nov 08:02, goes on: Weight down 2.0 kg within 3 days, by 08:02 on 20 Nov
                2026: at or beyond the limit of 2.0 kg.
        """,
    ),
]

DRY_WEIGHT = [
    Case(
        says="Three days at 2 kg and more above the dry weight.",
        rule="heart_failure.above_dry_weight",
        traits="dry_weight 78.3",
        sent="""
            17 Nov 08:00 body_weight 80.1
            18 Nov 08:00 body_weight 80.3
            19 Nov 08:00 body_weight 80.9
            20 Nov 08:00 body_weight 80.6
        """,
        then="""
            amber from 20 Nov 08:00, goes on: Weight 80.6 kg at 08:00 on 20 Nov 2026: on 3 days at
                least 2 kg above the dry weight of 78.3 kg.
        """,
    ),
    Case(
        says="A day below begins the days afresh.",
        rule="heart_failure.above_dry_weight",
        traits="dry_weight 78.3",
        sent="""
            17-18 Nov 08:00 body_weight 80.8
            19 Nov 08:00 body_weight 80.2
            20-21 Nov 08:00 body_weight 80.8
        """,
        then="nothing",
    ),
    Case(
        says="Nobody set a dry weight.",
        rule="heart_failure.above_dry_weight",
        sent="1-10 Nov 08:00 body_weight 95.0",
        then="nothing",
    ),
]
