"""Which checks to make of patients for whom something came late: just before it, and just after it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alerts.arrived import after_deadline, in_order
from alerts.moments import FOREVER, NEVER, Bools, Ints, micros, new_patient

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alerts.arrived import Checks, Cohort, Values
    from alerts.rules import RuleSpec


@dataclass(frozen=True)
class Turn:
    """One check of some patients, each at a moment of their own."""

    patient: Ints  # ids, sorted
    at: Ints
    since: Ints  # the first moment at which something is new
    least: Ints  # nothing that it finds was found before this


def plan(specs: Sequence[RuleSpec], cohort: Cohort, begin: int, checks: Checks) -> Iterator[Turn]:
    """The checks of everybody side by side: each patient's first, then each one's second, and so on."""
    asked = any(spec.schedule is not None for spec in specs)
    own: list[list[tuple[int, int, int]]] = [[] for _ in cohort.patients]
    place, at, seen, late = _what_came(specs, cohort, checks)
    starts = np.flatnonzero(new_patient(place) | new_patient(seen))
    if len(starts):
        last = at[np.append(starts[1:], len(at)) - 1]
        together = np.logical_or.reduceat(late, starts)
        heads = np.flatnonzero(new_patient(place[starts]))
        for head, tail in zip(heads.tolist(), [*heads[1:].tolist(), len(starts)], strict=True):
            part = slice(head, tail)
            first, known = at[starts[part]], np.append(NEVER, np.maximum.accumulate(last[part])[:-1])
            again = together[part] | (first <= known)
            own[int(place[starts[head]])] = _checks_of(
                first, seen[starts[part]], again, begin, checks, asked=asked
            )
    if asked:
        own = [checked or [(checks.until, begin, begin)] for checked in own]
    for turn in range(max(map(len, own), default=0)):
        rows = [(one, *checked[turn]) for one, checked in enumerate(own) if turn < len(checked)]
        of, ats, since, least = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        yield Turn(cohort.patients[of], ats, since, least)


def _what_came(specs: Sequence[RuleSpec], cohort: Cohort, checks: Checks) -> tuple[Ints, Ints, Ints, Bools]:
    """Place, moment, check and whether it bears on a deadline that was judged; by patient, check and moment.

    A value that went, because somebody decided, comes like one that arrives; and what it bears on was judged.
    """
    place, at, seen = in_order(cohort.patients, cohort.kinds.values())
    late = after_deadline(specs, at, seen, checks)
    for values in cohort.kinds.values():
        went = values.where(values.gone <= checks.until)
        place = np.concatenate((place, np.searchsorted(cohort.patients, went.patient)))
        at, seen = np.concatenate((at, went.at)), np.concatenate((seen, went.gone))
        late = np.concatenate((late, np.ones(len(went.at), dtype=bool)))
    order = np.lexsort((at, seen, place))
    return place[order], at[order], seen[order], late[order]


def _checks_of(
    first: Ints, seen: Ints, late: Bools, begin: int, checks: Checks, *, asked: bool
) -> list[tuple[int, int, int]]:
    """One patient's checks: at, since, least. What came together is one place in each array, in the order it came.

    first: the earliest moment of what came; late: whether it bears on moments that had been judged.
    """
    found: list[tuple[int, int, int]] = []
    done, before = 0, begin

    def add(at: int, until: int, least: int) -> None:
        nonlocal done, before
        since = int(first[done:until].min()) if until > done else before
        if not found:
            since = begin  # the first check judges all there is
        elif asked:
            since = min(since, before)
        found.append((at, max(since, begin), least))
        done, before = until, at

    for place in np.flatnonzero(late & (seen > begin)).tolist():
        moment = int(seen[place])
        if place > done or asked:
            add(checks.before(moment), place, before)
        add(moment, place + 1, moment)
    if done < len(first) or asked:
        add(checks.until, len(first), before)
    return found


def known_by(cohort: Cohort, turn: Turn, since: pd.DataFrame, lookback: int) -> dict[int, Values]:
    """What each of a turn's patients had sent by their check, as far back as that takes."""
    earliest = since.groupby("patient_id")["since"].min()
    at, reach = (np.full(len(cohort.patients), limit) for limit in (NEVER, FOREVER))
    at[np.searchsorted(cohort.patients, turn.patient)] = turn.at
    reach[np.searchsorted(cohort.patients, earliest.index.to_numpy(np.int64))] = micros(earliest) - lookback
    found = {}
    for kind, values in cohort.kinds.items():
        place = np.searchsorted(cohort.patients, values.patient)
        check = at[place]
        found[kind] = values.where(
            (values.seen <= check) & (values.gone > check) & (values.at >= reach[place])
        )
    return found
