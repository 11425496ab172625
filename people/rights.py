"""Who may do what: the one table of rights. Row-level security holds the same beneath it, patient by patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foundation.errors import Refused

if TYPE_CHECKING:
    from people.viewer import Viewer

PATIENT, CLINICIAN, COORDINATOR, LEAD, ADMIN = "patient", "clinician", "coordinator", "lead", "admin"

# What can be done → who may. Patients only to themselves, staff only to patients of their own teams.
RIGHTS: dict[str, frozenset[str]] = {
    "readings.send": frozenset({PATIENT, CLINICIAN, COORDINATOR}),
    "readings.see": frozenset({PATIENT, CLINICIAN, COORDINATOR, LEAD}),
    "readings.decide": frozenset({CLINICIAN}),  # held values, corrections
    "thresholds.see": frozenset({PATIENT, CLINICIAN, COORDINATOR, LEAD}),  # and traits
    "thresholds.change": frozenset({CLINICIAN, LEAD}),
    "alerts.see": frozenset({CLINICIAN, COORDINATOR, LEAD}),
    "alerts.act": frozenset({CLINICIAN}),  # acknowledge, claim, resolve
    "alerts.note": frozenset({CLINICIAN, COORDINATOR}),
    "pauses.set": frozenset({CLINICIAN, COORDINATOR}),
    "trends.see": frozenset({CLINICIAN, COORDINATOR, LEAD}),
    "patients.see": frozenset({CLINICIAN, COORDINATOR, LEAD, ADMIN}),
    "rules.see": frozenset({CLINICIAN, COORDINATOR, LEAD}),
    "rules.try": frozenset({CLINICIAN, LEAD}),  # on what is stored
    "rules.propose": frozenset({CLINICIAN, LEAD}),  # and try in shadow
    "rules.approve": frozenset({LEAD}),  # what somebody else proposed; and retire
    "quality.see": frozenset({CLINICIAN, COORDINATOR, LEAD}),  # what alerts are worth, and who is unprotected
    "service.see": frozenset({LEAD, ADMIN}),
    "own.see": frozenset({PATIENT}),  # a patient's own pages
}


def may(viewer: Viewer, right: str) -> bool:
    """Whether this person's role has this right at all."""
    return viewer.role in RIGHTS[right]


def require(viewer: Viewer, right: str) -> None:
    """Refuse (403) a person whose role lacks this right."""
    if not may(viewer, right):
        raise Refused(
            "not_allowed", "Your account may not do this. Ask your team's lead if it should.", status=403
        )


def not_found() -> Refused:
    """What a person is told of anything they may not see: the same as of what does not exist."""
    return Refused(
        "not_found",
        "There is nothing here that you can see. Check the number, or ask the patient's team.",
        status=404,
    )
