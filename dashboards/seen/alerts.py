"""Alerts, their evidence and their timelines, as pages are told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from alerts.actions import OUTCOMES
from alerts.moments import SEVERITY_NAMES
from alerts.watch import Watch
from dashboards.presenters.views import (
    AlertSeen,
    Checking,
    EvidenceSeen,
    PatientSeen,
    Series,
    Severity,
    TimelineEntry,
)
from dashboards.seen.kinds import kind_seen, provenance_of
from ingest.catalogue import KINDS

LATE = timedelta(hours=24)  # raised so long after what it is about, an alert says so
VERBS = {"raised_again": "again"}  # the others are called alike here and there

Pinned = tuple[str, datetime]  # name of the kind, measured_at


def checking_seen(state: Watch) -> Checking:
    """How the checking goes."""
    return Checking(
        last_complete_at=state.last_pass_at,
        patients_checked=state.checked,
        patients_due=state.patients,
        errors=state.failures,
        stopped_since=state.stopped_since,
        problems=state.problems,
    )


def alert_seen(
    row: Any,
    patient: PatientSeen,
    titles: Mapping[str, str],
    *,
    times: int = 1,
    spark: Series | None = None,
    evidence: Iterable[EvidenceSeen] = (),
    timeline: Iterable[TimelineEntry] = (),
) -> AlertSeen:
    """One alert from its row, as `alerts.cards` gives it; arithmetic where the row holds its evidence.

    titles: what each rule is called; one that is no longer in any pack keeps its id.
    """
    held = getattr(row, "evidence", None) or {}
    return AlertSeen(
        id=str(row.id),
        patient=patient,
        rule=row.rule,
        rule_title=titles.get(row.rule, row.rule),
        version=row.version,
        severity=severity_of(row.severity),
        state=row.state,
        sentence=row.sentence,
        raised_at=row.raised_at,
        first_at=row.first_at,
        last_at=row.last_at,
        settled_at=row.settled_at,
        acknowledged_by=row.acknowledged_name or "",
        acknowledged_at=row.acknowledged_at,
        claimed_by=row.claimed_name or "",
        claimed_by_id=row.claimed_by,
        claimed_at=row.claimed_at,
        resolved_by=row.resolved_name or "",
        resolved_at=row.resolved_at,
        outcome=OUTCOMES.get(row.outcome, row.outcome or ""),
        episodes=max(1, times),
        late=row.raised_at - row.last_at > LATE,
        withdrawn=row.withdrawn,
        raised_again_at=row.raised_again_at,
        missing="missed_blue" in held.get("parameters", {}),  # as rules on overdue readings alone have it
        kind=row.kind,
        changes=row.changes,
        spark=spark,
        arithmetic=tuple(held.get("arithmetic", ())),
        evidence=tuple(evidence),
        timeline=tuple(timeline),
    )


def severity_of(level: int) -> Severity:
    """The name of a severity."""
    return cast("Severity", SEVERITY_NAMES[level])


def pinned(row: Any) -> list[tuple[Pinned, float]]:
    """The readings an alert was raised on, as they were then: ((kind, measured_at), value)."""
    readings = (row.evidence or {}).get("readings", ())
    return [
        ((kind, datetime.fromisoformat(at)), float(value))
        for kind, at, value, *_ in readings
        if kind in KINDS
    ]


def evidence_seen(row: Any, now_stored: Mapping[Pinned, Any]) -> list[EvidenceSeen]:
    """The pinned readings, each with how it came and whether it was corrected since.

    now_stored: as they stand now: value (None: retracted), provenance. What waits for a person is not there.
    """
    found = []
    for key, value in pinned(row):
        stands = now_stored.get(key)
        found.append(
            EvidenceSeen(
                kind=kind_seen(KINDS[key[0]]),
                at=key[1],
                value=value,
                provenance=provenance_of(stands.provenance if stands is not None else 0),
                superseded=stands is not None and stands.value != value,
            )
        )
    return found


def timeline_seen(rows: Sequence[Any]) -> list[TimelineEntry]:
    """What happened, oldest first. What no person did has no name beside it."""
    return [TimelineEntry(row.at, VERBS.get(row.what, row.what), row.name or "", _told(row)) for row in rows]


def _told(row: Any) -> str:
    detail = row.detail or {}
    parts = [OUTCOMES.get(detail["outcome"], detail["outcome"])] if "outcome" in detail else []
    parts += [detail[name] for name in ("note", "sentence") if detail.get(name)]
    return ". ".join(parts)
