from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from foundation.database import transaction
from foundation.errors import Refused
from people import enrolment_codes, sessions, sign_in, teams, totp
from people.tables import Audit, Patient
from people.viewer import OWNER
from tests.builders import NOW, PASSWORD, a_patient, a_staff, an_nhs_number, viewer_for

BORN = date(1951, 3, 14)
ANOTHER = "lantern mole cello"


def a_code(patient, at=NOW):
    with transaction(OWNER) as session:
        return enrolment_codes.issue(session, patient.id, by=OWNER, at=at)


def a_patient_with_password():
    patient = a_patient(born=BORN)
    sign_in.choose_password(
        sign_in.patient_code(patient.nhs_number, BORN, a_code(patient), NOW), PASSWORD, NOW
    )
    return patient


def refusal(call, *told):
    """What a person is told, or that they were let in."""
    try:
        call(*told)
    except Refused as refused:
        return refused.code, refused.sentence, refused.status
    return "in"


# ---------------------------------------------------------------- staff


def test_staff_sign_in_with_password_and_then_code(database):
    staff = a_staff(password=PASSWORD)

    half = sign_in.staff_password(staff.email.upper(), PASSWORD, NOW)
    assert sessions.seen(half, NOW).stage == "password"

    cookie = sign_in.staff_code(half, totp.code(staff.totp_secret, NOW), NOW)
    assert sessions.seen(cookie, NOW).stage == "full"
    assert sessions.seen(cookie, NOW).viewer == viewer_for(staff)
    assert sessions.seen(half, NOW) is None


def test_a_code_works_once(database):
    staff = a_staff(password=PASSWORD)
    code = totp.code(staff.totp_secret, NOW)
    sign_in.staff_code(sign_in.staff_password(staff.email, PASSWORD, NOW), code, NOW)

    half = sign_in.staff_password(staff.email, PASSWORD, NOW)

    assert refusal(sign_in.staff_code, half, code, NOW)[0] == "wrong_code"
    next_code = totp.code(staff.totp_secret, NOW + timedelta(seconds=30))
    assert refusal(sign_in.staff_code, half, next_code, NOW + timedelta(seconds=30)) == "in"


def test_a_code_from_before_the_last_one_used_does_not_work(database):
    staff = a_staff(password=PASSWORD)
    later = NOW + timedelta(seconds=30)
    sign_in.staff_code(
        sign_in.staff_password(staff.email, PASSWORD, NOW), totp.code(staff.totp_secret, later), NOW
    )
    half = sign_in.staff_password(staff.email, PASSWORD, NOW)
    assert refusal(sign_in.staff_code, half, totp.code(staff.totp_secret, NOW), NOW)[0] == "wrong_code"


def test_two_browsers_with_one_code_are_let_in_once(database):
    staff = a_staff(password=PASSWORD)
    code = totp.code(staff.totp_secret, NOW)
    halves = [sign_in.staff_password(staff.email, PASSWORD, NOW) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda half: refusal(sign_in.staff_code, half, code, NOW), halves))
    assert outcomes.count("in") == 1


def test_the_password_alone_is_not_enough(database):
    staff = a_staff(password=PASSWORD)
    half = sign_in.staff_password(staff.email, PASSWORD, NOW)
    assert refusal(sign_in.staff_code, half, "", NOW)[0] == "wrong_code"
    assert sessions.seen(half, NOW).stage == "password"


def test_only_the_session_that_gave_the_password_may_give_the_code(database):
    staff, patient = a_staff(password=PASSWORD), a_patient(born=BORN)
    code = totp.code(staff.totp_secret, NOW)
    of_patient = sign_in.patient_code(patient.nhs_number, BORN, a_code(patient), NOW)
    full = sign_in.staff_code(sign_in.staff_password(staff.email, PASSWORD, NOW), code, NOW)
    for cookie in ("", of_patient, full):
        assert refusal(sign_in.staff_code, cookie, code, NOW)[0] == "begin_again"


def test_guessing_codes_locks_even_who_knows_the_password(database):
    staff = a_staff(password=PASSWORD)
    outcomes = []
    for _ in range(8):
        try:
            half = sign_in.staff_password(staff.email, PASSWORD, NOW)
        except Refused as refused:
            outcomes.append(refused.code)
        else:
            outcomes.append(refusal(sign_in.staff_code, half, "000000", NOW)[0])
    assert outcomes == ["wrong_code"] * 5 + ["too_many_tries"] * 3


def test_staff_without_a_password_and_disabled_staff_are_told_the_same(database):
    disabled = a_staff(password=PASSWORD)
    with transaction(OWNER) as session:
        teams.disable_staff(session, disabled.id, by=OWNER, at=NOW)
    told = {
        refusal(sign_in.staff_password, email, PASSWORD, NOW)
        for email in (a_staff().email, disabled.email, "nobody@example.org")
    }
    assert len(told) == 1
    assert told.pop()[0] == "wrong_password"


# ---------------------------------------------------------------- patients


def test_a_patient_begins_with_a_code_and_a_password_of_their_own(database):
    patient = a_patient(born=BORN)

    half = sign_in.patient_code(patient.nhs_number, BORN, a_code(patient), NOW)
    assert sessions.seen(half, NOW).stage == "code"
    cookie = sign_in.choose_password(half, PASSWORD, NOW)
    assert sessions.seen(cookie, NOW).viewer == viewer_for(patient)

    later = NOW + timedelta(days=3)
    again = sign_in.patient_password(patient.nhs_number, PASSWORD, later)
    assert sessions.seen(again, later).viewer == viewer_for(patient)


def test_a_code_may_be_typed_as_it_is_read(database):
    patient = a_patient(born=BORN)
    typed = a_code(patient).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    spaced = f"{patient.nhs_number[:3]} {patient.nhs_number[3:6]} {patient.nhs_number[6:]}"
    assert refusal(sign_in.patient_code, spaced, BORN, typed, NOW) == "in"


def test_a_code_is_eight_characters_that_cannot_be_mistaken(database):
    codes = {a_code(a_patient()) for _ in range(10)}
    assert len(codes) == 10
    for code in codes:
        assert len(code.replace("-", "")) == 8
        assert not set(code) & set("ILOU")


def test_an_enrolment_code_works_once(database):
    patient = a_patient(born=BORN)
    code = a_code(patient)
    assert refusal(sign_in.patient_code, patient.nhs_number, BORN, code, NOW) == "in"
    assert refusal(sign_in.patient_code, patient.nhs_number, BORN, code, NOW)[0] == "wrong_enrolment_code"


def test_two_browsers_with_one_enrolment_code_are_let_in_once(database):
    patient = a_patient(born=BORN)
    code = a_code(patient)
    with ThreadPoolExecutor(4) as pool:
        told = [(patient.nhs_number, BORN, code, NOW)] * 4
        outcomes = list(pool.map(lambda given: refusal(sign_in.patient_code, *given), told))
    assert outcomes.count("in") == 1


def test_a_new_code_ends_the_one_before(database):
    patient = a_patient(born=BORN)
    first, second = a_code(patient), a_code(patient)
    assert refusal(sign_in.patient_code, patient.nhs_number, BORN, first, NOW) != "in"
    assert refusal(sign_in.patient_code, patient.nhs_number, BORN, second, NOW) == "in"
    assert (
        refusal(sign_in.patient_code, patient.nhs_number, BORN, first, NOW) != "in"
    )  # also once that is used


def test_a_code_is_good_for_72_hours_also_when_the_clocks_change(database):
    issued = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    for minutes, expected in ((72 * 60 - 1, "in"), (72 * 60, "wrong_enrolment_code")):
        patient = a_patient(born=BORN)
        told = refusal(
            sign_in.patient_code,
            patient.nhs_number,
            BORN,
            a_code(patient, issued),
            issued + timedelta(minutes=minutes),
        )
        assert expected in told


def test_a_code_needs_the_right_date_of_birth_and_the_right_number(database):
    patient, other = a_patient(born=BORN), a_patient(born=BORN)
    code = a_code(patient)
    a_code(other)
    for number, born in [(patient.nhs_number, date(1951, 3, 15)), (other.nhs_number, BORN)]:
        assert refusal(sign_in.patient_code, number, born, code, NOW)[0] == "wrong_enrolment_code"
    assert refusal(sign_in.patient_code, patient.nhs_number, BORN, code, NOW) == "in"


def test_brute_force_gets_five_guesses(database):
    patient = a_patient(born=BORN)
    code = a_code(patient)
    told = [refusal(sign_in.patient_code, patient.nhs_number, BORN, f"0000000{n}", NOW)[0] for n in range(5)]
    assert told == ["wrong_enrolment_code"] * 5
    # Even the right code and the right password do not open a locked account.
    assert refusal(sign_in.patient_code, patient.nhs_number, BORN, code, NOW)[0] == "too_many_tries"
    assert refusal(sign_in.patient_password, patient.nhs_number, PASSWORD, NOW)[0] == "too_many_tries"
    assert refusal(sign_in.patient_code, patient.nhs_number, BORN, code, NOW + timedelta(minutes=15)) == "in"


def test_a_forgotten_password_is_replaced_and_every_open_session_ends(database):
    patient = a_patient_with_password()
    open_one = sign_in.patient_password(patient.nhs_number, PASSWORD, NOW)

    half = sign_in.patient_code(patient.nhs_number, BORN, a_code(patient), NOW)
    sign_in.choose_password(half, ANOTHER, NOW)

    assert sessions.seen(open_one, NOW) is None
    assert sessions.seen(half, NOW) is None
    assert refusal(sign_in.patient_password, patient.nhs_number, PASSWORD, NOW)[0] == "wrong_password"
    assert refusal(sign_in.patient_password, patient.nhs_number, ANOTHER, NOW) == "in"


def test_a_poor_password_is_refused_and_another_can_be_chosen(database):
    patient = a_patient(born=BORN)
    half = sign_in.patient_code(patient.nhs_number, BORN, a_code(patient), NOW)
    for poor in ("short", "password1", patient.nhs_number):
        assert refusal(sign_in.choose_password, half, poor, NOW)[0].startswith("password_")
    assert refusal(sign_in.choose_password, half, PASSWORD, NOW) == "in"


def test_only_who_gave_a_code_may_choose_a_password(database):
    patient = a_patient_with_password()
    full = sign_in.patient_password(patient.nhs_number, PASSWORD, NOW)
    for cookie in ("", full):
        assert refusal(sign_in.choose_password, cookie, ANOTHER, NOW)[0] == "begin_again"
    assert refusal(sign_in.patient_password, patient.nhs_number, PASSWORD, NOW) == "in"


# ---------------------------------------------------------------- who is not there


def test_nothing_tells_whether_an_account_exists(database):
    patient, staff = a_patient_with_password(), a_staff(password=PASSWORD)
    nobody = an_nhs_number()
    for minute in range(7):  # also while they are locked, and after that
        at = NOW + timedelta(minutes=minute)
        assert refusal(sign_in.patient_password, patient.nhs_number, "wrong", at) == refusal(
            sign_in.patient_password, nobody, "wrong", at
        )
        assert refusal(sign_in.staff_password, staff.email, "wrong", at) == refusal(
            sign_in.staff_password, "nobody@example.org", "wrong", at
        )


def test_nothing_tells_whether_an_enrolment_code_was_given_out(database):
    with_code, without = a_patient(born=BORN), a_patient(born=BORN)
    a_code(with_code)
    told = {
        refusal(sign_in.patient_code, number, BORN, "00000000", NOW)
        for number in (with_code.nhs_number, without.nhs_number, an_nhs_number())
    }
    assert len(told) == 1


def test_the_answer_takes_as_long_whether_an_account_exists_or_not(database):
    staff = [a_staff(password=PASSWORD) for _ in range(8)]

    def seconds(email):
        start = time.perf_counter()
        refusal(sign_in.staff_password, email, "wrong", NOW)
        return time.perf_counter() - start

    seconds("first@example.org")  # the first makes the hash that nobody has
    # By turns, and the shortest of each: what else the machine does only ever makes one longer.
    pairs = [(seconds(one.email), seconds(f"nobody{n}@example.org")) for n, one in enumerate(staff)]
    there, not_there = (min(column) for column in zip(*pairs, strict=True))
    assert 0.5 < not_there / there < 2


# ---------------------------------------------------------------- what is kept


def test_signing_in_is_in_the_audit_and_a_wrong_password_is_not(database):
    patient = a_patient_with_password()
    refusal(sign_in.patient_password, patient.nhs_number, "wrong", NOW)
    sign_in.patient_password(patient.nhs_number, PASSWORD, NOW)

    with transaction(OWNER) as session:
        told = session.scalars(select(Audit.action).where(Audit.actor == f"patient:{patient.id}")).all()
    assert sorted(told) == ["password.chosen", "signed_in", "signed_in"]


def test_no_secret_reaches_the_audit(database):
    patient = a_patient(born=BORN)
    code = a_code(patient)
    sign_in.choose_password(sign_in.patient_code(patient.nhs_number, BORN, code, NOW), PASSWORD, NOW)
    with transaction(OWNER) as session:
        told = repr(session.execute(select(Audit.__table__)).all())
        kept = session.scalars(select(Patient.password_hash)).one()
    for secret in (code, enrolment_codes.plain(code), PASSWORD, kept, patient.nhs_number):
        assert secret not in told
