from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboards.charts import Window
from dashboards.presenters import (
    alert,
    errors,
    figures,
    patients,
    question,
    queue,
    record,
    sent,
    sign_in,
    today,
    trends,
    words,
)
from dashboards.presenters.views import Checking, KindSeen, QueueFilters, SilentSeen
from tests.dashboards import made_up as m
from tests.dashboards import made_up_phone as phone

AT = datetime(2026, 11, 20, 8, 2, tzinfo=UTC)


def test_a_moment_is_said_by_the_clock_in_london():
    assert words.moment(AT) == "Fri 20 Nov 2026, 08:02"
    assert words.moment(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "Thu 2 Jul 2026, 00:30"


def test_the_hour_that_happens_twice_says_which_of_the_two():
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert (words.clock(first), words.clock(second)) == ("01:30 BST", "01:30 GMT")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (AT - timedelta(minutes=5), "today 07:57"),
        (AT - timedelta(hours=9), "yesterday 23:02"),
        (AT - timedelta(days=4), "Mon 16 Nov 08:02"),
        (AT - timedelta(days=400), "Thu 16 Oct 2025 09:02"),
    ],
)
def test_near_times_are_short(at, said):
    assert words.near(at, AT) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (720, "12 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (172800, "2 days"),
    ],
)
def test_how_long_in_the_largest_unit_that_says_enough(seconds, said):
    assert words.how_long(seconds) == said


def test_a_time_is_there_exactly_for_machines():
    assert 'datetime="2026-11-20T08:02:00Z"' in words.stamp(AT, "12 minutes")


def test_age_turns_on_the_birthday():
    at = datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert words.years_old(date(1948, 2, 29), at) == 77
    assert words.years_old(date(1948, 2, 28), at) == 78


def test_an_nhs_number_is_spaced_as_it_is_read_out():
    assert words.nhs_number("9990000018") == "999 000 0018"
    assert words.nhs_number("unknown") == "unknown"


def test_a_value_has_its_unit():
    assert words.reading(m.WEIGHT, 84) == "84.0 kg"
    assert words.reading(m.OXYGEN, 93) == "93%"
    assert words.reading(m.BREATH, 2) == "More"
    assert words.reading(KindSeen("change", "Change", ""), -0.2) == "0"


# --- the queue


def test_the_queue_has_one_card_for_each_patient_worst_first_then_oldest():
    page = queue.present(m.QUEUE, m.staff())
    assert [card.patient.name for card in page.cards] == [
        m.BEN.name, m.JO.name, m.ED.name, m.ADA.name, m.DEE.name,
    ]  # fmt: skip
    ada = page.cards[3]
    assert [one.severity for one in ada.alerts] == ["amber", "blue"]
    assert ">14 hours<" in ada.waiting


def test_the_order_of_the_queue_does_not_depend_on_the_order_it_came_in():
    backwards = replace(m.QUEUE, alerts=m.QUEUE.alerts[::-1])
    assert queue.present(backwards, m.staff()).alert_ids == queue.present(m.QUEUE, m.staff()).alert_ids


def test_nothing_to_do_and_nothing_was_checked_never_read_alike():
    checked = queue.present(m.EMPTY_QUEUE, m.staff())
    stopped = queue.present(m.EMPTY_QUEUE, m.staff(checking=m.STOPPED))
    never = queue.present(m.EMPTY_QUEUE, m.staff(checking=Checking()))
    unknown = queue.present(m.EMPTY_QUEUE, m.staff(checking=None))
    assert checked.empty == "No alerts are waiting."
    assert not checked.checked.stopped
    for page in (stopped, never, unknown):
        assert page.checked.stopped
        assert "Do not take this as all clear" in page.empty
    assert stopped.checked.stopped == "Alerts have not been checked since 05:24"


def test_the_last_complete_check_is_said_with_its_numbers():
    line = queue.present(m.QUEUE, m.staff()).checked
    assert (line.line, line.errors) == ("412 of 412 patients, 0 errors", False)
    assert ">08:02<" in line.at


def test_a_check_on_another_day_says_which():
    old = Checking(m.NOW - timedelta(days=2), 412, 412, 0)
    assert ">Wed 18 Nov 08:14<" in queue.checked_line(old, m.NOW).at


def test_filters_stay_in_the_addresses_and_nothing_about_a_patient_does():
    seen = replace(m.QUEUE, filters=QueueFilters("1", "", "raised", mine=True))
    page = queue.present(seen, m.staff())
    assert page.rows_href == "/queue/rows?team=1&state=raised&mine=1"
    assert page.counts[0].href == "/queue?team=1&severity=red&state=raised&mine=1"


def test_a_severity_that_is_shown_alone_links_back_to_all():
    page = queue.present(replace(m.QUEUE, filters=QueueFilters(severity="red")), m.staff())
    assert page.counts[0].current
    assert page.counts[0].href == "/queue"


# --- one alert


def test_who_deals_with_an_alert():
    me = m.CLINICIAN
    assert alert.owner(m.RED, me) == "No one yet"
    assert alert.owner(m.FULL, me) == "Claimed by you"
    assert alert.owner(m.SETTLED, me) == "Claimed by Dr Placeholder"
    assert alert.owner(m.DONE, me) == "Resolved by Dr Placeholder"


@pytest.mark.parametrize(
    ("seen", "viewer", "doable"),
    [
        (m.RED, m.CLINICIAN, "acknowledge claim note resolve"),
        (m.FULL, m.CLINICIAN, "note resolve"),
        (m.SETTLED, m.CLINICIAN, "claim note resolve"),
        (m.RED, m.COORDINATOR, "note"),
        (m.RED, m.LEAD, ""),
        (m.DONE, m.CLINICIAN, ""),
    ],
)
def test_only_what_the_viewer_may_do_is_offered(seen, viewer, doable):
    found = alert.doable(seen, viewer)
    offered = [name for name in ("acknowledge", "claim", "note", "resolve") if getattr(found, name)]
    assert " ".join(offered) == doable
    assert found.anything == bool(doable)


def test_taking_an_alert_from_someone_else_is_called_so():
    assert alert.doable(m.SETTLED, m.CLINICIAN).claim_word == "Take over"


def test_what_else_to_know_is_said():
    assert alert.badges(m.SETTLED, m.NOW) == ["Back in range since today 05:14"]
    assert alert.badges(m.LATE, m.NOW) == ["Late: measured 4 days ago"]
    assert alert.badges(m.FULL, m.NOW) == ["3 times in 90 days"]
    assert alert.badges(replace(m.RED, withdrawn=True), m.NOW) == [
        "Nothing it rests on stands any more: readings were corrected, or thresholds changed"
    ]


def test_what_no_person_did_the_checks_did():
    rows = alert.present(m.FULL, m.OUTCOMES, m.staff()).alert.timeline
    assert [(row.what, row.by) for row in rows][:2] == [
        ("Raised", "the checks"),
        ("Acknowledged", "Nurse Example"),
    ]


def test_evidence_that_was_corrected_stays_and_says_so():
    rows = alert.present(m.FULL, m.OUTCOMES, m.staff()).alert.evidence
    assert [row.superseded for row in rows] == [True, *[False] * (len(rows) - 1)]


# --- the record


def test_both_numbers_of_blood_pressure_share_one_figure():
    page = record.present(m.record(), m.staff())
    assert [one.id for one in page.figures] == [
        "blood_pressure", "oxygen_saturation", "body_weight", "heart_rate", "breathlessness",
    ]  # fmt: skip


def test_thresholds_are_said_in_words():
    assert figures.thresholds(m.SYSTOLIC, m.SYS_BOUNDS) == (
        "Amber from 150 mmHg and red from 180 mmHg up; amber from 100 mmHg and red from 90 mmHg down."
    )
    assert figures.thresholds(m.SYSTOLIC, None) == "No thresholds are set."


def test_the_table_has_every_reading_of_the_window_newest_first():
    page = record.present(m.record(7), m.staff())
    weight = next(one for one in page.figures if one.id == "body_weight")
    assert len(weight.rows) == 7
    assert "20 Nov 2026" in weight.rows[0].at


def test_the_key_names_only_marks_that_appear():
    page = record.present(m.record(), m.staff())
    keys = {one.id: [name for name, _ in one.key] for one in page.figures}
    assert keys["heart_rate"] == ["dot"]
    assert "hollow" in keys["blood_pressure"]
    assert "hollow" not in keys["body_weight"]


@pytest.mark.parametrize(("lowest", "shaded"), [(50.0, ["band", "second-band"]), (None, ["band"])])
def test_the_key_of_blood_pressure_names_only_targets_that_are_shaded(lowest, shaded):
    top, foot = m.pressures()
    top = replace(top, bounds=(replace(m.SYS_BOUNDS, amber_low=90.0),))
    foot = replace(foot, bounds=(replace(m.DIA_BOUNDS, amber_low=lowest, red_low=None),))
    figure = figures.pressure(top, foot, Window.last(30, m.NOW), {})
    assert [name for name, _ in figure.key if name.endswith("band")] == shaded
    assert figure.wide.count('class="band"') == len(shaded)


def test_only_who_may_decide_is_asked_about_held_readings():
    assert record.present(m.record(), m.staff()).may_decide
    assert not record.present(m.record(), m.staff(m.COORDINATOR)).may_decide


def test_open_alerts_stand_apart_from_resolved_ones():
    page = record.present(m.record(), m.staff())
    assert (len(page.open_alerts), len(page.resolved_alerts)) == (2, 1)


def test_a_pause_says_until_when_and_why():
    said = record.present(m.EMPTY_RECORD, m.staff()).paused
    assert said == "Missing readings raise no alert until Mon 30 Nov 2026 (in hospital)."


# --- lists and trends


def test_a_patient_who_never_sent_is_said_to_have_sent_never():
    rows = patients.present(m.PATIENTS, m.staff()).rows
    assert rows[-1].last == "never"


def test_what_is_not_listed_is_counted():
    found = patients.present(replace(m.PATIENTS, more=1200), m.staff()).found
    assert found.startswith("The first 5 patients; 1,200 more match.")


def test_who_never_sent_stands_before_who_stopped():
    seen = (SilentSeen(m.DEE, AT, 1, "daily"), SilentSeen(m.ADA, AT - timedelta(days=3), 3, "daily"))
    page = trends.present(replace(m.TRENDS, silent=(*seen, SilentSeen(m.ED, None, 9, "daily"))), m.staff())
    assert [line.patient.name for line in page.silent] == [m.ED.name, m.ADA.name, m.DEE.name]


@pytest.mark.parametrize(
    ("received", "expected", "said"),
    [(0, 0, "–"), (0, 10, "0%"), (999, 1000, "99%"), (1000, 1000, "100%"), (1001, 1000, "100%")],
)
def test_a_share_is_never_rounded_up_to_all(received, expected, said):
    assert trends.share(received, expected) == said


def test_drift_says_the_change_between_the_averages_shown():
    first = trends.present(m.TRENDS, m.staff()).drifting[0]
    assert (first.change, first.recent, first.before) == (
        "+2.2 kg", "84.6 kg (7 readings)", "82.4 kg (27 readings)",
    )  # fmt: skip


def test_the_export_keeps_the_filters():
    assert trends.present(replace(m.TRENDS, team="1"), m.staff()).csv_href == "/trends.csv?team=1"


# --- a patient's pages


def test_today_counts_what_is_due():
    page = today.present(phone.TODAY, m.patient_frame())
    assert page.heading == "2 things to measure today"
    assert page.start_href == "/today/blood-pressure"
    assert today.present(phone.TODAY_DONE, m.patient_frame()).heading == "You have sent everything for today"
    assert today.present(phone.TODAY_NOTHING, m.patient_frame()).heading == "Nothing to measure today"


def test_a_box_is_never_filled_in_before_it_was_typed():
    assert [one.value for one in question.present(phone.PRESSURE_QUESTION).fields] == ["", "", ""]


def test_decimals_decide_which_keys_a_phone_shows():
    kilograms = replace(phone.PRESSURE_QUESTION.fields[0], decimals=1)
    assert question.field(kilograms).inputmode == "decimal"
    assert question.field(phone.PRESSURE_QUESTION.fields[0]).inputmode == "numeric"


def test_what_is_most_urgent_leads_what_was_sent():
    everything = (phone.STORED, phone.SENT_AMBER, phone.REFUSED, phone.HELD, phone.SENT_RED)
    page = sent.present(everything, phone.TODAY)
    assert [line.urgency for line in page.lines] == ["red", "again", "refused", "amber", "plain"]
    assert (page.heading, page.emergency) == ("Get help now", True)


@pytest.mark.parametrize("verdict", ["stored", "duplicate", "held", "rejected"])
def test_red_is_an_emergency_whatever_became_of_the_reading(verdict):
    assert sent.present((replace(phone.SENT_RED, verdict=verdict),), phone.TODAY).emergency


def test_what_was_held_can_be_measured_again():
    page = sent.present((phone.HELD,), phone.TODAY)
    assert (page.heading, page.lines[0].again_href) == ("Please measure again", "/today/blood-pressure")


def test_passwords_and_codes_are_never_given_back():
    page = sign_in.form({"email": "a@example.org", "password": "secret", "code": "123456"})
    assert page.values == {"email": "a@example.org"}


def test_an_unknown_error_still_says_what_to_do():
    assert "Try again" in errors.present(418).sentence
    assert errors.present(403, "You are not in this team.").sentence == "You are not in this team."


def test_a_missing_reading_that_has_become_amber_is_still_one_that_was_expected():
    amber = replace(m.MISSING, severity="amber", missing=True)
    assert "expected" in alert.measured(amber, m.NOW)
    assert "measured" not in alert.measured(amber, m.NOW)
