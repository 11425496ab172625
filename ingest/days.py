"""The local days of many moments at once. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def local_days(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """The local day (Europe/London) of each moment (microseconds since 1970 UTC), counted from 1 January 1970.

    A reading at 00:30 on 1 June is 23:30 UTC on 31 May, but people count days by the clock on their wall.
    """
    if len(at) == 0:
        return at
    first = (EPOCH + timedelta(microseconds=int(at.min()))).date() - timedelta(days=1)
    last = (EPOCH + timedelta(microseconds=int(at.max()))).date() + timedelta(days=2)
    midnights = pd.date_range(first, last, freq="D", tz="Europe/London").as_unit("us").asi8
    first_day = (first - EPOCH.date()).days
    return np.searchsorted(midnights, at, side="right") - 1 + first_day
