"""A long upload judged in columns: what is plainly good at once, every other item by itself, with the same verdicts.

The limits are those of `plausibility`, asked once for each kind and unit. An item is plainly good when it is one
number in its stored unit, inside every limit, at a moment written with its offset, and no other item of the upload
speaks of the same kind and moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from ingest import times_in_columns
from ingest.changes import Usual
from ingest.items import PROVENANCE_CODES, BadItem, FileItem, Item
from ingest.judged import Judged, Plain, microseconds
from ingest.plausibility import Judging, Ready
from ingest.values import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

_KINDS = 256  # more than there are: kind and moment make one number
_NONE = float("nan")  # inside no limits
_BOUNDS = np.dtype([("kind_id", np.int16), ("low", np.float64), ("high", np.float64), ("whole", np.bool_)])


def judge(items: Sequence[Item | BadItem], *, received_at: datetime, usual: Usual | None = None) -> Judged:
    """As `plausibility.judge`, with the plain rows in `Judged.plain`."""
    judging = Judging(received_at, usual or Usual())
    plain = _plainly_good(items, judging)
    others = np.ones(len(items), np.bool_)
    others[plain.index] = False
    for index in np.flatnonzero(others).tolist():
        judging.take(index, items[index])
    alone = _alone(plain, judging)
    for index in plain.index[~alone].tolist():
        judging.take(index, items[index])  # with those that speak of the same moment
    judged = judging.judged()
    judged.plain = plain.where(alone)
    return judged


def _plainly_good(items: Sequence[Item | BadItem], judging: Judging) -> Plain:
    """The items that can be stored if nothing else in the upload speaks of the same kind and moment."""
    if set(map(type, items)) <= {Item}:
        index = np.arange(len(items), dtype=np.int32)
    else:
        index = np.array([place for place, item in enumerate(items) if _bare(item)], np.int32)
    bare = items if len(index) == len(items) else [items[place] for place in index.tolist()]
    read = cast("Sequence[Item]", bare)

    moments = times_in_columns.resolve([item.measured_at for item in read])
    good = moments.read & (moments.at >= microseconds(judging.earliest))
    good &= moments.at <= microseconds(judging.latest)

    pairs = [(item.kind, item.unit) for item in read]
    places = {pair: place for place, pair in enumerate(dict.fromkeys(pairs))}
    bounds = np.array([_bounds(judging.ready(*pair)) for pair in places], _BOUNDS)
    mine = bounds[np.fromiter(map(places.__getitem__, pairs), np.int32, len(pairs))]
    values = (item.value for item in read)
    value = np.fromiter((one if type(one) is float else _NONE for one in values), np.float64, len(read))
    good &= (mine["low"] <= value) & (value <= mine["high"])
    good &= ~mine["whole"] | (value == np.trunc(value))

    sources = (PROVENANCE_CODES[item.provenance] for item in read)
    provenance = np.fromiter(sources, np.int16, len(read))
    plain = Plain(index, mine["kind_id"], moments.at, moments.offset_minutes, value, provenance)
    return plain.where(good)


def _bare(item: Item | BadItem) -> bool:
    """Whether it could be read, and storing it as a number at a moment would lose nothing of what came."""
    return type(item) is Item or (type(item) is FileItem and item.given_time is None)


def _bounds(ready: Ready | Trouble) -> tuple[int, float, float, bool]:
    """As _BOUNDS; an empty range where no number is plainly good."""
    if isinstance(ready, Trouble) or ready.conversion is not None or ready.watched or ready.panel:
        return 0, 1.0, 0.0, False
    return ready.kind_id, ready.low, ready.high, ready.whole


def _alone(plain: Plain, judging: Judging) -> NDArray[np.bool_]:
    """Which of the plain rows no other row of the upload, stored or held, speaks of the kind and moment of."""
    others = [(row[1], row[2]) for row in judging.rows]
    others += [(row.kind_id, row.measured_at) for held in judging.held for row in held.rows]
    theirs = np.array([microseconds(at) * _KINDS + kind for kind, at in others], np.int64)
    mine = plain.measured_at * _KINDS + plain.kind_id
    keys = np.sort(np.concatenate([mine, theirs]))
    repeated = keys[1:][keys[1:] == keys[:-1]]
    return np.isin(mine, repeated, invert=True) if repeated.size else np.ones(len(mine), np.bool_)
