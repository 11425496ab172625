"""What a person types into the forms of thresholds and traits, read as the verbs take it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Request

from alerts.agreed import BOUNDS, NAMES, Four, Problem, Said

REVIEW = ("review_on_day", "review_on_month", "review_on_year")
BOXES = (*BOUNDS, *REVIEW, "value", "reason", "expected", "pathway")
LONGEST_NUMBER = 20  # characters


class Typed:
    """The boxes of a form, and what is wrong with what is in them before anybody looks at its sense."""

    def __init__(self, boxes: Mapping[str, str]) -> None:
        self.numbers = {name: boxes[name] for name in BOUNDS}
        self.number = boxes["value"]
        self.reason = boxes["reason"]
        self.review = {name: boxes[name] for name in REVIEW}
        self.seen = boxes["expected"]
        self.to_pathway = bool(boxes["pathway"])
        self.problems: list[Problem] = []

    @property
    def values(self) -> dict[str, str]:
        """All as it was typed, to show it again."""
        return {**self.numbers, "value": self.number, "reason": self.reason, **self.review}

    def four(self) -> Four:
        """The thresholds; an empty box is no threshold."""
        told = zip(self.numbers.items(), NAMES, strict=True)
        red_low, amber_low, amber_high, red_high = (
            self._number(field, text, name) for (field, text), name in told
        )
        return red_low, amber_low, amber_high, red_high

    def value(self) -> float | None:
        """The value of a trait."""
        return self._number("value", self.number, "The value")

    def said(self) -> Said:
        """Reason, review and what the page was made from."""
        return Said(self.reason, self._review(), self._expected())

    def _number(self, field: str, text: str, name: str) -> float | None:
        text = text.strip()
        if not text:
            return None
        try:
            return float(text[:LONGEST_NUMBER])
        except ValueError:
            self.problems.append(
                Problem(field, "not_a_number", f"{name} must be a number, such as 90 or 36.5.")
            )
            return None

    def _review(self) -> date | None:
        day, month, year = (text.strip() for text in self.review.values())
        if not (day or month or year):
            return None
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            self.problems.append(
                Problem("review_on", "not_a_day", "The review day must be a real date, such as 27 3 2027.")
            )
            return None

    def _expected(self) -> datetime | None:
        """None too where somebody has tampered with it: then it is refused as out of date."""
        try:
            return datetime.fromisoformat(self.seen).astimezone(UTC) if self.seen else None
        except (ValueError, OverflowError):
            return None


async def _typed(request: Request) -> Typed:
    form = await request.form()
    given = {name: form.get(name, "") for name in BOXES}
    return Typed({name: text if isinstance(text, str) else "" for name, text in given.items()})


TypedForm = Annotated[Typed, Depends(_typed)]
