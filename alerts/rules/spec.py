"""What a rule is before it meets a reading: its identity, numbers, words, and the kinds it looks at."""

import builtins
import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from alerts.moments import RED, SEVERITY_NAMES


@dataclass(frozen=True)
class Slot:
    """A stretch of a local day in which a reading is expected, in minutes since local midnight, end excluded.

    1440 as the end is the next local midnight, so that a slot over the whole day has 23, 24 or 25 hours.
    """

    start_minute: int
    end_minute: int


@dataclass(frozen=True)
class Expectation:
    """Readings a pathway asks for again and again, in local time (Europe/London)."""

    id: str  # unique over all packs: `copd.daily`
    pathway: str
    kinds: tuple[str, ...]  # names in ingest.catalogue
    every_kind: bool  # True: a slot is filled when all of them have come; False: by the first of any
    slots: tuple[Slot, ...]  # in order, not overlapping
    grace_minutes: int  # after the end of a slot, for what was measured in time to arrive
    first_day_of_month: int  # readings are asked for from this day of the month ...
    last_day_of_month: int  # ... to this one, both included; 1 and 31 are every day

    @property
    def grace(self) -> timedelta:
        """How long after a slot's end it is called missed."""
        return timedelta(minutes=self.grace_minutes)


@dataclass(frozen=True)
class Params:
    """The numbers of one type of rule; each type has its own, and says how far back it must look."""

    severities: ClassVar[tuple[int, ...] | None] = None  # those it gives by itself; None: the pack names one

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that the numbers themselves name, in order; empty where they name none."""
        return ()

    @property
    def beside(self) -> tuple[str, ...]:
        """Kinds that are looked at beside those of the rule, and are no evidence."""
        return ()

    @property
    def gives(self) -> tuple[int, ...]:
        """The severities that these numbers can give by themselves."""
        return self.severities or ()

    @property
    def lookback(self) -> timedelta:
        """How much history before a moment is needed to judge it."""
        raise NotImplementedError


P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class RuleSpec:
    """One rule as a pack words it. Everything a replay needs to come to the same answer is in `body()`."""

    id: str  # unique over all packs: `hypertension.average`
    version: int
    pathway: str  # `every`: applies to whoever has bounds for its kinds
    type: str  # a key of alerts.rules.TYPES
    kinds: tuple[str, ...]  # names in ingest.catalogue
    params: Params
    severity: int | None  # where the type leaves it to the pack
    settles_after: int  # normal moments in a row after which an episode has settled
    title: str
    patient_text: str
    patient_text_red: str | None  # instead of patient_text while red: 999 and 111
    team_ask: str
    source: str
    standing: str
    hazard: str
    settles_days: float = 0  # and no sooner than so long after the last breach, unless it was red
    schedule: Expectation | None = None  # of an `overdue` rule

    @property
    def lookback(self) -> timedelta:
        """How much history before a moment this rule needs to judge it."""
        if self.schedule is None:
            return self.params.lookback
        longest = max(slot.end_minute - slot.start_minute for slot in self.schedule.slots)
        return self.params.lookback + self.schedule.grace + timedelta(minutes=longest, hours=1)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every kind whose readings the rule looks at."""
        return tuple(dict.fromkeys((*self.kinds, *self.params.beside)))

    def params_as(self, params: builtins.type[P]) -> P:
        """The numbers, as those of the type that asks for them."""
        if not isinstance(self.params, params):
            raise TypeError(f"Rule {self.id} is of type {self.type} and has no {params.__qualname__}.")
        return self.params

    def fixed_severity(self) -> int:
        """The level of every breach, for types that leave it to the pack."""
        if self.severity is None:
            raise TypeError(f"Rule {self.id} names no severity. Give it `severity` in its pack.")
        return self.severity

    def tell_patient(self, level: int) -> str:
        """What the patient reads while the episode is at this level."""
        return self.patient_text_red if level == RED and self.patient_text_red else self.patient_text

    def body(self) -> dict[str, Any]:
        """Everything about the rule, ready for JSON: what an alert pins."""
        severity = None if self.severity is None else SEVERITY_NAMES[self.severity]
        body: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return {**body, "severity": severity}

    def sha256(self) -> str:
        """The fingerprint of `body()`: two rules that differ anywhere differ here."""
        canonical = json.dumps(self.body(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()
