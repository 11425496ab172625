"""The cohort's trends as the coordinator's page is told of them, and as lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.pathways import Expectation, Packs
from alerts.trends import Adherence, Share, Silent
from dashboards.presenters import views, words
from dashboards.presenters.views import DriftSeen, PatientSeen, Series, SilentSeen, TrendsSeen
from dashboards.seen.kinds import kind_of
from dashboards.seen.people import pathway_name
from ingest.catalogue import KINDS

TIMES = {1: "every day", 2: "twice a day"}
EVERY_DAY = (1, 31)

COLUMNS = (
    "list", "who or what", "NHS number", "team", "pathways", "kind", "unit", "mean of the last 7 days",
    "mean of the 28 days before", "change in own spreads", "last reading", "missed", "received", "expected",
)  # fmt: skip


def drift_seen(
    rows: Iterable[Any], people: Mapping[int, PatientSeen], sparks: Mapping[tuple[int, int], Series]
) -> tuple[DriftSeen, ...]:
    """Who drifts. Whom the viewer may not see is left out."""
    return tuple(
        DriftSeen(
            patient=people[row.patient_id],
            kind=kind_of(row.kind),
            recent_mean=row.recent_mean,
            recent_count=row.recent_readings,
            before_mean=row.before_mean,
            before_count=row.before_readings,
            score=row.score,
            spark=sparks.get((row.patient_id, row.kind)),
        )
        for row in rows
        if row.patient_id in people
    )


def silent_seen(
    found: Iterable[Silent],
    people: Mapping[int, PatientSeen],
    last: Mapping[int, datetime],
    alerts: Mapping[int, UUID],
) -> tuple[SilentSeen, ...]:
    """Who stopped sending."""
    return tuple(
        SilentSeen(
            patient=people[one.patient_id],
            last_reading_at=last.get(one.patient_id),
            missed=one.missed,
            expected="; ".join(expected_words(expectation) for expectation in one.expected),
            alert_id=str(alerts.get(one.patient_id, "")),
        )
        for one in found
        if one.patient_id in people
    )


def expected_words(expectation: Expectation) -> str:
    """Weight, blood pressure and pulse every day; ... twice a day on days 1 to 7 of the month."""
    names = [KINDS[kind].patient_label for kind in expectation.kinds if kind not in {"systolic", "diastolic"}]
    if {"systolic", "diastolic"} & set(expectation.kinds):
        names.insert(0, "blood pressure")
    joined = words.listed(names) if expectation.every_kind else " or ".join(names)
    slots = len(expectation.slots)
    when = TIMES.get(slots, f"{slots} times a day")
    first, last = expectation.first_day_of_month, expectation.last_day_of_month
    return f"{joined} {when}" + (
        "" if (first, last) == EVERY_DAY else f" on days {first} to {last} of the month"
    )


def adherence_seen(found: Adherence, teams: Sequence[tuple[int, str]], packs: Packs) -> dict[str, Any]:
    """The three parts of adherence, as TrendsSeen takes them; names in alphabetical order."""
    names = dict(teams)
    return {
        "by_pathway": _shares((pathway_name(packs, one), share) for one, share in found.by_pathway.items()),
        "by_team": _shares((names.get(one, f"Team {one}"), share) for one, share in found.by_team.items()),
        "received_by_day": found.by_day,
    }


def _shares(found: Iterable[tuple[str, Share]]) -> tuple[views.Adherence, ...]:
    return tuple(
        views.Adherence(label, share.patients, share.received, share.expected)
        for label, share in sorted(found, key=lambda one: one[0])
    )


def lines(seen: TrendsSeen) -> Iterator[tuple[object, ...]]:
    """The same as rows of a file, under COLUMNS."""
    for drift in seen.drifting:
        yield (
            "drifting", *_who(drift.patient), drift.kind.title, drift.kind.unit, round(drift.recent_mean, 2),
            round(drift.before_mean, 2), round(drift.score, 1), "", "", "", "",
        )  # fmt: skip
    for silent in seen.silent:
        last = (
            words.local(silent.last_reading_at).isoformat(timespec="minutes")
            if silent.last_reading_at
            else "never"
        )
        yield (
            "stopped sending",
            *_who(silent.patient),
            silent.expected,
            "",
            "",
            "",
            "",
            last,
            silent.missed,
            "",
            "",
        )
    for name, shares in (("adherence by pathway", seen.by_pathway), ("adherence by team", seen.by_team)):
        for share in shares:
            yield (name, share.label, *[""] * 10, share.received, share.expected)
    for day, received, expected in seen.received_by_day:
        yield ("received by day", day.isoformat(), *[""] * 10, received, expected)


def _who(patient: PatientSeen) -> tuple[str, str, str, str]:
    return patient.name, patient.nhs_number, patient.team, ", ".join(patient.pathways)
