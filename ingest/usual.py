"""What is usual for the patients of a batch: enough to tell an odd value while its sender is still there to look again."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from foundation import arrays
from ingest.catalogue import KINDS, PANELS
from ingest.changes import Usual
from ingest.items import BadItem
from ingest.steps import Step
from ingest.times import local_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.intake import Sent
    from ingest.steps import Rows

INTERACTIVE = 50  # items; a longer upload is a file of old readings, which nobody can measure again

# The kinds whose plausibility depends on the person (ingest.changes).
PERSONAL = frozenset({"systolic", "oxygen_saturation", "body_weight", "peak_flow", "fev1", "cat_score"})

USUAL = """
SELECT s.patient_id, s.kind,
       sum(d.total) FILTER (WHERE d.day > %s::date - 7) / nullif(sum(d.readings) FILTER (WHERE d.day > %s::date - 7), 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY d.total / d.readings),
       max(d.highest), min(d.day), (array_agg(d.total / d.readings ORDER BY d.day))[1],
       max(l.measured_at), max(l.value)
FROM unnest(%s::bigint[], %s::smallint[]) AS s (patient_id, kind)
JOIN rollup_day d ON d.patient_id = s.patient_id AND d.kind = s.kind AND d.day > %s::date - 30
LEFT JOIN LATERAL (SELECT r.measured_at, r.value FROM reading r WHERE r.patient_id = s.patient_id AND r.kind = s.kind
                   AND r.measured_at > %s ORDER BY r.measured_at DESC LIMIT 1) l ON true
GROUP BY s.patient_id, s.kind"""


def asked(batch: list[Sent], at: datetime) -> tuple[Step, ...]:
    """The statement that asks for what is usual for these patients in the kinds they sent; none where none matters."""
    wanted = sorted(
        {(sent.patient_id, kind) for sent in batch if len(sent.items) <= INTERACTIVE for kind in _kinds(sent)}
    )
    if not wanted:
        return ()
    today = local_day(at)
    patients, kinds = [pair[0] for pair in wanted], [pair[1] for pair in wanted]
    who = (arrays.numbers(patients), arrays.numbers(kinds))
    return (Step(USUAL, (today, today, *who, today, at - timedelta(days=31))),)


def known(found: Sequence[Rows]) -> dict[int, Usual]:
    """What it came back with, by patient."""
    usuals: dict[int, Usual] = {}
    for patient, kind, mean, median, best, first_day, first, last_at, last in chain.from_iterable(
        one.rows for one in found
    ):
        usual = usuals.setdefault(patient, Usual())
        usual.baseline[kind], usual.best[kind] = median, best
        usual.oldest_30d[kind] = (datetime.combine(first_day, time(12), UTC), first)
        if mean is not None:
            usual.mean_7d[kind] = mean
        if last_at is not None:
            usual.last[kind] = (last_at, last)
    return usuals


def _kinds(sent: Sent) -> set[int]:
    names: set[str] = set()
    for item in sent.items:
        if not isinstance(item, BadItem):
            panel = PANELS.get(item.kind)
            names.update(panel.required if panel else (item.kind,))
    return {KINDS[name].id for name in names & PERSONAL}
