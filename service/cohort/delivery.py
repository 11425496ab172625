"""How what was measured reaches us: by device or typed, soon or late, once or twice (clinical notes 4.2)."""

from dataclasses import dataclass, replace

import numpy as np

from ingest.items import PROVENANCE_CODES
from service.cohort.model import Codes, Counts, Flags, Readings, Times

# Shares of people who send this way.
WAYS = {"device": 0.34, "bluetooth": 0.26, "patient_typed": 0.32, "staff_typed": 0.04, "file_import": 0.04}
TYPED = ("patient_typed", "staff_typed")
ON_PAPER_FIRST = 0.15  # of those who type keep a paper diary,
NEVER_TYPED_IN = 0.36  # and this much of it never reaches us

SOON = (2.0, 1.0)  # minutes, median, and sigma of the log: from a device
AFTER_A_WHILE = (12.0, 1.2)  # typed
OUT_OF_ORDER = 0.03  # of uploads come half a day to a week late, after later ones
LATE_DAYS = (0.5, 7.0)
TWICE = 0.02  # of uploads are sent again, the same
AGAIN_AFTER = 40.0  # minutes, mean


@dataclass(frozen=True)
class Sender:
    """How each person sends."""

    way: Codes  # place in ingest.items.PROVENANCES
    typed: Flags
    paper: Flags


def senders(rng: np.random.Generator, count: int, first_two: str = "device") -> Sender:
    """Draw a way of sending for each person."""
    codes = np.array([PROVENANCE_CODES[way] for way in WAYS], dtype=np.int8)
    way = rng.choice(codes, count, p=list(WAYS.values()))
    way[:2] = PROVENANCE_CODES[first_two]
    typed = np.isin(way, [PROVENANCE_CODES[each] for each in TYPED])
    return Sender(way=way, typed=typed, paper=typed & (rng.random(count) < ON_PAPER_FIRST))


def arrival(rng: np.random.Generator, sent_from: Times, typed: Flags, prompt: Flags) -> Times:
    """When uploads reach us. One entry an upload. sent_from: its last measurement; prompt: never late."""
    count = len(sent_from)
    soon = SOON[0] * rng.lognormal(0, SOON[1], count)
    minutes = np.where(typed, AFTER_A_WHILE[0] * rng.lognormal(0, AFTER_A_WHILE[1], count), soon)
    late = (rng.random(count) < OUT_OF_ORDER) & ~prompt
    minutes[late] = rng.uniform(*LATE_DAYS, int(late.sum())) * 24 * 60
    minutes[prompt] = np.minimum(minutes[prompt], 10)
    received: Times = sent_from + (minutes * 60).astype("timedelta64[s]")
    return received


def with_repeats(rng: np.random.Generator, readings: Readings) -> Readings:
    """The readings with some uploads sent a second time, as a number of their own."""
    uploads: Counts = np.unique(readings.upload)
    again = uploads[rng.random(len(uploads)) < TWICE]
    copies = readings.take(np.isin(readings.upload, again))
    number, of_row = np.unique(copies.upload, return_inverse=True)
    wait = (rng.exponential(AGAIN_AFTER, len(number)) * 60 + 1).astype("timedelta64[s]")
    following = (int(uploads.max(initial=-1)) + 1 + of_row).astype(np.int32)
    copies = replace(copies, upload=following, received_at=copies.received_at + wait[of_row])
    return readings.followed_by(copies)
