"""An alert judged again: by the evidence pinned to it, and by what is stored now. What was corrected since, in sentences.

Nothing is overwritten here: a correction lies beside the value it corrects, bounds keep their history, and every version
of a rule is on record. So what a check saw can be put together again as it was then, whatever happened since.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import text

from alerts import replaying, rule_lives, stored
from alerts.arrived import Values
from alerts.history import Reader
from alerts.moments import FOREVER, SEVERITY_NAMES, moment_micros
from alerts.rules import run
from alerts.rules.changed import differences
from alerts.rules.recorded import CannotRunError, spec_of
from alerts.rules.words import label, local_time, lower_label, quantity
from foundation.errors import Refused
from ingest.catalogue import KINDS
from people import rights

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from alerts.arrived import Cohort
    from alerts.rules import RuleSpec

ALERT = text("""SELECT a.patient_id, a.rule, a.version, a.sentence, a.evidence, a.withdrawn, v.body
    FROM alert a JOIN rule_version v ON v.rule = a.rule AND v.version = a.version WHERE a.id = :id""")
TRAITS = text("""SELECT patient_id, name, value FROM trait WHERE patient_id = :patient AND value IS NOT NULL
    AND set_at <= :at AND (replaced_at IS NULL OR replaced_at > :at)
    UNION ALL SELECT id, 'born', (born - date '1970-01-01')::float8 FROM patient WHERE id = :patient ORDER BY 1, 2""")
BOUNDS = ("red_low", "amber_low", "amber_high", "red_high")
SAME = 1e-9  # two figures that differ by less, relatively, are one


@dataclass(frozen=True)
class Answer:
    """How one moment stands."""

    level: int
    figure: float
    limit: float

    def same(self, other: Answer | None) -> bool:
        """Whether another answer is this one."""
        return (
            other is not None
            and self.level == other.level
            and all(
                math.isclose(one, two, rel_tol=SAME) or (math.isnan(one) and math.isnan(two))
                for one, two in ((self.figure, other.figure), (self.limit, other.limit))
            )
        )


@dataclass(frozen=True)
class Again:
    """What came of judging an alert again."""

    rule: str
    version: int
    sentence: str  # what the alert says
    pinned: Answer
    by_evidence: Answer | None  # None: no breach
    by_store: Answer | None
    since: tuple[str, ...]  # what changed since, in sentences

    @property
    def holds(self) -> bool:
        """Whether the pinned evidence gives the pinned answer."""
        return self.pinned.same(self.by_evidence)

    @property
    def stands(self) -> bool:
        """Whether what is stored now gives it too."""
        return self.pinned.same(self.by_store)


def alert(session: Session, alert_id: UUID, at: datetime) -> Again:
    """Judge one alert again. `at`: now."""
    row = session.execute(ALERT, {"id": alert_id}).one_or_none()
    if row is None:
        raise rights.not_found()
    try:
        spec = spec_of(row.body)
    except CannotRunError as error:
        raise Refused("cannot_run", str(error)) from error
    evidence = row.evidence
    moment, found_at = (datetime.fromisoformat(evidence[name]) for name in ("as_of", "found_at"))
    reader = Reader()
    try:
        cohort = _cohort(reader, row.patient_id, spec, moment, at)
    finally:
        reader.close()
    facts = _traits(session, row.patient_id, found_at)
    then = replace(_seen(cohort, moment_micros(found_at)), traits=facts)
    now = _seen(cohort, moment_micros(at))
    return Again(
        rule=spec.id,
        version=spec.version,
        sentence=row.sentence,
        pinned=Answer(evidence["level"], _number(evidence["figure"]), _number(evidence["limit"])),
        by_evidence=_judge(spec, _with_pinned(spec, then, evidence, row.patient_id), moment),
        by_store=_judge(spec, now, moment),
        since=(
            *_readings(evidence, now, row.patient_id),
            *_bounds(evidence, cohort, at),
            *_facts(facts, cohort.traits),
            *_rule(spec, rule_lives.running(session).active),
        ),
    )


def _cohort(reader: Reader, patient: int, spec: RuleSpec, moment: datetime, at: datetime) -> Cohort:
    kinds = tuple(sorted(KINDS[name].id for name in spec.reads))
    reach = moment - spec.lookback - timedelta(days=1)
    return stored.cohort(reader, [patient], stored.Stretch(kinds, reach, at))


def _seen(cohort: Cohort, check: int) -> Cohort:
    """What a check at this moment saw."""
    kinds = {k: one.where((one.seen <= check) & (one.gone > check)) for k, one in cohort.kinds.items()}
    return replace(cohort, kinds=kinds)


def _with_pinned(spec: RuleSpec, then: Cohort, evidence: dict[str, Any], patient: int) -> Cohort:
    """The pinned readings in place of what is stored for their time; before them, what the check had seen; pinned bounds."""
    since, until = (moment_micros(datetime.fromisoformat(evidence[name])) for name in ("since", "as_of"))
    kinds = dict(then.kinds)
    pinned = _pinned(evidence, patient)
    for name in spec.kinds:
        kind = KINDS[name].id
        own = kinds.get(kind)
        parts = [] if own is None else [own.where((own.at < since) | (own.at > until))]
        parts += [pinned[kind]] if kind in pinned else []
        if parts:
            kinds[kind] = _joined(parts)
    return replace(then, kinds=kinds, bounds=_pinned_bounds(then.bounds, evidence))


def _pinned(evidence: dict[str, Any], patient: int) -> dict[int, Values]:
    by_kind: dict[int, list[tuple[int, float, bool]]] = {}
    for name, at, value, confirmed in evidence["readings"]:
        told = (moment_micros(datetime.fromisoformat(at)), float(value), bool(confirmed))
        by_kind.setdefault(KINDS[name].id, []).append(told)
    found = {}
    for kind, rows in by_kind.items():
        ats, values, confirmed = (np.array(column) for column in zip(*sorted(rows), strict=True))
        count = len(ats)
        found[kind] = Values(np.full(count, patient), ats, values, confirmed, ats, np.full(count, FOREVER))
    return found


def _joined(parts: list[Values]) -> Values:
    names = Values.__dataclass_fields__
    both = {name: np.concatenate([getattr(one, name) for one in parts]) for name in names}
    order = np.lexsort((both["value"], both["confirmed"], both["at"]))
    return Values(**{name: values[order] for name, values in both.items()})


def _pinned_bounds(bounds: pd.DataFrame, evidence: dict[str, Any]) -> pd.DataFrame:
    if evidence["bounds"] is None:
        return bounds
    own = (bounds["kind"] == evidence["kind"]).to_numpy(np.bool_)
    row = bounds[own].iloc[:1].copy()
    for name, bound in zip(BOUNDS, evidence["bounds"], strict=True):
        row[name] = np.nan if bound is None else float(bound)
    row["replaced_at"] = pd.Series(pd.NaT, index=row.index, dtype=bounds["replaced_at"].dtype)
    found: pd.DataFrame = pd.concat([bounds[~own], row], ignore_index=True)
    return found


def _judge(spec: RuleSpec, cohort: Cohort, moment: datetime) -> Answer | None:
    """How the rule says that one moment stands; None: no breach."""
    came = run(
        [spec], replaying.history(cohort.kinds), cohort.bounds, cohort.enrolled, cohort.pauses,
        since=moment, at=moment, traits=cohort.traits,
    )  # fmt: skip
    if len(came.failures):
        raise Refused(
            "cannot_run", f"Rule {spec.id} failed on these readings ({came.failures['error'].iloc[0]})."
        )
    frame = came.episodes[spec.id]
    if frame.empty:
        return None
    one = frame.iloc[0]
    return Answer(int(one["level"]), float(one["figure"]), float(one["limit"]))


def _readings(evidence: dict[str, Any], now: Cohort, patient: int) -> list[str]:
    """What became of the readings that the alert rests on, and which came since."""
    since, until = (moment_micros(datetime.fromisoformat(evidence[name])) for name in ("since", "as_of"))
    told = []
    for kind, pinned in sorted(_pinned(evidence, patient).items()):
        name = next(one.name for one in KINDS.values() if one.id == kind)
        own = now.kinds.get(kind)
        stands: dict[int, list[tuple[float, bool]]] = {}
        if own is not None:
            for at, value, confirmed in zip(
                own.at.tolist(), own.value.tolist(), own.confirmed.tolist(), strict=True
            ):
                if since <= at <= until:
                    stands.setdefault(at, []).append((value, confirmed))
        for at, value, confirmed in zip(
            pinned.at.tolist(), pinned.value.tolist(), pinned.confirmed.tolist(), strict=True
        ):
            told += _became(name, at, value, stands.get(at, []), confirmed=confirmed)
        known = set(pinned.at.tolist())
        told += [
            f"{label(name)} {quantity(name, value)} of {_time(at)} came, or was accepted, since."
            for at, values in sorted(stands.items()) if at not in known for value, _ in values
        ]  # fmt: skip
    return told


def _became(
    name: str, at: int, value: float, stands: list[tuple[float, bool]], *, confirmed: bool
) -> list[str]:
    what = f"{label(name)} {quantity(name, value)} of {_time(at)}"
    if (value, confirmed) in stands:
        return []
    if not confirmed:
        if (value, True) in stands:
            return [f"{what} was unconfirmed, and has been accepted since."]
        return [f"{what} was unconfirmed, and has been dismissed since."]
    others = [other for other, sure in stands if sure]
    if others:
        return [f"{what} was corrected since: it is {quantity(name, others[0])} now."]
    return [f"{what} was taken back since: it is no reading now."]


def _bounds(evidence: dict[str, Any], cohort: Cohort, at: datetime) -> list[str]:
    """Whether other bounds hold now. They say nothing of a moment before they were set."""
    if evidence["bounds"] is None:
        return []
    own = cohort.bounds[(cohort.bounds["kind"] == evidence["kind"]).to_numpy(np.bool_)]
    holds = own[(own["replaced_at"].isna() | (own["replaced_at"] > at)).to_numpy(np.bool_)]
    now = [None] * 4 if holds.empty else [_or_none(holds.iloc[0][name]) for name in BOUNDS]
    if now == [None if one is None else float(one) for one in evidence["bounds"]]:
        return []
    name = next(one.name for one in KINDS.values() if one.id == evidence["kind"])
    changed = [
        f"{which.replace('_', ' ')} {_bound(name, old)}, now {_bound(name, new)}"
        for which, old, new in zip(BOUNDS, evidence["bounds"], now, strict=True)
        if (None if old is None else float(old)) != new
    ]
    since = None if holds.empty or pd.isna(holds.iloc[0]["set_at"]) else holds.iloc[0]["set_at"]
    when = "" if since is None else f" at {local_time(since.to_pydatetime())}"
    return [f"The thresholds of {lower_label(name)} were changed{when}: {'; '.join(changed)}."]


def _traits(session: Session, patient: int, at: datetime) -> pd.DataFrame:
    """The traits that held at a moment, as `rules.run` takes them."""
    rows = session.execute(TRAITS, {"patient": patient, "at": at}).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=["patient_id", "name", "value"])
    return frame.astype({"patient_id": "int64", "value": "float64"})


def _facts(then: pd.DataFrame, now: pd.DataFrame | None) -> list[str]:
    """Traits that were set, changed or taken away since."""
    before, after = (
        {} if frame is None else dict(zip(frame["name"].tolist(), frame["value"].tolist(), strict=True))
        for frame in (then, now)
    )
    return [
        f"{name.replace('_', ' ').capitalize()} was {_plain(before.get(name))} and is {_plain(after.get(name))} now."
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _plain(value: float | None) -> str:
    return "not set" if value is None else f"{value:g}"


def _rule(spec: RuleSpec, running: tuple[RuleSpec, ...]) -> list[str]:
    """Whether another version of the rule runs now."""
    now = next((one for one in running if one.id == spec.id), None)
    if now is None:
        return [f"Rule {spec.id} no longer runs."]
    if now.version == spec.version:
        return []
    told = [f"{name} was {old or 'none'} and is {new or 'none'}" for name, old, new in differences(now, spec)]
    return [f"Version {now.version} of the rule runs now: {', '.join(told) or 'its numbers are the same'}."]


def level(answer: Answer | None) -> str:
    """An answer in a few words."""
    return (
        "no breach"
        if answer is None
        else f"{SEVERITY_NAMES[answer.level]}, {answer.figure:g} against {answer.limit:g}"
    )


def _time(at: int) -> str:
    return local_time(pd.Timestamp(at, unit="us", tz="UTC").to_pydatetime())


def _bound(name: str, bound: float | None) -> str:
    return "none" if bound is None else quantity(name, float(bound))


def _or_none(bound: Any) -> float | None:
    return None if pd.isna(bound) else float(bound)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
