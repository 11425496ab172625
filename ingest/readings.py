"""Reading back: a patient's stored readings, as they stand after corrections, newest first."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from foundation.errors import Refused
from ingest.catalogue import KINDS, PANELS, Kind, by_id
from ingest.items import PROVENANCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

EVER = datetime(1900, 1, 1, tzinfo=UTC)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
MOST = 1_000  # items a page of a list

OF = text("SELECT * FROM readings_of(:patient, CAST(:kinds AS smallint[]), :since, :until, :most)")


class Stored(NamedTuple):
    """One reading, or one panel, as it stands."""

    kind: str  # of the catalogue, or a panel's name
    value: float | str | dict[str, float]  # a question's answer as its text
    unit: str
    measured_at: datetime  # with the offset it was given with
    received_at: datetime
    provenance: str
    corrected: bool

    def shown(self) -> dict[str, Any]:
        """As the API answers."""
        return {
            "kind": self.kind,
            "value": self.value,
            "unit": self.unit,
            "measured_at": self.measured_at.isoformat(),
            "received_at": self.received_at.isoformat(),
            "provenance": self.provenance,
            **({"corrected": True} if self.corrected else {}),
        }


def page(
    session: Session,
    patient_id: int,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[Stored], str | None]:
    """One page of a patient's readings, newest first, and the cursor of the next (None: that was all).

    kind: a name of the catalogue (values as stored), a panel's (its parts together), or None for everything as it was sent.
    """
    limit = max(1, min(limit, MOST))
    wanted = _kinds(kind)
    before, skip = _opened(cursor) if cursor else (until or FOREVER, "")
    most = 3 * limit + len(KINDS)  # a panel has at most three values; what ties with the cursor is read again
    if cursor:
        before += timedelta(microseconds=1)
    rows = session.execute(
        OF, {"patient": patient_id, "kinds": wanted, "since": since or EVER, "until": before, "most": most}
    ).all()
    whole = len(rows) < most
    if not whole:  # the last moment may be cut in half: leave it to the next page
        rows = [row for row in rows if row.measured_at != rows[-1].measured_at] or rows
    together = kind is None or kind in PANELS
    items = [item for item in _items(rows, together=together) if not (cursor and _before(item, before, skip))]
    shown = items[:limit]
    more = len(items) > limit or not whole
    return shown, _cursor(shown[-1]) if more and shown else None


def series(
    session: Session, patient_id: int, kinds: Sequence[str], since: datetime, until: datetime
) -> list[Any]:
    """Rows of `readings_of` for charts: oldest first, retracted ones left out."""
    ids = [KINDS[name].id for name in kinds]
    rows = session.execute(
        OF, {"patient": patient_id, "kinds": ids, "since": since, "until": until, "most": 200_000}
    ).all()
    return [row for row in reversed(rows) if row.value is not None]


def _kinds(kind: str | None) -> list[int]:
    if kind is None:
        return [one.id for one in KINDS.values()]
    if kind in PANELS:
        return [KINDS[name].id for name in PANELS[kind].required]
    if kind not in KINDS:
        raise Refused(
            "unknown_kind",
            f"There is no such kind of reading. Kinds are: {', '.join([*PANELS, *KINDS])}.",
            field="/query/kind",
        )
    return [KINDS[kind].id]


def _items(rows: Iterable[Any], *, together: bool) -> Iterator[Stored]:
    for _, tied in groupby(rows, key=lambda row: row.measured_at):
        found = {by_id(row.kind).name: row for row in tied if row.value is not None}
        if together:
            for panel in PANELS.values():
                if all(name in found for name in panel.required):
                    first = found[panel.required[0]]
                    parts = [
                        *panel.required,
                        *(n for n in panel.optional if n in found and _same_item(found[n], first)),
                    ]
                    values = {name: _plain(found[name].value) for name in parts}
                    corrected = any(found[name].revision for name in parts)
                    yield _stored(panel.name, values, panel.unit, first, corrected=corrected)
                    for name in parts:
                        del found[name]
        for name, row in found.items():
            yield _stored(
                name, _value(KINDS[name], row.value), KINDS[name].unit_label, row, corrected=row.revision > 0
            )


def _same_item(one: Any, other: Any) -> bool:
    return (one.upload_id, one.item) == (other.upload_id, other.item)


def _stored(
    kind: str, value: float | str | dict[str, float], unit: str, row: Any, *, corrected: bool
) -> Stored:
    offset = timedelta(minutes=row.offset_minutes)
    return Stored(
        kind,
        value,
        unit,
        row.measured_at.astimezone(timezone(offset)),
        row.received_at,
        PROVENANCES[row.provenance],
        corrected,
    )


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value


def _value(kind: Kind, value: float) -> float | str:
    return kind.answers[int(value)] if kind.answers else _plain(value)


def _cursor(last: Stored) -> str:
    return (
        base64.urlsafe_b64encode(f"{last.measured_at.astimezone(UTC).isoformat()}|{last.kind}".encode())
        .decode()
        .rstrip("=")
    )


def _opened(cursor: str) -> tuple[datetime, str]:
    try:
        told, kind = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        moment = datetime.fromisoformat(told).astimezone(UTC)
        if kind not in {*PANELS, *KINDS} or not EVER <= moment < FOREVER:
            raise ValueError  # noqa: TRY301 as for the others: no cursor of ours
        return moment, kind
    except (ValueError, OverflowError, binascii.Error) as error:
        raise Refused(
            "cursor_not_understood",
            "Use the cursor as `next` gave it, or leave it out to begin again.",
            field="/query/cursor",
        ) from error


def _before(item: Stored, before: datetime, skip: str) -> bool:
    """Whether an item at the cursor's own moment was on the page before."""
    order = [*PANELS, *KINDS]
    return item.measured_at == before - timedelta(microseconds=1) and order.index(item.kind) <= order.index(
        skip
    )
