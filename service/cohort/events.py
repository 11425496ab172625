"""What befalls people: when, how it moves their levels and answers, and whether readings can show it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from service.cohort.levels import Levels
from service.cohort.model import Flags, Floats

# Events a patient-year over the whole time shown (clinical notes 4.1; the others [P]).
A_YEAR = {
    "heart_failure_decompensation": 0.4,
    "copd_exacerbation": 1.5,
    "hypertensive_rise": 0.15,
    "hypoglycaemia": 1.0,
    "hyperglycaemia": 0.5,
}
# Share of those who still send for whom one begins in the last days, so that a fresh queue has work on it.
LATELY = {
    "heart_failure_decompensation": 0.10,
    "copd_exacerbation": 0.10,
    "hypertensive_rise": 0.05,
    "hypoglycaemia": 0.08,
    "hyperglycaemia": 0.06,
    "infection": 0.15,
    "stopped_sending": 0.03,
}
PATHWAY_OF = {
    "heart_failure_decompensation": "heart_failure",
    "copd_exacerbation": "copd",
    "hypertensive_rise": "hypertension",
    "hypoglycaemia": "diabetes",
    "hyperglycaemia": "diabetes",
    "infection": "virtual_ward",
}
# The kinds whose numbers an event moves.
SHOWN_BY: dict[str, tuple[str, ...]] = {
    "heart_failure_decompensation": ("body_weight",),
    "copd_exacerbation": ("oxygen_saturation",),
    "hypertensive_rise": ("blood_pressure",),
    "hypoglycaemia": ("glucose",),
    "hyperglycaemia": ("glucose",),
    "infection": ("body_temperature",),
    "stopped_sending": (),
}
LATEST_ONSETS = (2, 6)  # days ago: some are at their height, some still rising
SPARED = 2  # the first two people have their own story

# The chance of the last answer of a kind on a day when nothing is wrong.
ANSWERS_WHEN_STABLE = {
    "breathlessness": 0.01,
    "sputum": 0.01,
    "ankle_swelling": 0.01,
    "extra_pillows": 0.005,
    "consciousness": 0.0,
}


@dataclass
class Planted:
    """One event as it is laid over the levels. The day is a place in the calendar."""

    patient: int
    kind: str
    day: int
    moves_numbers: bool = True


@dataclass
class Course:
    """What an event is laid over: levels (people × days) and chances of the last answer (people × days)."""

    levels: Levels
    answers: dict[str, Floats]
    sends: Flags

    def shift(self, signal: str, patient: int, by: Floats) -> None:
        """Move a person's level by so much on each day."""
        self.levels[signal][patient] += by

    def say(self, kind: str, patient: int, chance: Floats) -> None:
        """A person gives the last answer of a kind at least this often on each day."""
        self.answers[kind][patient] = np.maximum(self.answers[kind][patient], chance)


def stable_answers(shape: tuple[int, int]) -> dict[str, Floats]:
    """The chance of the last answer on each day (people × days) before any event."""
    return {kind: np.full(shape, chance) for kind, chance in ANSWERS_WHEN_STABLE.items()}


def draw(
    rng: np.random.Generator, on: dict[str, Flags], sending: Flags, daily: Flags, days: int
) -> list[Planted]:
    """Which events happen to whom.

    on: pathway -> who is on it; sending: who still sends; daily: who measures blood pressure every day.
    """
    planted = _over_the_years(rng, on, days) + _lately(rng, on, sending, daily, days)
    for event in planted:
        event.moves_numbers = event.kind != "stopped_sending"
    # Every second decompensation comes without a gain of weight (clinical notes 4.1).
    decompensations = [event for event in planted if event.kind == "heart_failure_decompensation"]
    for event in decompensations[1::2]:
        event.moves_numbers = False
    return planted


def _over_the_years(rng: np.random.Generator, on: dict[str, Flags], days: int) -> list[Planted]:
    """Events at their yearly rates, on any of the days but the last, which have their own."""
    before = max(days - LATEST_ONSETS[1], 1)
    found = []
    for kind, rate in A_YEAR.items():
        able = np.flatnonzero(on[PATHWAY_OF[kind]])
        able = able[able >= SPARED]
        befallen = np.repeat(able, rng.poisson(rate * before / 365, len(able)))
        on_days = rng.integers(0, before, len(befallen))
        found += [Planted(int(p), kind, int(d)) for p, d in zip(befallen, on_days, strict=True)]
    return found


def _lately(
    rng: np.random.Generator, on: dict[str, Flags], sending: Flags, daily: Flags, days: int
) -> list[Planted]:
    """Events of the last days, at most one a person, at least one of each kind where anyone can have it."""
    found = []
    free = sending.copy()
    free[:SPARED] = False
    for kind, share in LATELY.items():
        concerned = sending & on[PATHWAY_OF[kind]] if kind in PATHWAY_OF else sending
        # Who measures one week a month would not show a rise of blood pressure in time.
        able = concerned & free & daily if kind == "hypertensive_rise" else concerned & free
        wanted = max(1, round(share * int(concerned.sum())))
        for patient in rng.permutation(np.flatnonzero(able))[:wanted]:
            free[patient] = False
            day = days - 1 - int(rng.integers(LATEST_ONSETS[0], LATEST_ONSETS[1] + 1))
            found.append(Planted(int(patient), kind, max(day, 0)))
    return found


def lay(rng: np.random.Generator, event: Planted, over: Course) -> None:
    """Lay one event over the levels, answers and days of its person."""
    since = np.arange(over.sends.shape[1], dtype=np.float64) - event.day
    COURSES[event.kind](rng, event, since, over)


def _wave(since: Floats, rise: float, stay: float, fall: float) -> Floats:
    """0 before the onset, up to 1 in `rise` days, there for `stay`, back to 0 in `fall`."""
    return np.interp(since, [0, rise, rise + stay, rise + stay + fall], [0, 1, 1, 0], left=0, right=0)


def _heart_failure(rng: np.random.Generator, event: Planted, since: Floats, over: Course) -> None:
    wave = _wave(since, rise=4, stay=5, fall=6)
    gain = max(2.4, rng.normal(3.2, 0.8)) if event.moves_numbers else 0.0
    over.shift("body_weight", event.patient, gain * wave)
    over.shift("heart_rate", event.patient, 8 * wave)
    over.shift("systolic", event.patient, rng.choice([-8.0, 8.0]) * wave)
    over.say("breathlessness", event.patient, 0.8 * wave)
    over.say("ankle_swelling", event.patient, 0.7 * wave)
    over.say("extra_pillows", event.patient, 0.5 * wave)


def _copd(rng: np.random.Generator, event: Planted, since: Floats, over: Course) -> None:
    wave = _wave(since, rise=2.5, stay=3, fall=6)
    heavy = rng.uniform(1, 2.8)  # 1.5 SD is the mean of exacerbations; one that needs someone is deeper
    over.shift("heart_rate", event.patient, 7.5 * min(heavy, 2) * wave)
    over.shift("oxygen_saturation", event.patient, -1.5 * heavy * wave)
    over.shift("peak_flow", event.patient, -15 * heavy * wave)
    over.shift("cat_score", event.patient, 3 * heavy * wave)
    felt = _wave(since + 5, rise=4, stay=6, fall=7)  # felt from five days before to twelve after
    over.say("breathlessness", event.patient, 0.8 * felt)
    over.say("sputum", event.patient, 0.7 * felt)


def _hypertensive(rng: np.random.Generator, event: Planted, since: Floats, over: Course) -> None:
    wave = _wave(since, rise=2, stay=8, fall=4)  # slow enough not to look like another person's meter
    to = rng.uniform(184, 196) - over.levels["systolic"][event.patient].mean()
    over.shift("systolic", event.patient, np.clip(to, 20, 55) * wave)
    over.shift("diastolic", event.patient, rng.uniform(14, 22) * wave)


def _hypoglycaemia(rng: np.random.Generator, event: Planted, since: Floats, over: Course) -> None:
    wave = _wave(since + 0.5, rise=0.5, stay=float(rng.integers(1, 4)), fall=0.5)
    level = over.levels["glucose"][event.patient]
    over.shift("glucose", event.patient, (rng.uniform(2.8, 3.6) - level) * wave)


def _hyperglycaemia(rng: np.random.Generator, event: Planted, since: Floats, over: Course) -> None:
    over.shift("glucose", event.patient, rng.uniform(8, 12) * _wave(since, rise=1, stay=4, fall=2))


def _infection(rng: np.random.Generator, event: Planted, since: Floats, over: Course) -> None:
    wave = _wave(since, rise=1, stay=4, fall=3)
    over.shift("body_temperature", event.patient, rng.uniform(2.1, 3.0) * wave)
    over.shift("heart_rate", event.patient, rng.uniform(22, 36) * wave)
    over.shift("oxygen_saturation", event.patient, -rng.uniform(2, 5) * wave)
    over.shift("respiratory_rate", event.patient, rng.uniform(4, 9) * wave)
    over.shift("systolic", event.patient, -rng.uniform(5, 18) * wave)
    over.say("consciousness", event.patient, 0.1 * wave)


def _stopped(_: np.random.Generator, event: Planted, since: Floats, over: Course) -> None:
    over.sends[event.patient] &= since < 0


COURSES: dict[str, Callable[[np.random.Generator, Planted, Floats, Course], None]] = {
    "heart_failure_decompensation": _heart_failure,
    "copd_exacerbation": _copd,
    "hypertensive_rise": _hypertensive,
    "hypoglycaemia": _hypoglycaemia,
    "hyperglycaemia": _hyperglycaemia,
    "infection": _infection,
    "stopped_sending": _stopped,
}
