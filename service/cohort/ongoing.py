"""What a made-up cohort goes on sending, at the pace of a demo: everyone in turn, round after round."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from ingest.items import PROVENANCES
from service.cohort.levels import paired, sampled
from service.cohort.model import Cohort, Upload, as_item
from service.cohort.stories import ILL_PERSON, STEADY_PERSON
from service.cohort.words import ANSWERS, BLOOD_PRESSURE, WHEN_STABLE, WHEN_UNWELL

ROUND = 750  # seconds in which everyone who still sends does so once: 200 people, one every four seconds
IN_BREACH = 1 / 60  # of uploads: one every four minutes with 200 people
LAG = (16, 45)  # seconds between measuring and sending

MEASURES: dict[str, tuple[str, ...]] = {
    "hypertension": (BLOOD_PRESSURE,),
    "heart_failure": ("body_weight", BLOOD_PRESSURE, "breathlessness", "ankle_swelling", "extra_pillows"),
    "copd": ("oxygen_saturation", "heart_rate", "breathlessness", "sputum"),
    "diabetes": ("glucose",),
    "virtual_ward": (
        "oxygen_saturation",
        "heart_rate",
        "respiratory_rate",
        "body_temperature",
        BLOOD_PRESSURE,
        "consciousness",
    ),
}
# A breach moves a signal to a level, or by so much; short of where the person would be asked to confirm it.
MOVES_TO = {
    "hypertension": {"diastolic": 114.0},
    "diabetes": {"glucose": 3.1},
    "virtual_ward": {"body_temperature": 39.3, "heart_rate": 121.0, "respiratory_rate": 26.0},
}
MOVES_BY = {
    "hypertension": {"systolic": 32.0},
    "heart_failure": {"body_weight": 2.6},
    "copd": {"oxygen_saturation": -3.4, "heart_rate": 12.0},
}
UNWELL = {"heart_failure": ("breathlessness", "ankle_swelling"), "copd": ("breathlessness", "sputum")}


def next_uploads(cohort: Cohort, since: datetime, until: datetime) -> list[Upload]:
    """What arrives after `since` and not after `until`, oldest first.

    However the time is cut into calls, the same uploads come.
    """
    turns = _turns(cohort)
    if not len(turns):
        return []
    first, last = int(since.timestamp() // ROUND), int(until.timestamp() // ROUND)
    found = []
    for number in range(first, last + 1):
        rng = np.random.default_rng([cohort.seed, number])
        # Everyone keeps their turn, so no two of a person's uploads ever fall together.
        seconds = (np.arange(len(turns)) + rng.random(len(turns))) * ROUND / len(turns)
        for patient, second in zip(turns, seconds, strict=True):
            at = datetime.fromtimestamp(number * ROUND, UTC) + timedelta(seconds=float(second))
            if since < at <= until:
                found.append(_upload(cohort, int(patient), number, at))
    return found


def _turns(cohort: Cohort) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Who sends, in the order they do."""
    sends = cohort.sending.copy()
    sends[ILL_PERSON] = False  # their alert is left to stand
    return np.random.default_rng(cohort.seed).permutation(np.flatnonzero(sends))


def _upload(cohort: Cohort, patient: int, number: int, at: datetime) -> Upload:
    rng = np.random.default_rng([cohort.seed, number, patient])
    who = cohort.people[patient]
    breaches = patient != STEADY_PERSON and rng.random() < IN_BREACH
    pathway = who.pathways[rng.integers(len(who.pathways))] if breaches else ""
    levels = {name: float(level[patient]) for name, level in cohort.latest.items()}
    levels |= {name: levels[name] + by for name, by in MOVES_BY.get(pathway, {}).items()}
    levels |= MOVES_TO.get(pathway, {})
    rows = cohort.readings.rows_of(patient)
    way = PROVENANCES[cohort.readings.provenance[rows[-1]]] if rows else "device"
    start = (at - timedelta(seconds=float(rng.uniform(*LAG)))).replace(microsecond=0)
    kinds = dict.fromkeys(kind for each in who.pathways for kind in MEASURES[each])
    failing = "heart_failure" in who.pathways
    items = [
        as_item(
            kind, _panel(rng, kind, levels, pathway, failing=failing), start + timedelta(seconds=place), way
        )
        for place, kind in enumerate(kinds)
    ]
    return Upload(patient, who.nhs_number, f"{cohort.name}-{number}-{patient}", at, items)


def _panel(
    rng: np.random.Generator, kind: str, levels: dict[str, float], pathway: str, *, failing: bool
) -> tuple[float, float, float]:
    """Value (or place of the answer), diastolic, heart rate."""
    if kind in ANSWERS:
        answer = WHEN_UNWELL[kind] if kind in UNWELL.get(pathway, ()) else WHEN_STABLE[kind]
        return float(ANSWERS[kind].index(answer)), 0.0, 0.0

    def shown(name: str) -> float:
        one, nobody = np.array([levels[name]]), np.array([0], dtype=np.int32)
        return float(sampled(rng, name, one, nobody, np.array([failing]))[0])

    if kind == BLOOD_PRESSURE:
        systolic = shown("systolic")
        diastolic = paired(np.array(systolic), np.array(shown("diastolic")))
        return systolic, float(diastolic), shown("heart_rate")
    value = shown(kind)
    return min(value, 100.0) if kind == "oxygen_saturation" else value, 0.0, 0.0
