"""What a made-up cohort is: people, their readings in columns, the events planted among them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ingest.items import PROVENANCES
from service.cohort.words import ANSWERS, BLOOD_PRESSURE, KINDS, UNITS

Codes = NDArray[np.int8]
Counts = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Times = NDArray[np.datetime64]


@dataclass(frozen=True)
class MadeUpPatient:
    """One person who does not exist, with an NHS number from the range kept for tests (999)."""

    nhs_number: str
    name: str
    born: date
    sex: Literal["female", "male"]
    pathways: tuple[str, ...]  # one or two
    team: int  # place in the demo's list of teams, below people.TEAMS
    enrolled_on: date
    language: str  # BCP 47


@dataclass(frozen=True)
class Event:
    """Something planted that the service should notice, or shows that it cannot."""

    patient: int  # place in `Cohort.people`
    kind: str  # one of words.EVENTS
    onset: date  # by the patient's calendar
    shows_in_readings: bool  # False: no measured number that was sent moves with it


@dataclass(frozen=True)
class Upload:
    """Items sent together, in the form `POST /api/v1/readings` takes."""

    patient: int  # place in `Cohort.people`
    nhs_number: str
    key: str  # the same whenever the same cohort is made again; an Idempotency-Key
    received_at: datetime  # UTC
    items: list[dict[str, Any]]


@dataclass(frozen=True)
class Readings:
    """One row an item, ordered by patient, then as received, then as measured."""

    patient: Counts  # place in `Cohort.people`
    kind: Codes  # place in words.KINDS
    value: Floats  # in UNITS[kind]; the systolic of a panel; the place of an answer in ANSWERS[kind]
    diastolic: Floats  # mmHg, only in a blood pressure panel, else NaN
    heart_rate: Floats  # /min, only in a blood pressure panel, else NaN
    measured_at: Times  # UTC, whole seconds
    received_at: Times  # UTC, whole seconds, never before measured_at
    provenance: Codes  # place in ingest.items.PROVENANCES
    upload: Counts  # rows with the same number were sent together
    mistake: Codes  # place in words.MISTAKES

    def __len__(self) -> int:
        return len(self.patient)

    def rows_of(self, patient: int) -> range:
        """The rows of one patient: they stand together."""
        first, last = np.searchsorted(self.patient, [patient, patient + 1])
        return range(int(first), int(last))

    def take(self, rows: Any) -> "Readings":
        """These rows alone, in the order asked for."""
        return Readings(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def followed_by(self, *others: "Readings") -> "Readings":
        """These rows, then the others'."""
        every = (self, *others)
        return Readings(
            **{
                field.name: np.concatenate([getattr(each, field.name) for each in every])
                for field in fields(self)
            }
        )

    def in_order(self) -> "Readings":
        """Ordered by patient, then as received, with uploads numbered from 0 in that order."""
        ordered = self.take(
            np.lexsort((self.kind, self.measured_at, self.upload, self.received_at, self.patient))
        )
        starts = np.diff(ordered.upload, prepend=-1) != 0
        return replace(ordered, upload=(np.cumsum(starts) - 1).astype(np.int32))

    def item(self, row: int) -> dict[str, Any]:
        """One row as an item of an upload."""
        panel = (float(self.value[row]), float(self.diastolic[row]), float(self.heart_rate[row]))
        return as_item(
            KINDS[self.kind[row]], panel, as_time(self.measured_at[row]), PROVENANCES[self.provenance[row]]
        )


@dataclass(frozen=True)
class Cohort:
    """Made-up people with what they sent until a moment. The same arguments give the same cohort."""

    seed: int
    until: datetime  # UTC
    people: list[MadeUpPatient]
    readings: Readings
    events: list[Event]
    usual: dict[str, Floats]  # signal -> each patient's own stable level
    latest: dict[str, Floats]  # signal -> the level at `until`, with drift and events under way
    sending: Flags  # who still sends at `until`

    @property
    def name(self) -> str:
        """Begins the keys of its uploads; a cohort made at another moment has others."""
        return f"cohort-{self.seed}-{int(self.until.timestamp())}"

    def uploads(self, patient: int | None = None) -> Iterator[Upload]:
        """What was sent, as it was sent: one patient's, or everyone's patient by patient."""
        rows = range(len(self.readings)) if patient is None else self.readings.rows_of(patient)
        together: list[int] = []
        for row in rows:
            if together and self.readings.upload[row] != self.readings.upload[together[0]]:
                yield self._upload(together)
                together = []
            together.append(row)
        if together:
            yield self._upload(together)

    def _upload(self, rows: list[int]) -> Upload:
        first = rows[0]
        patient = int(self.readings.patient[first])
        return Upload(
            patient=patient,
            nhs_number=self.people[patient].nhs_number,
            key=f"{self.name}-{self.readings.upload[first]}",
            received_at=as_time(self.readings.received_at[first]),
            items=[self.readings.item(row) for row in rows],
        )


def as_time(at: np.datetime64) -> datetime:
    """A column's moment as a datetime in UTC."""
    return datetime.fromtimestamp(int(at.astype("datetime64[s]").astype(np.int64)), UTC)


def as_item(
    kind: str, panel: tuple[float, float, float], measured_at: datetime, provenance: str
) -> dict[str, Any]:
    """An item as the API takes it. panel: value (or place of the answer), diastolic, heart rate."""
    value: Any = _number(panel[0])
    if kind == BLOOD_PRESSURE:
        value = {"systolic": value, "diastolic": _number(panel[1]), "heart_rate": _number(panel[2])}
    elif kind in ANSWERS:
        value = ANSWERS[kind][int(panel[0])]
    item = {"kind": kind, "value": value, "measured_at": measured_at.isoformat(), "provenance": provenance}
    return item | {"unit": UNITS[kind]} if kind in UNITS else item


def _number(shown: float) -> float:
    """As a display shows it: 137, not 137.0; 36.7."""
    return int(shown) if float(shown).is_integer() else round(float(shown), 1)
