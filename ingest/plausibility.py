"""What may be stored, what must be confirmed, what cannot be a reading: items become columns of rows.

An item's way: its kind and unit make a plan (`values`), its value numbers, its time a moment (`times`); then
come the kind's limits (`limits`), what is usual for the patient (`changes`) and its neighbours (`repeats`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from foundation.errors import Refused
from ingest import limits, times, units, values
from ingest.changes import OXYGEN_CONFIRM_SCALE_2, Usual, odd_change
from ingest.items import PROVENANCE_CODES, BadItem, FileItem, Item
from ingest.judged import Duplicate, Held, Judged, Rejected, Row
from ingest.repeats import within_upload
from ingest.values import Number, Plan, Trouble

__all__ = ["Duplicate", "Held", "Judged", "Judging", "Ready", "Rejected", "Row", "Usual", "judge"]


# A row to store while the upload is judged: the item's index, then the fields of Row.
_Stored = tuple[int, int, datetime, int, float, str | None, int]


def judge(items: Sequence[Item | BadItem], *, received_at: datetime, usual: Usual | None = None) -> Judged:
    """Every item in the columns, held, rejected, or a duplicate of an earlier one.

    received_at: UTC, when the upload came. usual: what is usual for its patient, where it is known.
    """
    judging = Judging(received_at, usual or Usual())
    for index, item in enumerate(items):
        judging.take(index, item)
    return judging.judged()


_NUMBERS = (float, int)  # compared by type, for True is no number here


class Ready(NamedTuple):
    """What all items of one kind and unit have in common.

    Between `low` and `high` a number is stored at once (a `whole` one if it is whole); an empty range sends every
    item by `_weigh`. `panel` says the same of a panel's numbers; it is empty where they need conversion or a closer look.
    """

    plan: Plan
    kind_id: int
    conversion: units.Conversion | None  # None: the number is in the stored unit already
    low: float
    high: float
    whole: bool
    watched: bool  # what is usual for the patient may speak against it
    panel: tuple[tuple[str, int, float, float, bool], ...]  # name, kind_id, low, high, required


class Judging:
    """One upload on its way through. `take` is called for every item, so its plain path is short."""

    def __init__(self, received_at: datetime, usual: Usual) -> None:
        self._received_at = received_at
        self._usual = usual
        self.latest = received_at + times.FUTURE_ALLOWED
        self.earliest = times.earliest(received_at)
        self._watched = usual.watched()
        self._oxygen_confirm = OXYGEN_CONFIRM_SCALE_2 if usual.oxygen_scale_2 else None
        self._ready: dict[tuple[str, str | None], Ready | Trouble] = {}
        self.rows: list[_Stored] = []
        self.held: list[Held] = []
        self._rejected: list[Rejected] = []

    def take(self, index: int, item: Item | BadItem) -> None:
        """Judge one item."""
        trouble = self._trouble(index, item)
        if trouble is not None:
            self._rejected.append(Rejected(index, *trouble))

    def ready(self, kind: str, unit: str | None) -> Ready | Trouble:
        """What all items of this kind and unit have in common, or why none of them can be read."""
        return self._ready.get((kind, unit)) or self._make_ready(kind, unit)

    def _trouble(self, index: int, item: Item | BadItem) -> Trouble | None:
        """Take one item; what comes back is why it is rejected."""
        if isinstance(item, BadItem):
            return Trouble(item.code, item.sentence, item.field)
        ready = self.ready(item.kind, item.unit)
        if isinstance(ready, Trouble):
            return ready
        try:
            moment = times.resolve(item.measured_at)
        except Refused as refused:
            return Trouble(refused.code, refused.sentence, refused.field)
        if not self.earliest <= moment.at <= self.latest:
            return self._wrong_age(moment.at)
        plain = self._plain_panel if ready.panel else self._plain_number
        if plain(index, item, ready, moment):
            return None
        return self._weigh(index, item, ready.plan, moment)

    def _plain_number(self, index: int, item: Item, ready: Ready, moment: times.Moment) -> bool:
        """Take a number inside every limit; False leaves the item to `_weigh`."""
        given = item.value
        if type(given) is not float:
            return False
        conversion = ready.conversion
        value = given if conversion is None else conversion.apply(given)
        if not ready.low <= value <= ready.high or (ready.whole and value != int(value)):
            return False
        if ready.watched and self._odd(ready.kind_id, value, moment.at):
            return False
        told = None
        if conversion is not None or moment.assumed_zone or type(item) is not Item:
            told = _as_given(item, moment, None if conversion is None else given)
        code = PROVENANCE_CODES[item.provenance]
        self.rows.append((index, ready.kind_id, moment.at, moment.offset_minutes, value, told, code))
        return True

    def _plain_panel(self, index: int, item: Item, ready: Ready, moment: times.Moment) -> bool:
        """Take a blood pressure whose numbers are all inside every limit; False leaves it to `_weigh`."""
        given = item.value
        if type(given) is not dict:
            return False
        told = None
        if moment.assumed_zone or type(item) is not Item:
            told = _as_given(item, moment, None)
        code = PROVENANCE_CODES[item.provenance]
        rows: list[_Stored] = []
        for name, kind_id, low, high, required in ready.panel:
            value: Any = given.get(name)
            if value is None and not required:
                continue
            if type(value) not in _NUMBERS or not low <= value <= high:
                return False
            rows.append((index, kind_id, moment.at, moment.offset_minutes, float(value), told, code))
        if not limits.usual_pair(given["systolic"], given["diastolic"]):
            return False
        self.rows += rows
        return True

    def _make_ready(self, name: str, unit: str | None) -> Ready | Trouble:
        plan = values.plan(name, unit)
        ready: Ready | Trouble = plan if isinstance(plan, Trouble) else self._of_plan(plan)
        self._ready[name, unit] = ready
        return ready

    def _of_plan(self, plan: Plan) -> Ready:
        kind, conversion, _ = plan.parts[0]
        low, high = limits.plain_range(kind, oxygen_confirm=self._oxygen_confirm)
        if plan.panel or kind.answers:
            low, high = 1.0, 0.0
        convert = None if conversion is units.AS_IT_IS else conversion
        watched = any(part.kind.id in self._watched for part in plan.parts)
        panel: tuple[tuple[str, int, float, float, bool], ...] = ()
        if plan.panel and convert is None and not watched:
            panel = tuple(
                (part.kind.name, part.kind.id, *limits.plain_range(part.kind), part.required)
                for part in plan.parts
            )
        return Ready(plan, kind.id, convert, low, high, kind.whole, watched, panel)

    def _weigh(self, index: int, item: Item, plan: Plan, moment: times.Moment) -> Trouble | None:
        """An item that is more than one plain number inside every limit."""
        numbers = values.read(plan, item.value)
        if isinstance(numbers, Trouble):
            return numbers
        trouble = limits.impossible_pair(numbers) or _first(numbers, limits.impossible, plan)
        if trouble is not None:
            return trouble
        rows = [_row(item, number, moment) for number in numbers]
        doubt = limits.doubtful_pair(numbers) or _first(numbers, partial(self._doubt, at=moment.at), plan)
        if doubt is not None:
            self.held.append(Held(index, rows, *doubt))
        else:
            self.rows += [(index, *row) for row in rows]
        return None

    def _doubt(self, number: Number, at: datetime) -> Trouble | None:
        kind_id, value = number.part.kind.id, number.value
        return limits.doubtful(number, oxygen_confirm=self._oxygen_confirm) or self._odd(kind_id, value, at)

    def _odd(self, kind_id: int, value: float, at: datetime) -> Trouble | None:
        return odd_change(kind_id, value, at, self._received_at, self._usual)

    def _wrong_age(self, at: datetime) -> Trouble | None:
        refused = times.age_refusal(at, latest=self.latest, earliest=self.earliest)
        return None if refused is None else Trouble(refused.code, refused.sentence, refused.field)

    def judged(self) -> Judged:
        """Everything taken so far, as columns."""
        judged = Judged(held=self.held, rejected=self._rejected)
        for mine, column in zip(judged.columns(), zip(*self.rows, strict=True), strict=bool(self.rows)):
            mine.extend(column)
        return within_upload(judged)


def _first(
    numbers: Sequence[Number], question: Callable[[Number], Trouble | None], plan: Plan
) -> Trouble | None:
    """The first trouble with any of the numbers; in a panel it says with which."""
    for number in numbers:
        trouble = question(number)
        if trouble is not None:
            return trouble._replace(field=f"value/{number.part.kind.name}") if plan.panel else trouble
    return None


def _row(item: Item, number: Number, moment: times.Moment) -> Row:
    converted = number.part.conversion is not units.AS_IT_IS
    told = _as_given(item, moment, number.given if converted else None)
    code = PROVENANCE_CODES[item.provenance]
    return Row(number.part.kind.id, moment.at, moment.offset_minutes, number.value, told, code)


def _as_given(item: Item, moment: times.Moment, value: float | None) -> str | None:
    """What storage would lose, as JSON: value and unit before conversion, the time before its zone."""
    told: dict[str, object] = {}
    if value is not None:
        told = {"value": value, "unit": item.unit}
    if isinstance(item, FileItem) and item.given_time is not None:
        told |= {"measured_at": item.given_time, "zone": times.LONDON.key}
        if item.doubt is not None:
            told["doubt"] = item.doubt
    elif moment.assumed_zone:
        told |= {"measured_at": item.measured_at, "zone": times.LONDON.key}
        if moment.doubt is not None:
            told["doubt"] = moment.doubt
    return msgspec.json.encode(told).decode() if told else None
