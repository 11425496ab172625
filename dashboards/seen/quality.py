"""What alerts are worth, and who is unprotected, as pages are told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from alerts.pathways import Packs
from alerts.quality import Report
from alerts.rule_lives import Rule
from alerts.unprotected import Found, TeamAlone
from dashboards.presenters import trait_words
from dashboards.presenters.quality_views import CardSeen, FoundSeen, PersonSeen, TeamSeen
from dashboards.presenters.rule_views import Life
from dashboards.seen.people import pathway_name
from ingest.catalogue import KINDS

COLUMNS = (
    "rule", "title", "life", "fired", "patients", "resolved", "acted on", "false alert", "no action needed", "settled unseen",
    "median minutes to first look", "raised out of hours", "alerts a patient-year", "open now",
)  # fmt: skip


def cards_seen(rules: Sequence[Rule], report: Report, packs: Packs) -> tuple[CardSeen, ...]:
    """One card a rule, those that fired most first; alerts of rules that are not on record come under their ids."""
    known = {rule.id: rule for rule in rules}
    found = []
    for rule in sorted({*known, *report.cards}):
        card = report.card(rule)
        one = known.get(rule)
        title = rule if one is None else one.shown.body["title"]
        life = "retired" if one is None else one.shown.life
        pathway = "" if one is None else pathway_name(packs, one.shown.body["pathway"])
        found.append(CardSeen(rule, title, cast("Life", life), **vars(card), pathway=pathway))
    return tuple(sorted(found, key=lambda card: (-card.fired, -card.open_now, card.rule)))


def found_seen(found: Found) -> FoundSeen:
    """How many, and the first of them by name."""
    return FoundSeen(
        found.count,
        tuple(
            PersonSeen(
                one.patient_id, one.name, one.nhs_number, tuple(map(_called, one.about)), one.since, one.until, one.due,
                one.reason,
            )
            for one in found.patients
        ),
    )  # fmt: skip


def teams_seen(teams: Sequence[TeamAlone]) -> tuple[TeamSeen, ...]:
    """Teams where nobody can act."""
    return tuple(TeamSeen(team.name, team.alerts, team.patients) for team in teams)


def lines(cards: Sequence[CardSeen]) -> Iterator[tuple[object, ...]]:
    """The cards as rows of a file, under COLUMNS; empty where there is nothing to count."""
    for one in cards:
        yield (
            one.rule, one.title, one.life, one.fired, one.patients, one.resolved, one.acted_on, one.false_alerts,
            one.no_action, one.unseen, "" if one.minutes is None else round(one.minutes, 1), one.out_of_hours,
            "" if one.per_year is None else round(one.per_year, 2), one.open_now,
        )  # fmt: skip


def _called(name: str) -> str:
    return KINDS[name].label if name in KINDS else trait_words.title(name)
