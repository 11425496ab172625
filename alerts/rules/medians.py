"""Medians of many stretches of one array: by sorting each, or, where stretches overlap much, by one that slides."""

import numpy as np
import pandas as pd
from pandas.api.indexers import BaseIndexer

from alerts.moments import Floats, Ints

# Rows to sort for each row there is, from which sliding from stretch to stretch is the quicker way.
OVERLAP = 4


def medians(value: Floats, start: Ints, end: Ints, at_least: int = 1) -> Floats:
    """The median of the rows from each start to before its end; NaN where there are fewer than `at_least`."""
    size = end - start
    if int(size.clip(min=0).sum()) > OVERLAP * len(value) and len(size) <= len(value):
        return _sliding(value, start, end, at_least)
    found = np.full(len(size), np.nan)
    enough = np.flatnonzero(size >= max(at_least, 1))
    lengths = np.flatnonzero(np.bincount(size[enough])).tolist()
    for length in lengths:
        of = enough if len(lengths) == 1 else enough[size[enough] == length]
        if length == 1:
            found[of] = value[start[of]]
            continue
        ordered = np.sort(value[start[of][:, None] + np.arange(length)], axis=1)
        found[of] = (ordered[:, (length - 1) // 2] + ordered[:, length // 2]) / 2
    return found


def _sliding(value: Floats, start: Ints, end: Ints, at_least: int) -> Floats:
    """The same; quick where both starts and ends rise. pandas asks for as many windows as there are values."""
    spare = (0, len(value) - len(start))
    windows = _Rows(start=np.pad(start, spare, mode="edge"), end=np.pad(end, spare, mode="edge"))
    every = pd.Series(value).rolling(windows, min_periods=at_least).median().to_numpy()
    return every[: len(start)]


class _Rows(BaseIndexer):
    """Windows given by their first row and the row after their last."""

    start: Ints
    end: Ints

    def get_window_bounds(  # pandas holds the arguments' names against its own
        self,
        num_values: int = 0,  # noqa: ARG002 the signature is pandas own
        min_periods: int | None = None,  # noqa: ARG002 the signature is pandas own
        center: bool | None = None,  # noqa: ARG002, FBT001 the signature is pandas own
        closed: str | None = None,  # noqa: ARG002 the signature is pandas own
        step: int | None = None,  # noqa: ARG002 the signature is pandas own
    ) -> tuple[Ints, Ints]:
        """As pandas asks for them."""
        return self.start, self.end
