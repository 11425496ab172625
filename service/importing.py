"""`telehealth import`: a file into a patient's record, by the same way in as everything else."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import track
from sqlalchemy import select

from alerts import thresholds
from foundation.database import transaction
from foundation.errors import Refused
from foundation.settings import settings
from ingest import formats
from ingest.answers import COUNTED
from ingest.intake import Sent
from ingest.items import BadItem, Item
from ingest.writer import keep
from people.nhs_number import parse
from people.tables import Patient
from people.viewer import OWNER

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

PART = 20_000  # items in one upload: each part is kept, or not, as a whole


def run(
    file: Path,
    nhs_number: str,
    *,
    format_: str,
    unit: str | None,
    only: str | None,
    as_json: bool,
    at: datetime,
) -> None:
    """Read the file, keep its items, print what became of them."""
    number = parse(nhs_number)
    with transaction(OWNER) as session:
        patient = session.scalar(select(Patient.id).where(Patient.nhs_number == number))
    if patient is None:
        raise Refused(
            "no_such_patient",
            "No patient with this NHS number is enrolled. Enrol them with `telehealth patient add`.",
        )
    if file.stat().st_size > settings().max_body:
        raise Refused(
            "too_large",
            f"This file is larger than {settings().max_body // 2**20} MB. Split it, or raise TELEHEALTH_MAX_BODY.",
        )
    body = file.read_bytes()
    told = Console(stderr=True)
    read = formats.read(
        body,
        format=format_,
        filename=file.name,
        options=formats.Options(patient=number, unit=unit, only=only),
    )
    items: list[Item | BadItem] = list(track(read.items, description="Reading", console=told, transient=True))
    counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    places = range(0, len(items), PART)
    for start in track(places, description="Keeping", console=told, transient=True, total=len(places)):
        part = items[start : start + PART]
        # The whole file is kept as it came, with its first part; the others point to it by its name.
        came = body if start == 0 else f"part from item {start} of {file.name}".encode()
        sent = Sent(patient, OWNER, "import", "text/csv", came, part, at)
        answer = json.loads(keep([sent], thresholds.CURRENT)[0].body)
        for result in answer["results"]:
            counts[result["verdict"]] += 1
            if as_json and result["verdict"] in ("rejected", "held"):
                print(json.dumps(_told(result, part[result["index"]], start)))  # noqa: T201 the command's answer
    for warning in read.warnings:
        told.print(f"[yellow]{warning}[/yellow]", soft_wrap=True)
    summary = {"format": read.format, **counts, "skipped": dict(read.skipped)}
    if as_json:
        told.print_json(json.dumps(summary))
    else:
        print(json.dumps(summary))  # noqa: T201 the command's answer


def _told(result: dict[str, Any], item: Any, start: int) -> dict[str, Any]:
    line = getattr(item, "line", 0)
    kind = None if isinstance(item, BadItem) else item.kind
    told = {"item": start + result["index"], "line": line or None, "kind": kind, "verdict": result["verdict"]}
    return {**told, "reason": result.get("reason"), "detail": result.get("detail")}
