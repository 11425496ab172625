"""What did not come."""

from __future__ import annotations

from tests.alerts.spec.cases import Case

OVERDUE = [
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
        says="A value that waits for a person came all the same: nobody is told that it did not.",
        rule="copd.overdue",
        enrolled="16 Nov 12:00",
        sent="""
            17 Nov 08:00 oxygen_saturation 91, heart_rate 78
            18-20 Nov 08:00 oxygen_saturation 84 waits, heart_rate 78
        """,
        at="20 Nov 12:00",
        then="nothing",
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
]
