"""What a rule does and what its numbers mean, for people who have read no pack; every number with its unit."""

from collections.abc import Sequence
from typing import NamedTuple

from dashboards.presenters import words

KIND = "{unit}"  # stands for the unit of what the rule looks at
GAP = "{gap}"  # for that of a difference between two such values, which between percentages is points

DOES = {
    "limits": "Raises an alert when {kinds} is at or past one of the patient's four limits. "
    "The limits themselves are on each patient's record, under Thresholds.",
    "count_in_window": "Raises an alert when {kinds} is out of range several times within some days.",
    "consecutive": "Raises an alert when {kinds} stays out of range for many readings in a row.",
    "blood_pressure_average": "Raises an alert when the average of a week of home blood pressure is too high.",
    "weight_rise": "Raises an alert when weight changes quickly within days.",
    "dry_weight": "Raises an alert when weight stays above the dry weight that a clinician set.",
    "from_usual": "Raises an alert when {kinds} moves away from what is usual for this person.",
    "moving_average": "Raises an alert when the average of the last days of {kinds} is above that of the weeks before.",
    "signs": "Raises an alert when several signs come together: {kinds}.",
    "oximetry_score": "Raises an alert when pulse goes up and oxygen goes down together, with a symptom.",
    "news2": "Works out NEWS2 from measurements taken together, and raises an alert by its total.",
    "time_in_range": "Raises an alert when a glucose sensor is out of range for too much of the time.",
    "percent_of_best": "Raises an alert when {kinds} falls well below this person's best.",
    "morning_mean": "Raises an alert when the average of the first glucose values of the mornings is too high.",
    "drift": "Raises an alert when small changes of {kinds} add up over days, away from what is usual for this person.",
    "cusum": "Raises an alert when {kinds} builds up, day after day, away from what is usual for this person.",
    "below_mean": "Raises an alert when {kinds} falls below the average of this person's last days.",
    "over_oxygenation": "Raises an alert when oxygen is above its target in somebody on extra oxygen for whom that is dangerous.",
    "overdue": "Raises an alert when readings that were expected do not come: {kinds}.",
}


class Word(NamedTuple):
    """A number of a rule: what it is called, its unit, and what it decides."""

    label: str
    unit: str = ""
    meaning: str = ""


def _needs(side: str) -> Word:
    return Word(
        f"Readings in a row for {side}", "", f"How many, one after the other, have to be at or past {side}."
    )


NUMBERS = {
    "kinds": Word("Looks at"),
    "severity": Word("Raises"),
    "settles_after": Word("Normal readings to settle", "", "After so many in a row the alert is marked as settled."),
    "settles_days": Word("Days to settle", "days", "Not settled sooner than this after the last reading out of range, unless it was red."),
    "needs_red_low": _needs("red low"),
    "needs_amber_low": _needs("amber low"),
    "needs_amber_high": _needs("amber high"),
    "needs_red_high": _needs("red high"),
    "within_hours": Word("Within", "hours", "From the first to the last of the readings that count together."),
    "alone_low": Word("Past red low, red at once", GAP, "One reading nearer to red low than this is yellow; a second is red."),
    "alone_high": Word("Past red high, red at once", GAP, "One reading nearer to red high than this is yellow; a second is red."),
    "inside": Word("Normal from", GAP, "So far within the limits a reading counts as normal again."),
    "own_low": Word("Low limits may move by", GAP, "For somebody whose usual lies near a low limit of the pathway."),
    "own_high": Word("High limits may move by", GAP, "For somebody whose usual lies near a high limit of the pathway."),
    "own_spreads": Word("Room around the usual", "spreads", "How far a moved limit stays from what is usual for the person."),
    "spread": Word("Typical scatter at home", GAP, "From day to day, in people who are well."),
    "mistaken_for": Word("Mixed up with", "", "What people type into this box by mistake."),
    "needs": Word("Readings needed", "", "How many it takes."),
    "days": Word("Over", "days", "The days that are looked at together."),
    "of_days": Word("Out of the last", "days"),
    "on_days": Word("On different days", "days", "The readings lie on at least so many."),
    "min_days": Word("Days with a reading, at least", "days", "With fewer, nothing can be said yet."),
    "min_readings": Word("Readings, at least", "", "With fewer, nothing can be said yet."),
    "min_values": Word("Values, at least", "", "With fewer, there is no average yet."),
    "min_totals": Word("Totals, at least", "", "With fewer, there is no usual total yet."),
    "usual_days": Word("The usual is taken from", "days", "The time before that tells what is usual for the person."),
    "apart_hours": Word("Left out of the usual", "hours", "The latest time, so that what is new does not become usual."),
    "apart_days": Word("Left out of the usual", "days", "The latest days, so that what is new does not become usual."),
    "yellow": Word("Yellow from", GAP, "How far from what is usual for the person."),
    "amber": Word("Amber from", GAP, "How far from what is usual for the person."),
    "red": Word("Red from", GAP, "How far from what is usual for the person."),
    "direction": Word("Harmful direction", "", "Up or down."),
    "windows": Word("Looks back over", "days", "Each of these stretches; the one that stands out most decides."),
    "agree": Word("Measures that agree, at least", "", "How many kinds of reading lean towards harm."),
    "alone": Word("Enough by itself", "standard errors", "From here one kind of reading is enough."),
    "settle": Word("Settles below", "", "As a share of the lowest limit: 0.5 is half of it."),
    "most": Word("One day counts at most", "spreads", "So that no single bad measurement raises anything."),
    "k": Word("A day adds nothing below", "spreads", "How far a day may lie towards harm before it counts."),
    "h": Word("Alert above", "spreads", "What the days add up to."),
    "run_days": Word("Adds up the last", "days"),
    "signals": Word("What counts, and how much"),
    "signs": Word("Signs"),
    "says": Word("In words"),
    "missed_blue": Word("Missed in a row for Missing", "", "How many expected times go by before it is raised."),
    "missed_amber": Word("Missed in a row for amber", "", "How many expected times go by before it is amber."),
    "within_days": Word("Counted within", "days"),
    "above": Word("More than", KIND),
    "above_target": Word("Above the person's own target by", GAP),
    "from_hour": Word("Mornings from", "o'clock"),
    "to_hour": Word("Mornings until", "o'clock"),
    "at_or_below": Word("At or below", KIND),
    "at_or_above": Word("At or above", KIND),
    "bound": Word("Past the patient's"),
    "over_hours": Word("From first to last, at least", "hours"),
    "rise": Word("A rise of", GAP),
    "loss": Word("A loss of", GAP),
    "spreads": Word("Below the average by", "spreads", "In the person's own scatter from day to day."),
    "score": Word("Score from"),
    "symptoms": Word("With any of"),
    "flow_minutes": Word("Oxygen flow no older than", "minutes"),
    "trait": Word("The best is the person's"),
    "best_days": Word("Without it, the highest of the last", "days"),
    "least_parts": Word("Measurements of the seven, at least", "", "With fewer it is no NEWS2 set."),
    "within_minutes": Word("Taken within", "minutes"),
    "youngest": Word("From the age of", "years"),
    "very_low": Word("Time below 3.0 mmol/L, from", "%"),
    "low": Word("Time below 3.9 mmol/L, from", "%"),
    "in_range": Word("Time from 3.9 to 10.0 mmol/L, less than", "%"),
    "very_high": Word("Time above 13.9 mmol/L, from", "%"),
    "high": Word("Time above 10.0 mmol/L, from", "%"),
    "variation": Word("Coefficient of variation, more than", "%"),
    "frail": Word("For people who are frail"),
    "worn": Word("Sensor worn, at least", "%", "Of the time; with less, nothing can be said."),
    "middle_days": Word("Compared with the last", "days"),
    "middle_min_days": Word("Of these with a reading, at least", "days"),
    "middle_rise": Word("More than these by", GAP),
    "long_days": Word("Compared with the longer last", "days"),
    "long_min_days": Word("Of the longer, with a reading, at least", "days"),
    "long_rise": Word("More than the longer by", GAP),
    "yellow_systolic": Word("Yellow from, systolic", "mmHg"),
    "yellow_diastolic": Word("Yellow from, diastolic", "mmHg"),
    "amber_systolic": Word("Amber from, systolic", "mmHg"),
    "amber_diastolic": Word("Amber from, diastolic", "mmHg"),
    "aged_from": Word("Other limits from the age of", "years"),
    "aged_systolic": Word("Yellow at that age, systolic", "mmHg"),
    "aged_diastolic": Word("Yellow at that age, diastolic", "mmHg"),
    "least_spread_pulse": Word("Scatter of the pulse, at least", "/min"),
    "least_spread_oxygen": Word("Scatter of oxygen, at least", "%"),
    "schedule.every_kind": Word("All of them are expected"),
    "schedule.slots": Word("Times of day"),
    "schedule.grace_minutes": Word("Waits after that time", "minutes"),
    "schedule.first_day_of_month": Word("From day of the month"),
    "schedule.last_day_of_month": Word("To day of the month"),
}  # fmt: skip
OF_TYPE = {
    ("drift", "yellow"): Word("Yellow from", "standard errors", "How sure it is that the days differ from the usual."),
    ("drift", "amber"): Word("Amber from", "standard errors", "How sure it is that the days differ from the usual."),
    ("percent_of_best", "yellow"): Word("Yellow below", "% of the best"),
    ("percent_of_best", "amber"): Word("Amber below", "% of the best"),
    ("percent_of_best", "red"): Word("Red below", "% of the best"),
    ("signs", "needs"): Word("Signs needed"),
    ("signs", "days"): Word("On at least", "days"),
    ("signs", "within_hours"): Word("Each no older than", "hours"),
    ("news2", "rise"): Word("Above the usual total by", "points"),
    ("oximetry_score", "within_hours"): Word("Readings no older than", "hours"),
}  # fmt: skip
# The first says which rule it is for programs, the sentence at its head what it does; the rest is said elsewhere.
UNSAID = frozenset({"type", "schedule.id", "schedule.pathway", "schedule.kinds"})


def does(type_: str, kinds: Sequence[str], said: str = "") -> str:
    """What a rule of this type does with these kinds (`said`: in the pack's words), as a sentence; nothing for a new type."""
    if said:
        return f"Raises an alert when several signs come together, none of which would be worth a call alone: {said}."
    return DOES.get(type_, "").format(kinds=words.listed(map(_inside, kinds)) if kinds else "a reading")


def word(name: str, type_: str = "", unit: str = "") -> Word:
    """A number by its name in the pack; one that is new here is called by that name."""
    bare = name.removeprefix("params.")
    known = OF_TYPE.get((type_, bare)) or NUMBERS.get(bare)
    if known is None:
        return Word(bare.replace(".", ": ").replace("_", " ").capitalize())
    return known._replace(unit=known.unit.format(unit=unit, gap="points" if unit in ("", "%") else unit))


def valued(said: str, unit: str) -> str:
    """72 hours; 4%; what is no number as it is."""
    if not unit or not said.replace(", ", "").replace(".", "").isdigit():
        return said
    if unit in ("days", "hours", "minutes", "spreads", "points", "years", "standard errors") and said == "1":
        unit = unit.removesuffix("s")
    return f"{said}{'' if unit.startswith('%') else ' '}{unit}"


def _inside(label: str) -> str:
    """A kind's label within a sentence: oxygen saturation, but FEV1."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
