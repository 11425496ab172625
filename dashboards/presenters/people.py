"""A patient as the head of a page or a row says them, the same everywhere."""

from dataclasses import dataclass
from datetime import datetime

from dashboards.presenters import words
from dashboards.presenters.views import PatientSeen


@dataclass(frozen=True)
class PatientWords:
    """Name, number, born and age, pathways and team, as text."""

    name: str
    href: str
    nhs_number: str
    born: str
    age: str
    pathways: str
    team: str
    phone: str

    @classmethod
    def of(cls, patient: PatientSeen, now: datetime) -> "PatientWords":
        """How this patient is shown now."""
        return cls(
            name=patient.name,
            href=f"/patients/{patient.id}",
            nhs_number=words.nhs_number(patient.nhs_number),
            born=words.born(patient.born),
            age=f"{words.years_old(patient.born, now)} years",
            pathways=", ".join(patient.pathways) or "no pathway",
            team=patient.team,
            phone=patient.phone,
        )
