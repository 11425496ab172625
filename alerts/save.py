"""Writes what reconcile decided: alerts, their episodes, their timeline, and the messages that must go out."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from alerts.moments import AMBER
from alerts.tables import Alert, AlertEvent, Episode, Outbox

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from alerts.episodes import Episode as Found
    from alerts.reconcile import Known, Verdict
    from alerts.rules import RuleSpec

# Older than this nobody is called from their work for: it stands on the queue and says how old it is.
WORTH_A_MESSAGE = timedelta(hours=72)
MANY = 50  # alerts changed at once, from which pages are told "many" instead of each

SEEN_BY_CHECKER = (
    "severity",
    "first_at",
    "last_at",
    "settled_at",
    "withdrawn",
    "version",
    "sentence",
    "evidence",
    "raised_again_at",
)
UPDATE = text("""UPDATE alert SET severity = :severity, first_at = :first_at, last_at = :last_at, settled_at = :settled_at,
    withdrawn = :withdrawn, version = :version, sentence = :sentence, evidence = CAST(:evidence AS jsonb),
    raised_again_at = :raised_again_at, changes = changes + 1,
    acknowledged_at = CASE WHEN :unseen THEN NULL ELSE acknowledged_at END,
    acknowledged_by = CASE WHEN :unseen THEN NULL ELSE acknowledged_by END
    WHERE patient_id = :patient_id AND id = :id""")
DROP = text("""DELETE FROM episode e USING unnest(CAST(:patients AS bigint[]), CAST(:rules AS text[]), CAST(:starts AS timestamptz[]))
    AS s (patient_id, rule, started_at)
    WHERE e.patient_id = s.patient_id AND e.rule = s.rule AND e.started_at = s.started_at""")


@dataclass
class Changes:
    """All that a batch changes, gathered so that it is written in a few statements."""

    raised: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    episodes: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[tuple[int, str, datetime]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    told: list[tuple[int, UUID]] = field(default_factory=list)  # team, alert

    def add(
        self,
        patient_id: int,
        team_id: int,
        spec: RuleSpec,
        verdict: Verdict,
        before: Any,
        words: Words | None,
        at: datetime,
    ) -> None:
        """Note what one verdict asks for. `words`: of its lead episode, where that was judged now."""
        now = verdict.alert
        if now is None:
            return
        row = _row(now, spec, before, words)
        again = (
            at
            if "raised_again" in verdict.events or "worsened" in verdict.events
            else getattr(before, "raised_again_at", None)
        )
        row["raised_again_at"] = again
        if verdict.is_new:
            self.raised.append(
                {
                    **row,
                    "patient_id": patient_id,
                    "id": now.id,
                    "team_id": team_id,
                    "rule": spec.id,
                    "raised_at": at,
                }
            )
        elif not _same(row, before):
            self.changed.append(
                {
                    **row,
                    "evidence": json.dumps(row["evidence"]),
                    "patient_id": patient_id,
                    "id": now.id,
                    "unseen": verdict.unseen,
                }
            )
        else:
            return
        self.told.append((team_id, now.id))
        newer = before is not None and row["version"] != before.version
        for what in ("rule_changed", *verdict.events) if newer else verdict.events:
            detail = (
                {"severity": now.severity, "sentence": row["sentence"]}
                if words is not None
                else {"severity": now.severity}
            )
            self.events.append(
                {
                    "patient_id": patient_id,
                    "alert_id": now.id,
                    "at": at,
                    "what": what,
                    "actor": "checker",
                    "detail": detail,
                }
            )
        if (
            (verdict.is_new or verdict.unseen)
            and now.severity >= AMBER
            and now.last_at > at - WORTH_A_MESSAGE
        ):
            self.messages.append(
                {"patient_id": patient_id, "id": uuid4(), "team_id": team_id, "alert_id": now.id, "severity": now.severity,
                 "what": "raised" if verdict.is_new else "worsened", "created_at": at, "next_try_at": at}
            )  # fmt: skip

    def write(self, session: Session) -> None:
        """Write it all, in the transaction that took the arrivals."""
        if self.raised:
            session.execute(insert(Alert), self.raised)
        if self.changed:
            session.execute(UPDATE, self.changed)
        if self.dropped:
            patients, rules, starts = (list(column) for column in zip(*self.dropped, strict=True))
            session.execute(DROP, {"patients": patients, "rules": rules, "starts": starts})
        if self.episodes:
            session.execute(insert(Episode), self.episodes)
        if self.events:
            session.execute(insert(AlertEvent), self.events)
        if self.messages:
            session.execute(insert(Outbox), self.messages)
            session.execute(text("SELECT pg_notify('outbox', '')"))
        self._tell(session)

    def _tell(self, session: Session) -> None:
        """Let open pages know: teams and alerts by number, nothing about anybody."""
        told: dict[int, list[UUID]] = defaultdict(list)
        for team, alert in self.told:
            told[team].append(alert)
        for team, alerts in told.items():
            names = ["many"] if len(alerts) > MANY else [str(alert) for alert in alerts]
            for name in names:
                session.execute(text("SELECT pg_notify('alert', :told)"), {"told": f"{team}:{name}"})


@dataclass(frozen=True)
class Words:
    """What an alert says of its lead episode, pinned as it was found."""

    sentence: str
    evidence: dict[str, Any]


def words(
    spec: RuleSpec,
    found: Found,
    sentence: str,
    arithmetic: list[str],
    readings: list[list[Any]],
    bounds: Any,
    at: datetime,
) -> Words:
    """Everything needed to understand the episode, and to come to it again."""
    evidence = {
        "rule": spec.id, "version": spec.version, "parameters": spec.body()["params"], "bounds": bounds,
        "found_at": at.isoformat(), "as_of": found.evidence_at.isoformat(), "since": found.since.isoformat(),
        "level": found.level, "figure": found.figure, "limit": found.limit, "kind": found.kind, "side": found.side,
        "confirmed": found.confirmed, "readings": readings, "arithmetic": arithmetic,
    }  # fmt: skip
    return Words(sentence, evidence)


def told_already(spec: RuleSpec, lead: Found, before: Any) -> bool:
    """Whether an alert says just this of its lead episode: then it keeps its words, and the moment it was first found."""
    if before is None:
        return False
    now = (
        spec.version,
        lead.evidence_at.isoformat(),
        lead.since.isoformat(),
        lead.level,
        lead.figure,
        lead.limit,
        lead.confirmed,
    )
    names = ("version", "as_of", "since", "level", "figure", "limit", "confirmed")
    return now == tuple(before.evidence.get(name) for name in names)


def episode_row(spec: RuleSpec, found: Found, alert_id: UUID) -> dict[str, Any]:
    """One episode as it is kept."""
    return {
        "patient_id": found.patient_id, "rule": spec.id, "started_at": found.started_at, "alert_id": alert_id,
        "version": spec.version, "severity": found.level, "last_at": found.last_at, "settled_at": found.settled_at,
        "evidence_at": found.evidence_at, "moments": found.moments, "figure": found.figure, "bound": found.limit,
        "confirmed": found.confirmed,
    }  # fmt: skip


def _row(now: Known, spec: RuleSpec, before: Any, told: Words | None) -> dict[str, Any]:
    """The columns that the checker writes."""
    return {
        "severity": now.severity, "first_at": now.first_at, "last_at": now.last_at, "settled_at": now.settled_at,
        "withdrawn": now.withdrawn,
        "version": spec.version if told else before.version,
        "sentence": told.sentence if told else before.sentence,
        "evidence": told.evidence if told else before.evidence,
    }  # fmt: skip


def _same(row: dict[str, Any], before: Any) -> bool:
    return all(getattr(before, name) == row[name] for name in SEEN_BY_CHECKER)
