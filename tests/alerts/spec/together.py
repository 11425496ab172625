"""Several kinds together."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

SIGNS = [
    Case(
        says="More breathless and phlegm of another colour, on two days.",
        rule="copd.flare_up",
        sent="""
            18 Nov 09:00 breathlessness 1, sputum 0
            19-20 Nov 09:00 breathlessness 2, sputum 2
        """,
        then="""
            amber from 20 Nov 09:00, goes on: At least two of more breathlessness, more phlegm,
                phlegm of another colour: 2 signs together, on 2 of the last 2 days, by 09:00 on 20
                Nov 2026.
        """,
    ),
    Case(
        says="More phlegm and of another colour is one answer, and two signs.",
        rule="copd.flare_up",
        sent="19-20 Nov 09:00 breathlessness 1, sputum 3",
        then="""
            amber from 20 Nov 09:00, goes on: At least two of more breathlessness, more phlegm,
                phlegm of another colour: 2 signs together, on 2 of the last 2 days, by 09:00 on 20
                Nov 2026.
        """,
    ),
    Case(
        says="A bad day between good ones is no flare-up.",
        rule="copd.flare_up",
        sent="""
            18 Nov 09:00 breathlessness 1, sputum 0
            19 Nov 09:00 breathlessness 2, sputum 3
            20 Nov 09:00 breathlessness 2, sputum 0
            21 Nov 09:00 breathlessness 2, sputum 3
        """,
        then="nothing",
    ),
    Case(
        says="Breathlessness alone is one sign.",
        rule="copd.flare_up",
        sent="19-22 Nov 09:00 breathlessness 2, sputum 0",
        then="nothing",
    ),
    Case(
        says="A gain too small for itself, with swollen ankles in the evening.",
        rule="heart_failure.weight_and_symptoms",
        sent="""
            17 Nov 08:00 body_weight 80.0
            18 Nov 08:00 body_weight 80.6
            19 Nov 08:00 body_weight 81.2
            19 Nov 20:00 breathlessness 1, ankle_swelling 1, extra_pillows 0
        """,
        then="""
            yellow from 19 Nov 20:00, goes on: Weight up more than 1 kg, with more breathlessness,
                swollen ankles or extra pillows: 2 signs together, by 20:00 on 19 Nov 2026.
        """,
    ),
    Case(
        says="Symptoms without a gain are not what this rule looks for.",
        rule="heart_failure.weight_and_symptoms",
        sent="""
            17 Nov 08:00 body_weight 80.0
            19 Nov 08:00 body_weight 80.6
            19 Nov 20:00 breathlessness 2, ankle_swelling 1, extra_pillows 1
        """,
        then="nothing",
    ),
]

OXIMETRY_SCORE = [
    Case(
        says="Pulse 6 up and oxygen 2 down, each within its limits, on a day of more breathlessness.",
        rule="copd.oximetry_score",
        sent="""
            1-15 Nov 08:00 heart_rate 76, oxygen_saturation 92
            17 Nov 08:00 heart_rate 82, oxygen_saturation 90
            17 Nov 08:05 breathlessness 2
        """,
        then="""
            yellow from 17 Nov 08:05, goes on: Pulse up and oxygen down by 2.0 of this person's own
                spreads on average, with a symptom, by 08:05 on 17 Nov 2026: at or above the limit
                of 1.
        """,
    ),
    Case(
        says="The same without a symptom.",
        rule="copd.oximetry_score",
        sent="""
            1-15 Nov 08:00 heart_rate 76, oxygen_saturation 92
            17 Nov 08:00 heart_rate 82, oxygen_saturation 90
            17 Nov 08:05 breathlessness 1, sputum 0
        """,
        then="nothing",
    ),
    Case(
        says="Thirteen days are no average yet.",
        rule="copd.oximetry_score",
        sent="""
            1-13 Nov 08:00 heart_rate 76, oxygen_saturation 92
            15 Nov 08:00 heart_rate 82, oxygen_saturation 90, breathlessness 2
        """,
        then="nothing",
    ),
]

NEWS2 = [
    Case(
        says="Five points of a whole set are red, though no measurement is red by itself.",
        rule="every.news2_set",
        on=("virtual_ward",),
        sent="""
            20 Nov 08:00 respiratory_rate 22, oxygen_saturation 95, supplemental_oxygen 0
            20 Nov 08:05 systolic 104, heart_rate 94, consciousness 0, body_temperature 37.2
        """,
        then="""
            red from 20 Nov 08:05, goes on: NEWS2 of one set comes to 5 points by 08:05 on 20 Nov
                2026: the red limit is 5.
        """,
    ),
    Case(
        says="A single measurement of 3 points is amber, also where air or oxygen is not known.",
        rule="every.news2_set",
        on=("virtual_ward",),
        sent="""
            20 Nov 08:00 respiratory_rate 25, oxygen_saturation 97, systolic 128, heart_rate 78
            20 Nov 08:00 consciousness 0, body_temperature 37.2
        """,
        then="""
            amber from 20 Nov 08:00, goes on: Respiratory rate 25 /min in the set of 08:00 on 20 Nov
                2026: 3 points in NEWS2 by itself.
        """,
    ),
    Case(
        says="Low risk is yellow, and a total of 0 settles it.",
        rule="every.news2_set",
        on=("virtual_ward",),
        sent="""
            20 Nov 08:00 respiratory_rate 18, oxygen_saturation 95, supplemental_oxygen 0
            20 Nov 08:00 systolic 128, heart_rate 78, consciousness 0, body_temperature 37.2
            20 Nov 14:00 respiratory_rate 18, oxygen_saturation 96, supplemental_oxygen 0
            20 Nov 14:00 systolic 128, heart_rate 78, consciousness 0, body_temperature 37.2
        """,
        then="""
            yellow from 20 Nov 08:00, settled 20 Nov 14:00: NEWS2 of one set comes to 1 point by
                08:00 on 20 Nov 2026: the yellow limit is 1.
        """,
    ),
    Case(
        says="Low risk, but 2 more than is usual for this person.",
        rule="every.news2_set",
        on=("virtual_ward",),
        sent="""
            16-18 Nov 08:00 16:00 respiratory_rate 18, oxygen_saturation 96, supplemental_oxygen 0
            16-18 Nov 08:00 16:00 systolic 128, heart_rate 78, consciousness 0, body_temperature 37.2
            20 Nov 08:00 respiratory_rate 21, oxygen_saturation 96, supplemental_oxygen 0
            20 Nov 08:00 systolic 128, heart_rate 78, consciousness 0, body_temperature 37.2
        """,
        then="""
            amber from 20 Nov 08:00, goes on: NEWS2 total 2 by 08:00 on 20 Nov 2026: 2 points above
                this person's usual of 0 over 28 days. The amber limit is a rise of 2 points.
        """,
    ),
    Case(
        says="90 % on air, with a prescribed target of 88 to 92 %: no points.",
        rule="every.news2_set",
        on=("copd",),
        traits="oxygen_scale 2",
        sent="""
            20 Nov 08:00 respiratory_rate 18, oxygen_saturation 90, supplemental_oxygen 0
            20 Nov 08:00 systolic 128, heart_rate 78, consciousness 0, body_temperature 37.2
        """,
        then="nothing",
    ),
    Case(
        says="The same without a prescription: 3 points.",
        rule="every.news2_set",
        on=("copd",),
        sent="""
            20 Nov 08:00 respiratory_rate 18, oxygen_saturation 90, supplemental_oxygen 0
            20 Nov 08:00 systolic 128, heart_rate 78, consciousness 0, body_temperature 37.2
        """,
        then="""
            amber from 20 Nov 08:00, goes on: Oxygen saturation 90 % in the set of 08:00 on 20 Nov
                2026: 3 points in NEWS2 by itself.
        """,
    ),
    Case(
        says="Oxygen and pulse alone are no set; nor is one whose parts are two hours apart.",
        rule="every.news2_set",
        on=("virtual_ward",),
        sent="""
            20 Nov 08:00 oxygen_saturation 91, heart_rate 135
            20 Nov 10:00 respiratory_rate 25, systolic 128, body_temperature 37.2
        """,
        then="nothing",
    ),
    Case(
        says="Not for a child of 15.",
        rule="every.news2_set",
        on=("virtual_ward",),
        traits="born 15000",
        sent="""
            20 Nov 08:00 respiratory_rate 26, oxygen_saturation 90, supplemental_oxygen 0
            20 Nov 08:00 systolic 128, heart_rate 78, consciousness 0, body_temperature 37.2
        """,
        then="nothing",
    ),
]

OVER_OXYGENATION = [
    Case(
        says="Above a prescribed target of 88 to 92 % twice, on oxygen.",
        rule="copd.over_oxygenation",
        traits="oxygen_scale 2",
        sent="""
            19 Nov 08:00 supplemental_oxygen 2.0, oxygen_saturation 95
            20 Nov 08:00 supplemental_oxygen 2.0, oxygen_saturation 94
        """,
        then="""
            amber from 20 Nov 08:00, goes on: Oxygen saturation 94 % on extra oxygen at 08:00 on 20
                Nov 2026, more than 92 %, 2 readings in a row: above the prescribed target.
        """,
    ),
    Case(
        says="The same on air is good.",
        rule="copd.over_oxygenation",
        traits="oxygen_scale 2",
        sent="19-20 Nov 08:00 supplemental_oxygen 0, oxygen_saturation 95",
        then="nothing",
    ),
    Case(
        says="Nobody prescribed a target.",
        rule="copd.over_oxygenation",
        sent="19-20 Nov 08:00 supplemental_oxygen 2.0, oxygen_saturation 95",
        then="nothing",
    ),
]
