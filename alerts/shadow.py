"""Rules in shadow: judged in the same pass as the others, counted, and raised to nobody.

For a pass each runs under a name of its own, `rule@version`, so that it stands beside the active version of its rule.
Nothing here touches alerts, their timelines or the outbox; a rule that fails is noted beside what it found.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, text

from alerts.rule_tables import ShadowEpisode
from foundation import arrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.episodes import Episode
    from alerts.known import Key
    from alerts.rules import RuleSpec

# Of the stretch that is judged again.
EPISODES = """SELECT e.*, e.rule || '@' || e.version AS label FROM shadow_episode e
JOIN unnest(%s::bigint[], %s::timestamptz[]) AS w (patient_id, since) ON w.patient_id = e.patient_id
WHERE e.rule || '@' || e.version = ANY(%s) AND (e.settled_at IS NULL OR e.settled_at >= w.since)"""
DROP = text("""DELETE FROM shadow_episode e
    USING unnest(CAST(:patients AS bigint[]), CAST(:rules AS text[]), CAST(:versions AS int[]), CAST(:starts AS timestamptz[]))
    AS s (patient_id, rule, version, started_at)
    WHERE e.patient_id = s.patient_id AND e.rule = s.rule AND e.version = s.version AND e.started_at = s.started_at""")
MENDED = text("DELETE FROM shadow_failure WHERE patient_id = ANY(CAST(:patients AS bigint[]))")
FAILED = text("""INSERT INTO shadow_failure (patient_id, rule, version, since, problem)
    VALUES (:patient_id, :rule, :version, :at, :problem)""")


def named(specs: Iterable[RuleSpec]) -> tuple[RuleSpec, ...]:
    """The rules under the names by which a pass runs them."""
    return tuple(replace(spec, id=f"{spec.id}@{spec.version}") for spec in specs)


@dataclass(frozen=True)
class Known:
    """One episode of a rule in shadow on record, as `alerts.known.kept` takes it."""

    patient_id: int
    rule: str  # under the name by which a pass runs it
    started_at: datetime
    last_at: datetime
    settled_at: datetime | None
    severity: int
    moments: int
    figure: float
    bound: float


def on_record(
    session: Session, since: Mapping[int, datetime], specs: Iterable[RuleSpec]
) -> dict[Key, list[Known]]:
    """The episodes of these rules that bear on readings from each patient's moment on."""
    labels = [spec.id for spec in specs]
    if not labels:
        return {}
    patients = sorted(since)
    asked = (arrays.numbers(patients), arrays.moments(since[patient] for patient in patients), labels)
    found: dict[Key, list[Known]] = defaultdict(list)
    for row in session.connection().exec_driver_sql(EPISODES, asked):
        found[row.patient_id, row.label].append(
            Known(
                row.patient_id, row.label, row.started_at, row.last_at, row.settled_at, row.severity, row.moments, row.figure,
                row.bound,
            )
        )  # fmt: skip
    return found


def taken_out(
    specs: Iterable[RuleSpec], found: dict[Key, list[Episode]], failures: dict[Key, str]
) -> tuple[dict[Key, list[Episode]], dict[Key, str]]:
    """What rules in shadow found, and where they failed; nothing of it is left in what goes on to alerts."""
    labels = {spec.id for spec in specs}
    if not labels:
        return {}, {}
    tried = {key: found.pop(key) for key in [key for key in found if key[1] in labels]}
    failed = {key: failures.pop(key) for key in [key for key in failures if key[1] in labels]}
    return tried, failed


def save(
    session: Session,
    specs: Iterable[RuleSpec],
    changed: Mapping[int, datetime],
    earlier: Mapping[Key, datetime],
    recorded: Mapping[Key, list[Known]],
    tried: Mapping[Key, list[Episode]],
    failed: Mapping[Key, str],
    at: datetime,
) -> int:
    """Replace what is on record of the stretch that was judged; how many episodes are new.

    changed, earlier: from when each patient, and each rule that began before, was judged.
    """
    versions = {spec.id: (spec.id.rpartition("@")[0], spec.version) for spec in specs}
    if not versions:
        return 0
    new: list[dict[str, Any]] = []
    dropped: list[Known] = []
    for key in sorted((set(tried) | set(recorded)) - set(failed)):
        start = earlier.get(key, changed[key[0]])
        before = {one.started_at: one for one in recorded.get(key, ()) if one.started_at >= start}
        now = {one.started_at: _known(key, one) for one in tried.get(key, ())}
        dropped += [one for moment, one in before.items() if now.get(moment) != one]
        new += [_row(one, *versions[key[1]]) for moment, one in now.items() if before.get(moment) != one]
    if dropped:
        told = [(one.patient_id, *versions[one.rule], one.started_at) for one in dropped]
        names = ("patients", "rules", "versions", "starts")
        session.execute(DROP, dict(zip(names, map(list, zip(*told, strict=True)), strict=True)))
    if new:
        session.execute(insert(ShadowEpisode), new)
    session.execute(MENDED, {"patients": arrays.numbers(changed)})
    if failed:
        session.execute(FAILED, [_failure(key, why, versions, at) for key, why in failed.items()])
    replaced = {(one.patient_id, one.rule, one.started_at) for one in dropped}
    return sum(
        (row["patient_id"], f"{row['rule']}@{row['version']}", row["started_at"]) not in replaced
        for row in new
    )


def _known(key: Key, one: Episode) -> Known:
    return Known(
        *key, one.started_at, one.last_at, one.settled_at, one.level, one.moments, one.figure, one.limit
    )


def _row(one: Known, rule: str, version: int) -> dict[str, Any]:
    return {**vars(one), "rule": rule, "version": version}


def _failure(key: Key, why: str, versions: Mapping[str, tuple[str, int]], at: datetime) -> dict[str, Any]:
    rule, version = versions[key[1]]
    return {"patient_id": key[0], "rule": rule, "version": version, "at": at, "problem": why}
