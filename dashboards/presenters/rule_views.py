"""What the pages of rules are told, before it is put into words. `views` says the rules of the house."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dashboards.presenters.views import Severity

Life = Literal["draft", "shadow", "active", "retired"]


@dataclass(frozen=True)
class StepSeen:
    """One step in a rule's life. by: empty where it came with a pack."""

    version: int
    what: str  # entered, proposed, shadowed, approved, replaced, retired
    at: datetime
    by: str
    reason: str
    proposed_by: str = ""


@dataclass(frozen=True)
class DifferenceSeen:
    """One thing that is not as in the active version. Empty: it is not there."""

    name: str  # params.needs_red_low
    before: str
    after: str


@dataclass(frozen=True)
class ShadowSeen:
    """What a version found in shadow in 90 days. failures: patients on whom it could not be worked out."""

    episodes: int = 0
    patients: int = 0
    red: int = 0
    going_on: int = 0
    failures: int = 0


@dataclass(frozen=True)
class VersionSeen:
    """One version of a rule."""

    version: int
    life: Life
    since: datetime
    title: str
    severities: tuple[Severity, ...]
    texts: tuple[
        tuple[str, str], ...
    ]  # name in the pack, what it says: patient_text, source, standing, hazard …
    numbers: tuple[tuple[str, str], ...]  # its parameters and schedule
    proposed_by: str = ""
    proposed_by_id: int | None = None
    proposed_at: datetime | None = None
    why: str = ""  # of the proposal
    differs: tuple[DifferenceSeen, ...] = ()  # from the active version
    shadow: ShadowSeen | None = None  # of a version that is or was in shadow
    problem: str = ""  # why this program cannot run it
    type: str = ""  # a key of rule_words.DOES
    kinds: tuple[str, ...] = ()  # what it looks at, as pages call it
    unit: str = ""  # of that, where it is one kind
    says: str = ""  # of a rule on several signs: which


@dataclass(frozen=True)
class RuleSeen:
    """One rule. shown: the version that speaks for it; waiting: those that wait for people."""

    id: str
    pathway: str
    step: int  # what a decision is compared with
    shown: VersionSeen
    waiting: tuple[VersionSeen, ...] = ()
    fired: int = 0  # alerts in 90 days, among the patients whom the viewer may see


@dataclass(frozen=True)
class RulesSeen:
    """All rules. problems: what is wrong with the packs."""

    rules: tuple[RuleSeen, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class RulePageSeen:
    """One rule with all its versions, the newest first, and every step, the newest first."""

    rule: RuleSeen
    versions: tuple[VersionSeen, ...]
    steps: tuple[StepSeen, ...]
