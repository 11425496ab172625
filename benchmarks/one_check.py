"""One pass of the checker; prints its seconds, its memory at the highest, and what it did."""

from __future__ import annotations

import json
import resource
import time

from alerts import pathways
from alerts.check import Checker
from foundation.clock import now

if __name__ == "__main__":
    checker = Checker(pathways.load())
    checker.batch(
        now().replace(year=2000)
    )  # opens the connections: before anything was due there is nothing to take
    begun = time.perf_counter()
    done = checker.run(now)
    seconds = time.perf_counter() - begun
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"seconds": seconds, "megabytes": megabytes, "patients": done.patients, "raised": done.raised}
        )
    )
