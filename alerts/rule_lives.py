"""What runs is decided by the database: of each rule its active version, and every version in shadow.

A rule's life is the sequence of its steps (`rule_life`), which only grows. How a version stands follows from its last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text

from alerts.rules.recorded import CannotRunError, spec_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.rules import RuleSpec

DRAFT, SHADOW, ACTIVE, RETIRED = "draft", "shadow", "active", "retired"
LIVES = (DRAFT, SHADOW, ACTIVE, RETIRED)

MARK = text("SELECT count(*) FROM rule_life")  # it only grows, so another count is another state
RUNNING = text("""
SELECT l.rule, l.version, l.life, v.body, v.sha256 FROM (
    SELECT DISTINCT ON (rule, version) rule, version, life FROM rule_life ORDER BY rule, version, step DESC) AS l
JOIN rule_version v ON v.rule = l.rule AND v.version = l.version
WHERE l.life IN ('active', 'shadow') ORDER BY l.rule, l.version""")
STEPS = text("""
SELECT l.*, s.name AS set_by_name, p.name AS proposed_by_name FROM rule_life l
LEFT JOIN staff s ON s.id = l.set_by LEFT JOIN staff p ON p.id = l.proposed_by
WHERE CAST(:rule AS text) IS NULL OR l.rule = :rule ORDER BY l.rule, l.step""")
BODIES = text("""SELECT rule, version, body, sha256 FROM rule_version
WHERE CAST(:rule AS text) IS NULL OR rule = :rule ORDER BY rule, version""")


@dataclass(frozen=True)
class Running:
    """The rules that run, made ready from their record."""

    active: tuple[RuleSpec, ...] = ()
    shadow: tuple[RuleSpec, ...] = ()
    broken: tuple[str, ...] = ()  # of those that ought to run and cannot: which and why
    mark: int = -1  # of what it was read from

    def rule(self, rule_id: str) -> RuleSpec:
        """One active rule, or KeyError with the id."""
        for spec in self.active:
            if spec.id == rule_id:
                return spec
        raise KeyError(rule_id)


@dataclass(frozen=True)
class Version:
    """How one version of one rule stands, and how it came to that."""

    rule: str
    version: int
    body: dict[str, Any]
    sha256: bytes
    steps: tuple[
        Any, ...
    ]  # rows, in order: step, what, life, at, set_by, reason, set_by_name, proposed_by_name

    @property
    def spec(self) -> RuleSpec:
        """The rule, ready to run; CannotRunError where this program cannot."""
        return _made(self.sha256, self.body)

    @property
    def life(self) -> str:
        """What it is now."""
        return str(self.steps[-1].life)

    @property
    def since(self) -> datetime:
        """Since when it is that."""
        begun = self.steps[-1]
        for step in reversed(self.steps):
            if step.life != self.life:
                break
            begun = step
        return cast("datetime", begun.at)

    @property
    def proposal(self) -> Any | None:
        """The proposal that waits for another person; none: nothing waits."""
        return self.steps[-1] if self.steps[-1].what == "proposed" else None


@dataclass(frozen=True)
class Rule:
    """One rule with all its versions that ever were on record here, the newest first."""

    id: str
    versions: tuple[Version, ...] = field(default=())

    @property
    def step(self) -> int:
        """The last step taken: what a page shows, and compares before it decides."""
        return max(int(one.step) for version in self.versions for one in version.steps)

    @property
    def active(self) -> Version | None:
        """The version that runs."""
        return next((one for one in self.versions if one.life == ACTIVE), None)

    @property
    def shown(self) -> Version:
        """The version that speaks for the rule: the active one; else one in shadow, a draft, the last retired."""
        order = (ACTIVE, SHADOW, DRAFT, RETIRED)
        return min(self.versions, key=lambda one: (order.index(one.life), -one.version))

    @property
    def waiting(self) -> tuple[Version, ...]:
        """Versions that wait for people: proposed, or newer than what runs and not yet taken on or put away."""
        running = 0 if self.active is None else self.active.version
        return tuple(
            one
            for one in self.versions
            if one.proposal is not None or (one.life == DRAFT and one.version > running)
        )

    def version(self, number: int) -> Version | None:
        """One version, if it is on record."""
        return next((one for one in self.versions if one.version == number), None)


def running(session: Session, before: Running | None = None) -> Running:
    """What runs now; `before` itself where nothing was decided since it was read."""
    mark = session.execute(MARK).scalar_one()
    if before is not None and before.mark == mark:
        return before
    found: dict[str, list[RuleSpec]] = {ACTIVE: [], SHADOW: []}
    broken = []
    for row in session.execute(RUNNING):
        try:
            found[row.life].append(_made(bytes(row.sha256), row.body))
        except CannotRunError as error:
            broken.append(str(error))
    return Running(tuple(found[ACTIVE]), tuple(found[SHADOW]), tuple(broken), mark)


def _made(sha: bytes, body: dict[str, Any]) -> RuleSpec:
    """The rule of this record. A version is never changed, so it is made once for each process."""
    spec = _MADE.get(sha)
    if spec is None:
        spec = _MADE[sha] = spec_of(body)
    return spec


_MADE: dict[bytes, RuleSpec] = {}  # as many as there are versions that run


def every(session: Session, rule: str | None = None) -> list[Rule]:
    """Every rule on record, or the one asked for, in the order of their ids."""
    steps = session.execute(STEPS, {"rule": rule}).all()
    bodies = session.execute(BODIES, {"rule": rule}).all()
    return rules_of(bodies, steps)


def rules_of(bodies: Iterable[Any], steps: Sequence[Any]) -> list[Rule]:
    """Rules out of the rows of their versions and steps. A version without a step has no life, and is left out."""
    of_version: dict[tuple[str, int], list[Any]] = {}
    for row in steps:
        of_version.setdefault((row.rule, row.version), []).append(row)
    of_rule: dict[str, list[Version]] = {}
    for row in bodies:
        if own := of_version.get((row.rule, row.version)):
            of_rule.setdefault(row.rule, []).append(
                Version(row.rule, row.version, row.body, bytes(row.sha256), tuple(own))
            )
    return [
        Rule(rule, tuple(sorted(versions, key=lambda one: -one.version)))
        for rule, versions in sorted(of_rule.items())
    ]
