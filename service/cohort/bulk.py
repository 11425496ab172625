"""Plain columns of readings by the million, for benchmarks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Columns:
    """One row a reading, ordered by patient, kind and time; no two share all three."""

    patient: NDArray[np.int32]  # from 0
    kind: NDArray[np.int16]  # the catalogue's number
    measured_at: NDArray[np.datetime64]  # UTC, microseconds
    value: NDArray[np.float64]  # in the kind's stored unit


def uniform(patients: int, kinds: Sequence[int], days: int, seed: int, *, until: datetime = UNTIL) -> Columns:
    """One reading a day of each kind for each patient; about one series in a hundred is in breach."""
    raise NotImplementedError
