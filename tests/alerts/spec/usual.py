"""Held against the person's own usual."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

FROM_USUAL = [
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
            amber from 18 Nov 08:00, goes on: Oxygen saturation 93 % or less, 2 readings in a row,
                by 08:00 on 18 Nov 2026: 3 points below this person's usual of 96 % over 28 days.
                The amber limit is a fall of 3 points.
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
            red from 18 Nov 08:00, goes on: Oxygen saturation 92 % or less, 2 readings in a row, by
                08:00 on 18 Nov 2026: 4 points below this person's usual of 96 % over 28 days. The
                red limit is a fall of 4 points.
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
    Case(
        says="A pulse 15 above its usual, on two days.",
        rule="every.pulse_rise",
        on=("heart_failure",),
        sent="""
            1-14 Nov 08:00 heart_rate 68
            15 Nov 20:00 heart_rate 84
            16 Nov 08:00 heart_rate 86
        """,
        then="""
            yellow from 16 Nov 08:00, goes on: Heart rate 84 /min or more, 2 readings in a row on 2
                days, by 08:00 on 16 Nov 2026: 16 /min above this person's usual of 68 /min over 14
                days. The yellow limit is a rise of 15 /min.
        """,
    ),
    Case(
        says="Two fast readings on one day are not two days.",
        rule="every.pulse_rise",
        on=("heart_failure",),
        sent="""
            1-14 Nov 08:00 heart_rate 68
            15 Nov 08:00 heart_rate 70
            16 Nov 08:00 20:00 heart_rate 86
        """,
        then="nothing",
    ),
    Case(
        says="Three NEWS2 totals a day of 0 and 1, then 3: still low, but not for this person.",
        rule="every.news2_rise",
        on=("virtual_ward",),
        sent="""
            16-17 Nov 08:00 20:00 news2 1
            16-17 Nov 14:00 news2 0
            18 Nov 20:00 news2 3
        """,
        then="""
            amber from 18 Nov 20:00, goes on: NEWS2 total 3, by 20:00 on 18 Nov 2026: 2 points above
                this person's usual of 1 over 28 days. The amber limit is a rise of 2 points.
        """,
    ),
    Case(
        says="A COPD score 5 above its usual, twice, a week apart.",
        rule="copd.cat_rise",
        sent="""
            2 Nov 09:00 cat_score 15
            9 Nov 09:00 cat_score 17
            16 Nov 09:00 cat_score 21
            23 Nov 09:00 cat_score 23
        """,
        then="""
            yellow from 23 Nov 09:00, goes on: COPD Assessment Test 21 or more, 2 readings in a row,
                by 09:00 on 23 Nov 2026: 5 points above this person's usual of 16 over 28 days. The
                yellow limit is a rise of 5 points.
        """,
    ),
    Case(
        says="One grade more breathless, twice.",
        rule="copd.mrc_rise",
        sent="""
            2 Nov 09:00 mrc_dyspnoea 2
            9 Nov 09:00 mrc_dyspnoea 2
            16 Nov 09:00 mrc_dyspnoea 3
            23 Nov 09:00 mrc_dyspnoea 3
        """,
        then="""
            yellow from 23 Nov 09:00, goes on: MRC dyspnoea grade 3 or more, 2 readings in a row, by
                09:00 on 23 Nov 2026: 1 point above this person's usual of 2 over 28 days. The
                yellow limit is a rise of 1 point.
        """,
    ),
]

MOVING_AVERAGE = [
    Case(
        says="A gain of a kilogram and a half over two weeks, in small steps.",
        rule="heart_failure.weight_trend",
        sent="""
            1-11 Nov 08:00 body_weight 80.0
            12-13 Nov 08:00 body_weight 81.0
            14-16 Nov 08:00 body_weight 81.6
        """,
        then="""
            yellow from 15 Nov 08:00, goes on: Weight averages 1.03 kg more over the last 3 days than
                over the last 14, by 08:00 on 15 Nov 2026: more than the limit of 1.0 kg.
        """,
    ),
    Case(
        says="Weighed twice on some days: a day counts once.",
        rule="heart_failure.weight_trend",
        sent="""
            1-11 Nov 08:00 body_weight 80.0
            12-13 Nov 08:00 body_weight 81.0
            14-16 Nov 08:00 body_weight 81.4
            16 Nov 08:05 08:10 08:15 08:20 body_weight 81.4
        """,
        then="nothing",
    ),
    Case(
        says="Too few days in the two weeks, but enough in the four.",
        rule="heart_failure.weight_trend",
        sent="""
            1-16 Nov 08:00 body_weight 80.0
            26-27 Nov 08:00 body_weight 82.0
        """,
        then="""
            yellow from 27 Nov 08:00, goes on: Weight averages 1.78 kg more over the last 3 days than
                over the last 28, by 08:00 on 27 Nov 2026: more than the limit of 1.5 kg.
        """,
    ),
    Case(
        says="One day is no average.",
        rule="heart_failure.weight_trend",
        sent="""
            1-16 Nov 08:00 body_weight 80.0
            20 Nov 08:00 body_weight 84.0
        """,
        then="nothing",
    ),
]

PERCENT_OF_BEST = [
    Case(
        says="Just over half of the best on record is amber.",
        rule="copd.peak_flow",
        traits="best_peak_flow 400",
        sent="20 Nov 08:00 peak_flow 210",
        then="""
            amber from 20 Nov 08:00, goes on: Peak flow 210 L/min at 08:00 on 20 Nov 2026, 52.5 % of
                this person's best of 400 L/min: less than the amber limit of 60 %.
        """,
    ),
    Case(
        says="80 % is not less than 80 %.",
        rule="copd.peak_flow",
        traits="best_peak_flow 400",
        sent="20 Nov 08:00 peak_flow 320",
        then="nothing",
    ),
    Case(
        says="With no best on record it is the highest of fourteen readings and more.",
        rule="copd.peak_flow",
        sent="""
            1 Nov 08:00 peak_flow 380
            2-14 Nov 08:00 peak_flow 340
            15 Nov 08:00 peak_flow 180
        """,
        then="""
            yellow from 15 Nov 08:00, goes on: Peak flow 180 L/min at 08:00 on 15 Nov 2026, 47.3 %
                of this person's best of 380 L/min: less than the yellow limit of 80 %.
        """,
    ),
    Case(
        says="Thirteen readings tell of no best.",
        rule="copd.peak_flow",
        sent="""
            1-12 Nov 08:00 peak_flow 380
            13 Nov 08:00 peak_flow 180
        """,
        then="nothing",
    ),
]

BELOW_MEAN = [
    Case(
        says="Two in a row well below the week before.",
        rule="copd.fev1_fall",
        sent="""
            10 Nov 08:00 fev1 1.42
            11 Nov 08:00 fev1 1.38
            12 Nov 08:00 fev1 1.40
            13 Nov 08:00 fev1 1.44
            14 Nov 08:00 fev1 1.41
            15 Nov 08:00 fev1 1.30
            16 Nov 08:00 fev1 1.21
        """,
        then="""
            yellow from 16 Nov 08:00, goes on: FEV1 1.21 L at 08:00 on 16 Nov 2026, 2 readings in a
                row: below 1.311 L, the mean of this person's 7 days before less 1.645 standard
                deviations.
        """,
    ),
    Case(
        says="One bad blow is not enough.",
        rule="copd.fev1_fall",
        sent="""
            10 Nov 08:00 fev1 1.42
            11 Nov 08:00 fev1 1.38
            12 Nov 08:00 fev1 1.40
            13 Nov 08:00 fev1 1.44
            14 Nov 08:00 fev1 1.41
            15 Nov 08:00 fev1 1.10
            16 Nov 08:00 fev1 1.40
        """,
        then="nothing",
    ),
]
