"""How things are said on a page: times, ages, numbers, states; in one place, so that all say them alike."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from dashboards.presenters.views import KindSeen, Provenance, Severity

LONDON = ZoneInfo("Europe/London")

SEVERITY_NAMES: dict[Severity, str] = {"red": "Red", "amber": "Amber", "blue": "Missing", "yellow": "Yellow"}
SEVERITY_MEANINGS: dict[Severity, str] = {
    "red": "act now",
    "amber": "contact today",
    "blue": "an expected reading is missing",
    "yellow": "review this week",
}
STATE_NAMES = {
    "raised": "New",
    "acknowledged": "Acknowledged",
    "claimed": "Claimed",
    "resolved": "Resolved",
}
PROVENANCE_NAMES: dict[Provenance, str] = {
    "device": "from the device",
    "typed_by_patient": "typed by the patient",
    "typed_by_staff": "typed by staff",
    "file": "from a file",
}
MINUTE, HOUR, DAY = 60, 3600, 86400


def local(at: datetime) -> datetime:
    """The moment by the clock on the wall in London."""
    return at.astimezone(LONDON)


def clock(at: datetime) -> str:
    """08:02; in the hour that happens twice, also which of the two: 01:30 BST."""
    here = local(at)
    twice = here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()
    return here.strftime("%H:%M %Z" if twice else "%H:%M")


def clock_seconds(at: datetime) -> str:
    """08:02:11."""
    return local(at).strftime("%H:%M:%S")


def full_date(day: date) -> str:
    """Fri 20 Nov 2026."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def born(day: date) -> str:
    """20 Nov 1948, as a date of birth is said."""
    return f"{day.day} {day:%b %Y}"


def moment(at: datetime) -> str:
    """Fri 20 Nov 2026, 08:02."""
    return f"{full_date(local(at).date())}, {clock(at)}"


def near(at: datetime, now: datetime) -> str:
    """As short as is clear: today 08:02, yesterday 08:02, Fri 20 Nov 08:02; with the year if another."""
    day, today = local(at).date(), local(now).date()
    if day == today:
        return f"today {clock(at)}"
    if day == today - timedelta(days=1):
        return f"yesterday {clock(at)}"
    said = f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")
    return f"{said} {clock(at)}"


def how_long(seconds: float) -> str:
    """12 minutes, 3 hours, 2 days: the largest unit that says enough."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return "less than a minute"
    if whole < 2 * HOUR:
        return count(whole // MINUTE, "minute")
    if whole < 2 * DAY:
        return count(whole // HOUR, "hour")
    return count(whole // DAY, "day")


def since(at: datetime, now: datetime) -> str:
    """How long ago, without the word ago."""
    return how_long((now - at).total_seconds())


def stamp(at: datetime, said: str) -> Markup:
    """A time as words for people and exactly for machines."""
    exact = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # The whole moment is there for whoever points at the short words.
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, moment(at), said)


def count(number: int, word: str, plural: str = "") -> str:
    """1 alert, 2 alerts, 1,204 alerts."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def listed(items: Iterable[str]) -> str:
    """a, b and c."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def years_old(birth: date, now: datetime) -> int:
    """Whole years, by the calendar in London; born on 29 February: a year older on 1 March."""
    today = local(now).date()
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def nhs_number(digits: str) -> str:
    """999 000 0018: spaced 3-3-4, as it is read out; anything else as it is."""
    if len(digits) != 10 or not digits.isdigit():  # noqa: PLR2004 an NHS number has ten digits
        return digits
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def number(value: float, decimals: int = 0) -> str:
    """152; 84.6; never -0."""
    said = f"{value:,.{decimals}f}"
    return said.lstrip("-") if float(said.replace(",", "")) == 0 else said


def reading(kind: KindSeen, value: float) -> str:
    """152 mmHg; a coded answer as its words; a percentage close to its sign."""
    if kind.answers:
        place = round(value)
        return kind.answers[place] if 0 <= place < len(kind.answers) else number(value)
    said = number(value, kind.decimals)
    gap = "" if kind.unit == "%" else " "
    return f"{said}{gap}{kind.unit}".rstrip()
