"""What rules find, held against what is on record: which alerts to raise, raise again, worsen, settle or withdraw. Pure.

Episodes follow from the readings alone; alerts also from what people did. An episode that no alert knew raises one, or
raises again the unresolved one of its patient and rule. One that a person has resolved stays resolved until it goes
beyond what that person saw. Nothing here takes an alert off the queue: only people do that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID


class Stretch(NamedTuple):
    """One episode, as computed now or as on record. Moments are when things were measured."""

    started_at: datetime
    last_at: datetime
    settled_at: datetime | None
    level: int
    evidence_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """One alert on record."""

    id: UUID
    severity: int
    first_at: datetime
    last_at: datetime
    settled_at: datetime | None
    withdrawn: bool
    acknowledged: bool
    resolved: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """One episode on record, and whose it is."""

    stretch: Stretch
    alert_id: UUID


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one patient and rule."""

    alert: Known | None = None  # as it should stand now; None: nothing on the queue
    is_new: bool = False
    lead: Stretch | None = None  # the episode its sentence and evidence tell of
    unseen: bool = False  # something nobody has seen: its acknowledgement no longer holds
    events: tuple[str, ...] = ()
    owners: dict[datetime, UUID] = field(
        default_factory=dict
    )  # started_at of each computed episode → its alert


def reconcile(
    computed: Sequence[Stretch],
    recorded: Sequence[Recorded],
    older: Sequence[Recorded],
    alerts: Iterable[Known],
    new_id: Callable[[], UUID],
    at: datetime,
) -> Verdict:
    """One patient and rule.

    computed: the episodes of the window that was judged again, in order.
    recorded: those on record in that window, which `computed` replaces.
    older: those on record before the window, which stand as they are.
    alerts: the unresolved one, and the resolved ones that own any episode in the window.
    """
    by_id = {alert.id: alert for alert in alerts}
    unresolved = next((alert for alert in by_id.values() if not alert.resolved), None)
    owners: dict[datetime, UUID] = {}
    mine: list[Stretch] = []  # episodes of the alert on the queue
    fresh: list[Stretch] = []  # of those, the ones that nobody knew
    for episode in computed:
        before = _same(episode, recorded)
        owner = by_id.get(before.alert_id) if before else None
        if owner is not None and owner.resolved and not _beyond(episode, owner):
            owners[episode.started_at] = owner.id
            continue
        mine.append(episode)
        if owner is None or owner.resolved:
            fresh.append(episode)
    if unresolved is None and not fresh:
        return Verdict(owners=owners)
    base = unresolved or Known(new_id(), 0, at, at, None, withdrawn=False, acknowledged=False, resolved=False)
    owners |= {episode.started_at: base.id for episode in mine}
    standing = mine + [one.stretch for one in older if one.alert_id == base.id]
    if not standing:
        return _withdrawn(base, owners, at)
    return _standing(base, standing, fresh, owners, is_new=unresolved is None)


def _standing(
    base: Known, standing: list[Stretch], fresh: list[Stretch], owners: dict[datetime, UUID], *, is_new: bool
) -> Verdict:
    lead = max(standing, key=lambda episode: (episode.level, episode.evidence_at))
    settled = (
        None
        if any(episode.settled_at is None for episode in standing)
        else max(_settled(episode) for episode in standing)
    )
    now = replace(
        base,
        severity=lead.level,
        first_at=min(episode.started_at for episode in standing),
        last_at=max(episode.last_at for episode in standing),
        settled_at=settled,
        withdrawn=False,
    )
    events: list[str] = []
    if is_new:
        events.append("raised")
    else:
        if fresh:
            events.append("raised_again")
        if now.severity > base.severity:
            events.append("worsened")
        elif now.severity < base.severity:
            events.append("regraded")
    if settled is not None and (base.settled_at is None or is_new):
        events.append("settled")
    elif settled is None and base.settled_at is not None:
        events.append("unsettled")
    unseen = bool(fresh) or now.severity > base.severity
    return Verdict(now, is_new, lead, unseen and not is_new, tuple(events), owners)


def _withdrawn(base: Known, owners: dict[datetime, UUID], at: datetime) -> Verdict:
    """Nothing of its evidence stands any more: said on the alert, which still waits for a person."""
    if base.withdrawn:
        return Verdict(base, owners=owners)
    return Verdict(
        replace(base, withdrawn=True, settled_at=base.settled_at or at), events=("withdrawn",), owners=owners
    )


def _same(episode: Stretch, recorded: Sequence[Recorded]) -> Recorded | None:
    """The episode on record that this one continues: they overlap, or one is the other with an end moved."""
    for before in recorded:
        if episode.started_at <= _end(before.stretch) and before.stretch.started_at <= _end(episode):
            return before
    return None


def _end(episode: Stretch) -> datetime:
    return episode.last_at


def _settled(episode: Stretch) -> datetime:
    return episode.settled_at or episode.last_at


def _beyond(episode: Stretch, resolved: Known) -> bool:
    """Whether an episode goes on, or worse, than what a person resolved."""
    return episode.last_at > resolved.last_at or episode.level > resolved.severity
