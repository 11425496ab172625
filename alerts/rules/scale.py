"""Values in the smallest step that people see of them: what is shown is what is judged."""

import numpy as np

from alerts.moments import Floats, Ints
from ingest.catalogue import KINDS


def scale_of(kind: str) -> float:
    """How many of the kind's smallest shown steps make one unit."""
    return float(10 ** KINDS[kind].decimals)


def steps(value: Floats, kind: str) -> Ints:
    """Values in whole numbers of the kind's smallest shown step, halves up.

    What people see is what is judged, and sums and differences of whole numbers are exact.
    """
    return np.floor(value * scale_of(kind) + 0.5).astype(np.int64)


def shown(value: Floats, kind: str) -> Floats:
    """Values as people see them."""
    return steps(value, kind) / scale_of(kind)
