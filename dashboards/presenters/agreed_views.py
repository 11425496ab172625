"""What the pages of thresholds and traits are told, before it is put into words. `views` says the rules of the house."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dashboards.presenters.views import Bounds, Choice, KindSeen, PatientSeen, Severity


@dataclass(frozen=True)
class SaidSeen:
    """What goes with anything that is set: who, when, why, and when it is looked at again."""

    set_at: datetime
    set_by: str = ""  # empty: nobody, it came with a pathway
    reason: str = ""
    review_on: date | None = None


@dataclass(frozen=True)
class ThresholdSeen:
    """The thresholds of one kind. `source`: "COPD pathway", or empty where a person set them."""

    kind: KindSeen
    bounds: Bounds | None  # None: none are set
    said: SaidSeen | None = None
    source: str = ""


@dataclass(frozen=True)
class TraitSeen:
    """One trait. `choices`: what the value may be, where it is one of a few."""

    name: str
    title: str
    meaning: str
    unit: str = ""
    value: float | None = None  # None: not set
    choices: tuple[Choice, ...] = ()
    said: SaidSeen | None = None


@dataclass(frozen=True)
class ChangeSeen:
    """One change of the past: of a kind's thresholds, or of a trait."""

    at: datetime
    what: str
    before: str
    after: str
    by: str
    reason: str


@dataclass(frozen=True)
class AgreedSeen:
    """All that is agreed for one patient."""

    patient: PatientSeen
    thresholds: tuple[ThresholdSeen, ...]
    traits: tuple[TraitSeen, ...]
    changes: tuple[ChangeSeen, ...] = ()  # newest first


@dataclass(frozen=True)
class RaisedSeen:
    """One alert that would have been raised, when its readings began to breach."""

    severity: Severity
    started_at: datetime
    sentence: str


@dataclass(frozen=True)
class PairSeen:
    """One run of readings by today's thresholds and by the new ones."""

    change: Literal["gone", "new", "regraded", "same"]
    today: RaisedSeen | None
    proposed: RaisedSeen | None


@dataclass(frozen=True)
class PreviewSeen:
    """What new thresholds would have done."""

    sentence: str
    bounds: Bounds | None  # the new ones; None: no thresholds at all
    reason: str
    review_on: date | None  # None: going back to the pathway needs none
    today: Mapping[str, int]  # how many alerts of each severity
    proposed: Mapping[str, int]
    pairs: tuple[PairSeen, ...]  # oldest first
    unknown: tuple[str, ...]
    carried: tuple[tuple[str, str], ...]  # the fields that are saved: what was previewed and nothing else
    to_pathway: bool = False


@dataclass(frozen=True)
class FormSeen:
    """What was typed into a form, and what was wrong with it."""

    values: dict[str, str]
    errors: dict[str, str]
    expected: str = ""  # `set_at` of what the page was made from; empty: nothing was set


@dataclass(frozen=True)
class ThresholdFormSeen:
    """One kind's thresholds, to change."""

    patient: PatientSeen
    threshold: ThresholdSeen
    form: FormSeen
    least: float
    most: float
    pathway: Bounds | None  # those of the patient's pathways; None: they have none
    rules: tuple[str, ...] = ()
    preview: PreviewSeen | None = None


@dataclass(frozen=True)
class TraitFormSeen:
    """One trait, to change."""

    patient: PatientSeen
    trait: TraitSeen
    form: FormSeen
