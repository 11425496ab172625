"""What reaches us: readings with their own error, the slips of people and devices, and the ways of the post.

Rates of mistakes: clinical notes 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.alert_quality.events import LOW, LOW_SHARE, Planted
from benchmarks.alert_quality.pathways import Pathway, Sitting
from benchmarks.alert_quality.people import Complaint, Course, Flags, Floats, heavy

WRONG_UNIT = 0.01  # of the readings of kinds with a unit to mix up
SWAPPED = 0.01  # of the sittings with two fields to swap
WRONG_METER = 0.005  # of the sittings
DUPLICATES = 0.02  # of the readings
LATE = 0.03  # of the sittings, up to LATEST days
LATEST = 7.0
TYPED = 0.3  # of the people, who send when they get round to it; the others' devices send
OTHER_UNIT = 0.05  # of the people have a device in another unit and say so
SWAPS = {"systolic": "diastolic", "diastolic": "systolic", "oxygen_saturation": "heart_rate"}
MEAL = (2.5, 0.7)  # mmol/L after a meal: mean and SD between people
HOUR_SHIFT = {  # by how much morning, midday and evening differ from the day's mean
    "systolic": (1.5, 0.0, -1.5),
    "diastolic": (0.5, 0.0, -0.5),
    "body_temperature": (-0.15, 0.0, 0.15),
}
FIRST_OF_TWO = {"systolic": 2.0, "diastolic": 0.8}  # mmHg above the pair's mean


@dataclass(slots=True)
class Rows:
    """Readings in columns, as they are made."""

    person: list[NDArray[np.int64]] = field(default_factory=list)
    day: list[NDArray[np.int64]] = field(default_factory=list)
    kind: list[NDArray[np.int64]] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    other: list[Flags] = field(default_factory=list)  # sent in the other unit
    measured: list[Floats] = field(default_factory=list)  # seconds from the start
    received: list[Floats] = field(default_factory=list)
    clean: list[Flags] = field(default_factory=list)  # no slip, no mistake

    def column(self, name: str) -> NDArray[np.float64]:
        """All of one column."""
        parts = getattr(self, name)
        return np.concatenate(parts) if parts else np.zeros(0)


@dataclass(frozen=True, slots=True)
class Meter:
    """What one kind is read from."""

    kind: str
    number: int  # its place among the pathway's kinds
    owners: Flags  # people
    course: Course | None
    complaint: Complaint | None


class Measuring:
    """One pathway's people measure."""

    def __init__(
        self,
        rng: np.random.Generator,
        pathway: Pathway,
        of: dict[str, Course],
        symptoms: dict[str, Complaint],
        planted: Planted,
        utc_offset: Floats,
    ) -> None:
        """utc_offset: days, hours by which local clocks are ahead."""
        self.rng, self.pathway, self.planted, self.utc_offset = rng, pathway, planted, utc_offset
        self.shape = planted.low.shape
        people = self.shape[0]
        kinds = [each.kind for each in (*pathway.signals, *pathway.symptoms)]
        # Symptoms are asked together or not at all.
        asked = rng.random(people)
        self.meters = {
            kind: Meter(
                kind,
                number,
                (asked if kind in symptoms else rng.random(people)) < pathway.owners.get(kind, 1.0),
                of.get(kind),
                symptoms.get(kind),
            )
            for number, kind in enumerate(kinds)
        }
        self.delay = np.where(rng.random(people) < TYPED, 45.0, 2.0)  # minutes, the median
        self.habit = rng.normal(0, 0.6, people)  # hours from the sitting's hour
        self.meal = np.maximum(0.5, rng.normal(*MEAL, people))
        self.other = rng.random(people) < OTHER_UNIT
        self.rows = Rows()

    def sit(self, sitting: Sitting, sits: Flags) -> None:
        """Everybody who `sits` (people × days) measures what this sitting holds."""
        rng, shape = self.rng, self.shape
        who, when = np.nonzero(sits)
        hour = sitting.hour + self.habit[who] + rng.normal(0, 0.5, len(who)) - self.utc_offset[when]
        measured = np.round(when * 86400.0 + hour * 3600.0) + (180.0 if sitting.second else 0.0)
        waits = self.delay[who] * np.exp(rng.normal(0, 1.2, len(who))) * 60
        late = rng.random(len(who)) < LATE
        received = measured + np.ceil(
            waits + np.where(late, rng.uniform(0.25, LATEST, len(who)) * 86400, 0.0)
        )

        strange = rng.random(shape) < WRONG_METER
        whose = np.where(strange, rng.integers(0, shape[0], shape), np.arange(shape[0])[:, None])
        values = {kind: self._values(self.meters[kind], sitting, whose) for kind in sitting.kinds}
        swaps = rng.random(shape) < SWAPPED
        for kind, partner in SWAPS.items():
            if partner in values and kind in values:
                values[kind], values[partner] = (
                    (np.where(swaps, values[partner][0], values[kind][0]), values[kind][1] & ~swaps),
                    (np.where(swaps, values[kind][0], values[partner][0]), values[partner][1] & ~swaps),
                )
                break
        for kind in sitting.kinds:
            meter = self.meters[kind]
            has = meter.owners[who]
            value, clean = values[kind]
            self._keep(meter, who[has], when[has], value[who, when][has], measured[has], received[has],
                       (clean & ~strange)[who, when][has])  # fmt: skip

    def _values(self, meter: Meter, sitting: Sitting, whose: NDArray[np.int64]) -> tuple[Floats, Flags]:
        """What the meter shows to each person on each day, and where without a slip."""
        rng, day = self.rng, np.arange(self.shape[1])[None, :]
        if meter.complaint is not None:
            symptom = meter.complaint.symptom
            score = meter.complaint.score + self.planted.added[meter.kind]
            ill = score > meter.complaint.above[:, None]
            answer = np.where(
                ill, rng.choice(symptom.complaint, self.shape), rng.choice(symptom.usual, self.shape)
            )
            return answer, np.ones(self.shape, dtype=bool)
        assert meter.course is not None
        signal, course = meter.course.signal, meter.course
        shown = (course.level + self.planted.added[meter.kind])[whose, day]
        shown = shown + course.own_sd[whose] * heavy(rng, self.shape)
        if sitting.after_meal:
            shown = shown + self.meal[whose] + rng.normal(0, 0.9, self.shape)
        if meter.kind in HOUR_SHIFT:
            shown = shown + HOUR_SHIFT[meter.kind][0 if sitting.hour < 11 else 1 if sitting.hour < 17 else 2]
        shown = shown + (-1 if sitting.second else 1) * FIRST_OF_TWO.get(meter.kind, 0.0)
        if meter.kind == "glucose":
            low = self.planted.low & (rng.random(self.shape) < LOW_SHARE)
            shown = np.where(low, rng.uniform(*LOW, self.shape), shown)
        share, least, most = signal.slips
        slip = rng.random(self.shape) < share
        shown = shown + np.where(slip, rng.uniform(least, most, self.shape), 0.0)
        return np.round(np.clip(shown, signal.floor, signal.ceiling), signal.decimals), ~slip

    def _keep(
        self,
        meter: Meter,
        who: NDArray[np.int64],
        when: NDArray[np.int64],
        value: Floats,
        measured: Floats,
        received: Floats,
        clean: Flags,
    ) -> None:
        """Store one kind of one sitting: units, then duplicates."""
        other = np.zeros(len(who), dtype=bool)
        if meter.course is not None:
            signal = meter.course.signal
            if signal.other_unit is not None:
                other = self.other[who]
                value = np.where(other, np.round(value / signal.other_unit[1], signal.decimals), value)
            if signal.wrong_unit is not None:
                wrong = (self.rng.random(len(who)) < WRONG_UNIT) & ~other
                factor, more = signal.wrong_unit
                value = np.where(wrong, np.round(value * factor + more, 2), value)
                clean = clean & ~wrong
        twice = self.rng.random(len(who)) < DUPLICATES
        again = np.ceil(received + np.exp(self.rng.normal(6, 2, len(who))))
        for chosen, arrived in ((np.ones(len(who), dtype=bool), received), (twice, again)):
            rows = self.rows
            rows.person.append(who[chosen])
            rows.day.append(when[chosen])
            rows.kind.append(np.full(int(chosen.sum()), meter.number))
            rows.value.append(value[chosen])
            rows.other.append(other[chosen])
            rows.measured.append(measured[chosen])
            rows.received.append(arrived[chosen])
            rows.clean.append(clean[chosen] & (arrived is received))
