"""Small deviations that go on, held against the person's own usual."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

DRIFT = [
    Case(
        says="A kilogram more for some days, with a pulse that goes up a little: amber, though neither is near a limit.",
        rule="heart_failure.drift",
        sent="""
            1-30 Oct 08:00 body_weight 80.0, heart_rate 68
            31 Oct 08:00 body_weight 80.5, heart_rate 72
            1-4 Nov 08:00 body_weight 81.1, heart_rate 75
        """,
        then="""
            amber from 1 Nov 08:00, goes on: Weight 81.1 kg, 1.1 kg above 80.0 kg, this person's
                usual, by 08:00 on 1 Nov 2026.
        """,
    ),
    Case(
        says="One odd day raises nothing, however far out.",
        rule="heart_failure.drift",
        sent="""
            1-30 Oct 08:00 body_weight 80.0
            31 Oct 08:00 body_weight 92.0
            1-4 Nov 08:00 body_weight 80.0
        """,
        then="nothing",
    ),
    Case(
        says="A drift the other way is no harm.",
        rule="hypertension.drift",
        sent="""
            1-30 Oct 08:00 systolic 140, diastolic 84
            1-7 Nov 08:00 systolic 124, diastolic 74
        """,
        then="nothing",
    ),
    Case(
        says="Weeks a little higher than usual.",
        rule="hypertension.drift",
        sent="""
            1-31 Oct 08:00 systolic 128, diastolic 78
            1-14 Nov 08:00 systolic 138, diastolic 84
        """,
        then="""
            amber from 2 Nov 08:00, goes on: Systolic blood pressure 138 mmHg, 10 mmHg above 128
                mmHg, this person's usual, by 08:00 on 2 Nov 2026.
        """,
    ),
    Case(
        says="What an infection changes must show in two kinds: fever alone is the business of its limits.",
        rule="every.infection",
        on=("copd",),
        sent="""
            1-30 Oct 08:00 body_temperature 36.5, heart_rate 72
            31 Oct 08:00 body_temperature 37.6, heart_rate 72
            1-2 Nov 08:00 body_temperature 37.7, heart_rate 72
        """,
        then="nothing",
    ),
    Case(
        says="With the pulse it is one.",
        rule="every.infection",
        on=("copd",),
        sent="""
            1-30 Oct 08:00 body_temperature 36.5, heart_rate 72
            31 Oct 08:00 body_temperature 37.4, heart_rate 82
            1 Nov 08:00 body_temperature 37.5, heart_rate 84
        """,
        then="""
            amber from 31 Oct 08:00, goes on: Temperature 37.4 °C, 0.9 °C above 36.5 °C, this
                person's usual, by 08:00 on 31 Oct 2026.
        """,
    ),
    Case(
        says="After a pause the usual is learned anew: what was lost in hospital is not gained back against the old one.",
        rule="heart_failure.drift",
        sent="""
            1-30 Sep 08:00 body_weight 80.0
            10-14 Oct 08:00 body_weight 83.0
        """,
        paused="1 Oct 00:00 to 9 Oct 00:00",
        then="nothing",
    ),
]

CUSUM = [
    Case(
        says="Weight that builds up alone is yellow.",
        rule="heart_failure.cusum",
        sent="""
            1-31 Oct 08:00 body_weight 80.0, heart_rate 68
            1-6 Nov 08:00 body_weight 81.4, heart_rate 69
        """,
        then="""
            yellow from 3 Nov 08:00, goes on: Weight 81.4 kg, 1.4 kg above 80.0 kg, this person's
                usual, building up over days, by 08:00 on 3 Nov 2026.
        """,
    ),
    Case(
        says="With the pulse, at the same moment, it is amber.",
        rule="heart_failure.cusum",
        sent="""
            1-31 Oct 08:00 body_weight 80.0, heart_rate 68
            1-6 Nov 08:00 body_weight 81.4, heart_rate 84
        """,
        then="""
            amber from 3 Nov 08:00, goes on: Weight 81.4 kg, 1.4 kg above 80.0 kg, this person's
                usual, building up over days, by 08:00 on 3 Nov 2026.
        """,
    ),
    Case(
        says="One odd day raises nothing, however far out.",
        rule="heart_failure.cusum",
        sent="""
            1-31 Oct 08:00 body_weight 80.0, heart_rate 68
            1 Nov 08:00 body_weight 92.0, heart_rate 140
            2-4 Nov 08:00 body_weight 80.0, heart_rate 68
        """,
        then="nothing",
    ),
    Case(
        says="Days less than k spreads towards harm add up to nothing, however many they are.",
        rule="copd.cusum",
        sent="""
            1-31 Oct 08:00 oxygen_saturation 92, heart_rate 78
            1-14 Nov 08:00 oxygen_saturation 92, heart_rate 80
        """,
        then="nothing",
    ),
    Case(
        says="Oxygen that goes up is no harm.",
        rule="copd.cusum",
        sent="""
            1-31 Oct 08:00 oxygen_saturation 89, heart_rate 78
            1-9 Nov 08:00 oxygen_saturation 96, heart_rate 66
        """,
        then="nothing",
    ),
    Case(
        says="Days without a value change nothing: what has built up stays, until the days it is made of are past.",
        rule="copd.cusum",
        sent="""
            1-31 Oct 08:00 oxygen_saturation 92, heart_rate 78
            1-2 Nov 08:00 oxygen_saturation 87, heart_rate 78
            6-7 Nov 08:00 oxygen_saturation 87, heart_rate 78
        """,
        then="""
            yellow from 6 Nov 08:00, goes on: Oxygen saturation 87 %, 5 points below 92 %, this
                person's usual, building up over days, by 08:00 on 6 Nov 2026.
        """,
    ),
    Case(
        says="Fewer than 14 days that end 14 days before are no usual: nothing is said yet.",
        rule="copd.cusum",
        sent="""
            10-22 Oct 08:00 oxygen_saturation 92, heart_rate 78
            23-30 Oct 08:00 oxygen_saturation 86, heart_rate 96
        """,
        then="nothing",
    ),
    Case(
        says="It settles when every sum is below half of h, and no sooner than 14 days after the last breach.",
        rule="copd.cusum",
        sent="""
            1-31 Oct 08:00 oxygen_saturation 92, heart_rate 78
            1-5 Nov 08:00 oxygen_saturation 87, heart_rate 96
            6-30 Nov 08:00 oxygen_saturation 92, heart_rate 78
        """,
        then="""
            amber from 3 Nov 08:00, settled 22 Nov 08:00: Oxygen saturation 87 %, 5 points below 92
                %, this person's usual, building up over days, by 08:00 on 3 Nov 2026.
        """,
    ),
]
