"""A made-up patient's day, for the tests of patients' pages."""

from dataclasses import replace
from datetime import date, timedelta

from dashboards.presenters.patient_views import (
    AnswerSeen,
    FieldSeen,
    QuestionSeen,
    SentSeen,
    TodayItem,
    TodaySeen,
)
from dashboards.presenters.views import Choice
from tests.dashboards.made_up import NOW

TEAM = {
    "team": "The Newham East nurses",
    "team_phone": "020 7946 0000",
    "hours": "Monday to Friday, 9am to 5pm",
}
TODAY = TodaySeen(
    "Ada",
    (
        TodayItem(
            "blood-pressure", "Blood pressure, top, bottom and pulse", "late", NOW - timedelta(minutes=14)
        ),
        TodayItem("weight", "Weight", "due", NOW + timedelta(hours=2)),
        TodayItem("oxygen", "Oxygen", "sent", None, NOW - timedelta(minutes=20), "93%"),
        TodayItem("breathlessness", "Breathlessness", "optional"),
    ),
    **TEAM,
)
TODAY_DONE = TodaySeen("Ada", (TodayItem("oxygen", "Oxygen", "sent", None, NOW, "93%"),), **TEAM)
TODAY_NOTHING = TodaySeen("Ada", (), **TEAM, paused_until=date(2026, 11, 30))

PRESSURE_QUESTION = QuestionSeen(
    "blood-pressure",
    "What is your blood pressure?",
    (
        FieldSeen("systolic", "Top number", "mmHg", "millimetres of mercury", hint="The bigger number."),
        FieldSeen("diastolic", "Bottom number", "mmHg", "millimetres of mercury"),
        FieldSeen("heart_rate", "Pulse", "beats a minute", hint="Beside the heart, or PUL."),
    ),
    1,
    3,
    ("Sit still for 5 minutes first.", "Rest your arm on a table.", "Do not talk while it measures."),
    carried=(("oxygen", "93"),),
)
PRESSURE_WRONG = replace(
    PRESSURE_QUESTION,
    fields=(
        replace(
            PRESSURE_QUESTION.fields[0],
            value="88",
            error="The top number must be bigger than the bottom one.",
        ),
        replace(PRESSURE_QUESTION.fields[1], value="152"),
        replace(PRESSURE_QUESTION.fields[2], error="Type your pulse, or leave out blood pressure today."),
    ),
)
CHOICE_QUESTION = QuestionSeen(
    "breathlessness",
    "How is your breathing today?",
    (
        FieldSeen(
            "breathlessness",
            "Compared with a usual day",
            choices=(Choice("0", "Less breathless"), Choice("1", "As usual"), Choice("2", "More breathless")),
        ),
    ),
    3,
    3,
)
ANSWERS = (
    AnswerSeen(
        "blood-pressure",
        "Blood pressure",
        "186/92 mmHg, pulse 78",
        "This is much higher than your usual. Is it right?",
    ),
    AnswerSeen("weight", "Weight", "84.6 kg"),
    AnswerSeen("breathlessness", "Breathlessness", "As usual"),
)  # fmt: skip
STORED = SentSeen("Weight", "82.4 kg", "stored", "in_range", "This is in the range agreed for you.")
HELD = SentSeen(
    "Blood pressure", "201/92 mmHg", "held", "no_range", "This is unusual for you, so we want to be sure.",
    "Sit still and measure again in 5 minutes.", "blood-pressure",
)  # fmt: skip
SENT_RED = SentSeen(
    "Oxygen",
    "84%",
    "stored",
    "red",
    "This is much lower than the range agreed for you.",
    "Call 999 or 111 now.",
)
SENT_AMBER = SentSeen(
    "Blood pressure", "158/92 mmHg", "stored", "amber", "This is higher than the range agreed for you.",
    "Rest, and measure again tomorrow at the same time. Your team will look at it.",
)  # fmt: skip
REFUSED = SentSeen(
    "Temperature", "98.6 °C", "rejected", "no_range", "This cannot be in degrees Celsius.",
    "Look at the thermometer: if it says °F, ask us how to change it.", "temperature",
)  # fmt: skip
