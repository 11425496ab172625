"""Kinds, values and provenances of the catalogue as pages are told of them."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.presenters import words
from dashboards.presenters.views import KindSeen, Provenance
from ingest.catalogue import KINDS, PANELS, Kind, by_id
from ingest.items import PROVENANCES

# Who does not say how a value came is taken for the least sure: typed.
PROVENANCE_SEEN: dict[str, Provenance] = {
    "unknown": "typed_by_patient",
    "device": "device",
    "bluetooth": "device",
    "patient_typed": "typed_by_patient",
    "staff_typed": "typed_by_staff",
    "file_import": "file",
}
ANSWER_WORDS = {
    "more_volume": "more than usual",
    "changed_colour": "another colour",
    "both": "more, and another colour",
}


def kind_seen(kind: Kind, *, to_patient: bool = False) -> KindSeen:
    """A kind as staff say it, or as its patient does."""
    title = kind.patient_label[:1].upper() + kind.patient_label[1:] if to_patient else kind.label
    answers = tuple(ANSWER_WORDS.get(answer, answer) for answer in kind.answers or ())
    return KindSeen(kind.name, title, kind.unit_label, kind.decimals, answers)


def kind_of(kind_id: int, *, to_patient: bool = False) -> KindSeen:
    """The kind of a stored row."""
    return kind_seen(by_id(kind_id), to_patient=to_patient)


def provenance_of(code: int) -> Provenance:
    """How a stored value reached us."""
    return PROVENANCE_SEEN[PROVENANCES[code]]


def value_words(values: Mapping[str, float]) -> str:
    """Values that were measured together, as people say them: "128/82 mmHg, pulse 70"; "84.6 kg"."""
    left = dict(values)
    said = []
    top, bottom = PANELS["blood_pressure"].required
    if top in left and bottom in left:
        said.append(
            f"{words.number(left.pop(top))}/{words.number(left.pop(bottom))} {PANELS['blood_pressure'].unit}"
        )
    for name, value in left.items():
        alone = not said and len(left) == 1
        if name == "heart_rate" and not alone:
            said.append(f"pulse {words.number(value)}")
        else:
            said.append(words.reading(kind_seen(KINDS[name]), value))
    return ", ".join(said)
