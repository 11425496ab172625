"""The readings on which an episode rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ingest.catalogue import KINDS

if TYPE_CHECKING:
    from alerts.episodes import Episode
    from alerts.rules import History, RuleSpec


def of(spec: RuleSpec, episode: Episode, readings: History) -> pd.DataFrame:
    """Gives kind (id), measured_at, value, confirmed of the rule's kinds, from the episode's `since` to its `evidence_at`."""
    frames = []
    for name in spec.kinds:
        frame = readings.get(KINDS[name].id)
        if frame is None:
            continue
        ids = frame["patient_id"]
        own = frame.iloc[
            ids.searchsorted(episode.patient_id) : ids.searchsorted(episode.patient_id, side="right")
        ]
        within = (own["measured_at"] >= episode.since) & (own["measured_at"] <= episode.evidence_at)
        frames.append(own[within].assign(kind=KINDS[name].id))
    if not frames:
        return pd.DataFrame(columns=["kind", "measured_at", "value", "confirmed"])
    return pd.concat(frames, ignore_index=True)
