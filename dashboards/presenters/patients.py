"""The list of patients a person cares for."""

from dataclasses import dataclass

from markupsafe import Markup

from dashboards.presenters import words
from dashboards.presenters.people import PatientWords
from dashboards.presenters.views import SEVERITIES, Choice, Frame, PatientRow, PatientsSeen, Severity


@dataclass(frozen=True)
class SeverityShort:
    """Open alerts of one severity, for a row."""

    severity: Severity
    word: str
    count: int


@dataclass(frozen=True)
class PatientLine:
    """A row of the list."""

    patient: PatientWords
    last: Markup
    alerts: tuple[SeverityShort, ...]
    paused: str


@dataclass(frozen=True)
class PatientsPage:
    """The list as asked for."""

    rows: tuple[PatientLine, ...]
    q: str
    team: str
    pathway: str
    teams: tuple[Choice, ...]
    pathways: tuple[Choice, ...]
    found: str
    filtered: bool


def present(seen: PatientsSeen, frame: Frame) -> PatientsPage:
    """The list for this viewer now."""
    found = words.count(len(seen.rows), "patient")
    if seen.more:
        found = (
            f"The first {found}; {seen.more:,} more match. Search by name or NHS number to narrow them down."
        )
    return PatientsPage(
        rows=tuple(line(row, frame) for row in seen.rows),
        q=seen.q,
        team=seen.team,
        pathway=seen.pathway,
        teams=(Choice("", "All my teams"), *seen.teams),
        pathways=(Choice("", "All pathways"), *seen.pathways),
        found=found,
        filtered=bool(seen.q or seen.team or seen.pathway),
    )


def line(row: PatientRow, frame: Frame) -> PatientLine:
    """One patient's row."""
    last = Markup("never")
    if row.last_reading_at:
        last = words.stamp(row.last_reading_at, words.near(row.last_reading_at, frame.at))
    return PatientLine(
        patient=PatientWords.of(row.patient, frame.at),
        last=last,
        alerts=tuple(
            SeverityShort(one, words.SEVERITY_NAMES[one], row.open_alerts[one])
            for one in SEVERITIES
            if row.open_alerts.get(one)
        ),
        paused=f"Paused until {words.full_date(row.paused_until)}" if row.paused_until else "",
    )
