"""What a pathway's pack holds, once it has been read and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from alerts.rules.spec import Expectation, RuleSpec
from ingest.catalogue import KINDS


@dataclass(frozen=True)
class Bounds:
    """Four bounds of one kind that a pathway starts its patients with; None is no such bound."""

    kind: str
    red_low: float | None
    amber_low: float | None
    amber_high: float | None
    red_high: float | None
    reason: str  # why these, and where they come from
    precedence: int  # when a patient is on several pathways, the highest wins

    @property
    def four(self) -> tuple[float | None, float | None, float | None, float | None]:
        """From low to high."""
        return self.red_low, self.amber_low, self.amber_high, self.red_high


@dataclass(frozen=True)
class Pack:
    """One pathway: its schedule, its bounds and its rules."""

    id: str
    name: str
    version: int
    precedence: int
    source: str
    standing: str
    expects: tuple[Expectation, ...]
    bounds: tuple[Bounds, ...]
    rules: tuple[RuleSpec, ...]
    lives: Mapping[str, str] = field(default_factory=dict)  # rule's id → how it starts: draft, shadow, active


@dataclass(frozen=True)
class Packs:
    """Every pathway that was read, by id."""

    by_id: dict[str, Pack]

    @property
    def rules(self) -> tuple[RuleSpec, ...]:
        """Every rule of every pack, in the order of their ids."""
        found = [rule for pack in self.by_id.values() for rule in pack.rules]
        return tuple(sorted(found, key=lambda rule: rule.id))

    def rule(self, rule_id: str) -> RuleSpec:
        """One rule, or KeyError with the id."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    @property
    def starting(self) -> tuple[RuleSpec, ...]:
        """Those that start active: what raises alerts where people have decided nothing else."""
        return tuple(rule for rule in self.rules if self.life(rule.id) == "active")

    def life(self, rule_id: str) -> str:
        """How a rule starts on a fresh database: draft, shadow or active."""
        told = (pack.lives[rule_id] for pack in self.by_id.values() if rule_id in pack.lives)
        return next(told, "active")

    def pack(self, pathway: str) -> Pack:
        """One pathway's pack, or KeyError with its id."""
        return self.by_id[pathway]

    def bounds_for(self, pathways: Sequence[str]) -> dict[int, Bounds]:
        """Kind's id → the bounds that a patient on these pathways starts with."""
        found: dict[int, Bounds] = {}
        for pathway in pathways:
            for bounds in self.by_id[pathway].bounds:
                kind = KINDS[bounds.kind].id
                if kind not in found or bounds.precedence > found[kind].precedence:
                    found[kind] = bounds
        return found

    def bounds_frame(self, pathways: Sequence[str], patient_ids: Sequence[int]) -> pd.DataFrame:
        """The same for patients who are all on these pathways, as `rules.run` takes it."""
        columns = ["patient_id", "kind", "red_low", "amber_low", "amber_high", "red_high"]
        found = self.bounds_for(pathways).items()
        rows = [(patient, kind, *bounds.four) for patient in patient_ids for kind, bounds in found]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype(dict.fromkeys(columns[2:], "float64"))

    def expectations_for(self, pathways: Sequence[str]) -> tuple[Expectation, ...]:
        """What patients on these pathways are asked to send, and when."""
        return tuple(expectation for pathway in pathways for expectation in self.by_id[pathway].expects)
