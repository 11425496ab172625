"""Who is in a made-up cohort: names, ages, pathways, and NHS numbers from the range kept for tests."""

from datetime import date, timedelta
from typing import Literal

import numpy as np

from service.cohort.model import MadeUpPatient
from service.cohort.names import COMMUNITIES, ENDINGS, Community

TEAMS = 4

# Shares of [P]; one or two pathways each.
ENROLMENTS: dict[tuple[str, ...], float] = {
    ("hypertension",): 0.34,
    ("heart_failure",): 0.14,
    ("copd",): 0.13,
    ("diabetes",): 0.12,
    ("hypertension", "diabetes"): 0.09,
    ("virtual_ward",): 0.06,
    ("hypertension", "heart_failure"): 0.05,
    ("hypertension", "copd"): 0.03,
    ("heart_failure", "copd"): 0.02,
    ("virtual_ward", "heart_failure"): 0.02,
}
STEADY = ("hypertension", "heart_failure")  # the first person: somewhere good to sign in
FALLEN_ILL = ("virtual_ward", "heart_failure")  # the second: red within the hour

VIRTUAL_WARD_DAYS = 14
NEW_SHARE = 0.3  # of the others enrolled within the days shown, the rest in the eighteen months before
MONTHS_BEFORE = 540  # days
STEMS = 1_000_000  # 999, six digits, check digit
CANNOT_BE = 10  # a check digit of 10 is never issued


def people(rng: np.random.Generator, patients: int, days: int, today: date) -> list[MadeUpPatient]:
    """`patients` made-up people enrolled by `today`. At most 900,000: the range has no more numbers."""
    numbers = nhs_numbers(rng, patients)
    combinations = list(ENROLMENTS)
    shares = list(ENROLMENTS.values())
    pathways = [combinations[i] for i in rng.choice(len(combinations), patients, p=shares)]
    pathways[:2] = [STEADY, FALLEN_ILL]
    belonging = rng.choice(len(COMMUNITIES), patients, p=[each.share for each in COMMUNITIES])
    enrolled = [_enrolled(rng, each, days, today) for each in pathways]
    enrolled[:2] = [today - timedelta(days=days + 120), today - timedelta(days=9)]
    return [
        _person(rng, numbers[i], pathways[i], COMMUNITIES[belonging[i]], enrolled[i]) for i in range(patients)
    ]


def nhs_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """Different NHS numbers of the test range, with right check digits (weights 10 to 2, 11 - sum mod 11)."""
    stems = rng.permutation(STEMS)[: 2 * count + 100]  # one in eleven has no digit to give
    digits = np.full((len(stems), 9), 9)
    digits[:, 3:] = stems[:, None] // 10 ** np.arange(5, -1, -1) % 10
    check = (-(digits @ np.arange(10, 1, -1))) % 11
    possible = np.flatnonzero(check != CANNOT_BE)
    if count > len(possible):
        raise ValueError(
            f"The test range holds {len(possible)} NHS numbers; ask for fewer people than {count}."
        )
    return [f"999{stems[i]:06d}{check[i]}" for i in possible[:count]]


def _enrolled(rng: np.random.Generator, pathways: tuple[str, ...], days: int, today: date) -> date:
    """On the virtual ward people stay a fortnight, so who is on it came in the last fortnight."""
    if "virtual_ward" in pathways:
        ago = int(rng.integers(2, VIRTUAL_WARD_DAYS))
    elif rng.random() < NEW_SHARE:
        ago = int(rng.integers(1, max(days, 2)))
    else:
        ago = days + int(rng.integers(0, MONTHS_BEFORE))
    return today - timedelta(days=ago)


def _person(
    rng: np.random.Generator,
    nhs_number: str,
    pathways: tuple[str, ...],
    community: Community,
    enrolled_on: date,
) -> MadeUpPatient:
    sex: Literal["female", "male"] = "female" if rng.random() < 0.52 else "male"
    first = _one(rng, community.women if sex == "female" else community.men)
    older = {"heart_failure": 74, "copd": 70, "virtual_ward": 72}
    age = float(np.clip(rng.normal(older.get(pathways[-1], 62), 9), 30, 96))
    return MadeUpPatient(
        nhs_number=nhs_number,
        name=f"{first} {_one(rng, community.roots)}{_one(rng, ENDINGS)}",
        born=enrolled_on - timedelta(days=round(age * 365.25)),
        sex=sex,
        pathways=pathways,
        team=int(rng.integers(TEAMS)),
        enrolled_on=enrolled_on,
        language=community.language if rng.random() < community.prefers else "en",
    )


def _one(rng: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[rng.integers(len(names))]
