"""Every template in every state worth looking at, made from made-up people."""

from collections.abc import Callable
from dataclasses import replace

from dashboards.pages import render
from dashboards.presenters import (
    agreed,
    agreed_forms,
    alert,
    backtests,
    errors,
    my_readings,
    patients,
    quality,
    question,
    queue,
    record,
    rules,
    sent,
    service,
    sign_in,
    today,
    trends,
)
from dashboards.presenters.views import Checking, Frame, QueueFilters, ViewerSeen
from tests.dashboards import made_up as m
from tests.dashboards import made_up_agreed as g
from tests.dashboards import made_up_backtests as b
from tests.dashboards import made_up_phone as phone
from tests.dashboards import made_up_rules as r

ACCOUNTS = [
    {"who": "Clinician", "name": "nurse@example.org", "password": "made up pass words", "code": "123456"},
    {"who": "Patient", "name": "9990000026", "password": "other made up words", "code": ""},
]
SIGNED_OUT = Frame(m.NOW, "made-up-token", None, demo=True)


def page(template: str, page: object, frame: Frame | None = None, **more: object) -> Callable[[], str]:
    return lambda: bytes(render(template, frame=frame or m.staff(), page=page, **more).body).decode()


def viewed(viewer: ViewerSeen, **more: str) -> Frame:
    return m.staff(viewer, **more)


def a_rule(seen: r.RulePageSeen, viewer: ViewerSeen = m.LEAD) -> Callable[[], str]:
    return page("rule.html", rules.present_one(seen, viewed(viewer)), viewed(viewer))


def of_lead(template: str, made: object) -> Callable[[], str]:
    return page(template, made, viewed(m.LEAD))


STOPPED = m.staff(checking=m.STOPPED)
NEVER = m.staff(checking=Checking())
FILTERED = replace(m.EMPTY_QUEUE, filters=QueueFilters(team="1", severity="red", mine=True))
FAILING = Checking(m.NOW, 409, 412, 3, problems=("E-mails have not gone out since 07:50.",))
PHONE = m.patient_frame()

PAGES: dict[str, Callable[[], str]] = {
    "queue": page("queue.html", queue.present(m.QUEUE, m.staff())),
    "queue-filtered-one": page(
        "queue.html",
        queue.present(
            replace(m.QUEUE, alerts=(m.RED,), filters=QueueFilters(severity="red"), more=31), m.staff()
        ),
        m.staff(problem="Someone else took this while you were looking. It is shown as it is now."),
    ),
    "queue-empty": page("queue.html", queue.present(m.EMPTY_QUEUE, m.staff())),
    "queue-empty-filtered": page("queue.html", queue.present(FILTERED, m.staff())),
    "queue-stopped": page("queue.html", queue.present(m.QUEUE, STOPPED), STOPPED),
    "queue-empty-stopped": page("queue.html", queue.present(m.EMPTY_QUEUE, STOPPED), STOPPED),
    "queue-never-checked": page("queue.html", queue.present(m.EMPTY_QUEUE, NEVER), NEVER),
    "queue-failing": page(
        "queue.html", queue.present(m.QUEUE, m.staff(checking=FAILING)), m.staff(checking=FAILING)
    ),
    "queue-coordinator": page(
        "queue.html", queue.present(m.QUEUE, viewed(m.COORDINATOR)), viewed(m.COORDINATOR)
    ),
    "alert": page("alert.html", alert.present(m.FULL, m.OUTCOMES, m.staff())),
    "alert-missing": page("alert.html", alert.present(m.MISSING, m.OUTCOMES, m.staff(notice="Note added."))),
    "alert-resolved": page("alert.html", alert.present(m.DONE, m.OUTCOMES, m.staff())),
    "record": page("record.html", record.present(m.record(), m.staff())),
    "record-checked": page("record.html", record.present(m.EMPTY_RECORD, m.staff(), r.CHECKED)),
    "record-7": page("record.html", record.present(m.record(7), m.staff())),
    "record-90": page("record.html", record.present(m.record(90), m.staff())),
    "record-empty": page("record.html", record.present(m.EMPTY_RECORD, m.staff())),
    "record-stopped": page("record.html", record.present(m.EMPTY_RECORD, STOPPED), STOPPED),
    "thresholds": page("thresholds.html", agreed.present(g.AGREED, m.staff())),
    "thresholds-coordinator": page(
        "thresholds.html", agreed.present(g.AGREED, viewed(m.COORDINATOR)), viewed(m.COORDINATOR)
    ),
    "thresholds-none": page("thresholds.html", agreed.present(g.NOTHING, m.staff())),
    "threshold": page("threshold.html", agreed_forms.threshold_form(g.FORM, m.staff())),
    "threshold-first": page("threshold.html", agreed_forms.threshold_form(g.FIRST, m.staff())),
    "threshold-wrong": page("threshold.html", agreed_forms.threshold_form(g.FORM_WRONG, m.staff())),
    "threshold-preview": page("threshold.html", agreed_forms.threshold_form(g.PREVIEWED, m.staff())),
    "threshold-going-back": page("threshold.html", agreed_forms.threshold_form(g.GOING_BACK, m.staff())),
    "trait": page("trait.html", agreed_forms.trait_form(g.TRAIT_FORM, m.staff())),
    "trait-choice": page("trait.html", agreed_forms.trait_form(g.TRAIT_CHOICE, m.staff())),
    "trait-wrong": page("trait.html", agreed_forms.trait_form(g.TRAIT_WRONG, m.staff())),
    "patients": page("patients.html", patients.present(m.PATIENTS, m.staff())),
    "patients-none": page("patients.html", patients.present(m.NO_PATIENTS, m.staff())),
    "trends": page("trends.html", trends.present(m.TRENDS, viewed(m.COORDINATOR)), viewed(m.COORDINATOR)),
    "trends-none": page(
        "trends.html", trends.present(m.NO_TRENDS, viewed(m.COORDINATOR)), viewed(m.COORDINATOR)
    ),
    "rules": of_lead("rules.html", rules.present_list(r.LIST, viewed(m.LEAD))),
    "rules-none": of_lead("rules.html", rules.present_list(r.RulesSeen(()), viewed(m.LEAD))),
    "rule": a_rule(r.one()),
    "rule-draft": a_rule(r.one(r.DRAFT), m.staff().viewer),
    "rule-shadow": a_rule(r.one(r.SHADOW), m.COORDINATOR),
    "rule-proposed": a_rule(r.one(r.PROPOSED)),
    "rule-proposed-own": a_rule(r.OWN),
    "rule-cannot-run": a_rule(r.one(r.BROKEN)),
    "rule-retired": a_rule(r.one(r.PROPOSED, shown=r.RETIRED)),
    "backtests": of_lead("backtests.html", b.form(viewed(m.LEAD))),
    "backtest": of_lead("backtest.html", backtests.present(b.DONE)),
    "backtest-running": of_lead("backtest.html", backtests.present(b.RUNNING)),
    "backtest-failed": of_lead("backtest.html", backtests.present(b.FAILED)),
    "quality": of_lead("quality.html", quality.present(r.QUALITY, viewed(m.LEAD))),
    "quality-none": of_lead("quality.html", quality.present(r.NO_QUALITY, viewed(m.LEAD))),
    "service": page("service.html", service.present(m.RULES, m.RESPONSES, viewed(m.LEAD)), viewed(m.LEAD)),
    "service-none": page("service.html", service.present((), (), viewed(m.LEAD)), viewed(m.LEAD)),
    "today": page("today.html", today.present(phone.TODAY, PHONE), PHONE),
    "today-done": page("today.html", today.present(phone.TODAY_DONE, PHONE), PHONE),
    "today-nothing": page("today.html", today.present(phone.TODAY_NOTHING, PHONE), PHONE),
    "question": page("question.html", question.present(phone.PRESSURE_QUESTION), PHONE),
    "question-wrong": page("question.html", question.present(phone.PRESSURE_WRONG), PHONE),
    "question-choice": page("question.html", question.present(phone.CHOICE_QUESTION), PHONE),
    "check": page("check.html", question.check(phone.ANSWERS, (("systolic", "186"),), "made-up-key"), PHONE),
    "check-nothing": page("check.html", question.check((), (), "made-up-key"), PHONE),
    "sent": page("sent.html", sent.present((phone.STORED, phone.SENT_AMBER), phone.TODAY), PHONE),
    "sent-red": page("sent.html", sent.present((phone.STORED, phone.SENT_RED), phone.TODAY), PHONE),
    "sent-held": page(
        "sent.html", sent.present((phone.HELD, phone.STORED, phone.REFUSED), phone.TODAY), PHONE
    ),
    "my-readings": page("my_readings.html", my_readings.present(m.record().series, 30, PHONE), PHONE),
    "my-readings-none": page("my_readings.html", my_readings.present((), 7, PHONE), PHONE),
    "sign-in-staff": page("sign_in_staff.html", sign_in.form(), SIGNED_OUT),
    "sign-in-staff-wrong": page(
        "sign_in_staff.html",
        sign_in.form({"email": "nurse@example.org", "password": "no"}, {"": "Email or password is wrong."}),
        SIGNED_OUT,
    ),
    "sign-in-staff-demo": page("sign_in_staff.html", sign_in.form(), SIGNED_OUT, accounts=ACCOUNTS),
    "sign-in-code": page("sign_in_code.html", sign_in.form(), SIGNED_OUT),
    "sign-in-patient": page("sign_in_patient.html", sign_in.form(), SIGNED_OUT),
    "sign-in-patient-wrong": page(
        "sign_in_patient.html",
        sign_in.form(
            {"nhs_number": "999 000 00", "born_day": "31", "born_month": "2", "born_year": "1948"},
            {"nhs_number": "An NHS number has 10 digits.", "born_day": "That day does not exist."},
        ),
        SIGNED_OUT,
    ),
    "sign-in-patient-password": page("sign_in_patient_password.html", sign_in.form(), SIGNED_OUT),
    "choose-password": page(
        "choose_password.html", sign_in.form({}, {"password_again": "The two are not the same."}), SIGNED_OUT
    ),
    "error-403": page("error.html", errors.present(403)),
    "error-404": page("error.html", errors.present(404, reference="7f3a-21")),
    "error-422": page("error.html", errors.present(422), PHONE),
    "error-503": page("error.html", errors.present(503), SIGNED_OUT),
    "error-500": page("error.html", errors.present(500, reference="7f3a-21"), PHONE),
}
