"""What traits are called on pages, and what their numbers mean where they are no measure."""

from dashboards.presenters import words
from dashboards.presenters.agreed_views import TraitSeen
from dashboards.presenters.views import Choice

TITLES = {
    "oxygen_scale": "Oxygen target",
    "dry_weight": "Dry weight",
    "best_peak_flow": "Best peak flow",
    "best_fev1": "Best FEV1",
    "glucose_target_fasting": "Fasting glucose target",
    "frail": "Frailty",
}
CHOICES = {
    "oxygen_scale": (
        Choice("1", "The usual target (scale 1)"),
        Choice("2", "88 to 92 % is prescribed (scale 2)"),
    ),
    "frail": (Choice("0", "Not frail"), Choice("1", "Older or frail: wider glucose targets")),
}


def title(name: str) -> str:
    """Dry weight; a trait that is new here by its name."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def value(trait: TraitSeen, number: float | None) -> str:
    """71.5 kg; 88 to 92 % is prescribed (scale 2); not set."""
    if number is None:
        return "not set"
    for choice in trait.choices:
        if float(choice.value) == number:
            return choice.label
    return f"{plain(number)} {trait.unit}".rstrip()


def plain(number: float) -> str:
    """71.5; without needless zeros."""
    return words.number(number) if number == int(number) else f"{number:g}"
