"""The rules in force and how alerts were answered, as pages are told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from alerts.figures import RuleFigures
from alerts.moments import AMBER, RED
from alerts.pathways import Packs, RuleSpec
from dashboards.presenters.views import SEVERITIES, ResponseSeen, RuleSeen, Severity
from dashboards.seen.alerts import severity_of
from dashboards.seen.people import pathway_name


def rules_seen(
    active: Iterable[RuleSpec], packs: Packs, figures: Mapping[str, RuleFigures]
) -> tuple[RuleSeen, ...]:
    """Every active rule, those that raised most first."""
    found = []
    for spec in active:
        own = figures.get(spec.id, RuleFigures())
        found.append(
            RuleSeen(
                id=spec.id,
                title=spec.title,
                version=spec.version,
                pathway=pathway_name(packs, spec.pathway),
                severities=tuple(_severities(spec)),
                raised=own.raised,
                resolved=own.resolved,
                acted_on=own.acted_on,
                minutes_to_acknowledge=own.minutes,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.raised))


def _severities(spec: RuleSpec) -> list[Severity]:
    """What a rule can raise, worst first."""
    own = (spec.severity,) if spec.severity is not None else spec.params.severities or (AMBER, RED)
    return sorted((severity_of(level) for level in own), key=SEVERITIES.index)


def responses_seen(rows: Iterable[Any]) -> tuple[ResponseSeen, ...]:
    """One line for each severity that was raised. No target is set: nobody has said what is soon enough."""
    found = [
        ResponseSeen(
            severity=severity_of(row.severity),
            raised=row.raised,
            acknowledged=row.acknowledged,
            median_minutes=row.median,
            slowest_tenth_minutes=row.slowest_tenth,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: SEVERITIES.index(one.severity)))
