"""One pass of the checker; prints its seconds, its memory at the highest, and what it did."""

from __future__ import annotations

import json
import time
from pathlib import Path

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
    # Not getrusage: its highest mark is inherited from whoever started us.
    megabytes = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(
        json.dumps(
            {"seconds": seconds, "megabytes": megabytes, "patients": done.patients, "raised": done.raised}
        )
    )
