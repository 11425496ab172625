"""One pass of the checker; prints its seconds, its memory at the highest, and what it did."""

from __future__ import annotations

import json
import resource
import time

from sqlalchemy import text

from alerts import pathways
from alerts.check import Checker
from foundation.clock import now
from foundation.database import transaction
from people.viewer import CHECKER

if __name__ == "__main__":
    checker = Checker(pathways.load())
    checker.reader.fetch("SELECT 1")  # opens the connections, as a checker that runs has them open
    with transaction(CHECKER) as session:
        session.execute(text("SELECT 1"))
    begun = time.perf_counter()
    done = checker.run(now)
    seconds = time.perf_counter() - begun
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"seconds": seconds, "megabytes": megabytes, "patients": done.patients, "raised": done.raised}
        )
    )
