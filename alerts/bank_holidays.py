"""Bank holidays in England and Wales, by which working hours are told from nights, weekends and holidays. Pure.

Source: https://www.gov.uk/bank-holidays, and the dates that its rules give for the years it does not list yet: New Year's
Day, Good Friday, Easter Monday, the first and last Mondays of May, the last of August, Christmas Day and Boxing Day; one
that falls on a weekend is kept on the next working day.
"""

from __future__ import annotations

from datetime import date

DAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26",
        "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
        "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28",
        "2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01", "2028-05-29", "2028-08-28", "2028-12-25", "2028-12-26",
    )
)  # fmt: skip
LAST = date(2028, 12, 31)  # days after it are taken for working days unless they are Saturdays or Sundays
