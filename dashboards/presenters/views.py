"""What a page is told, before it is put into words: plain rows as a query yields them.

Routes fill these; presenters turn them into words, tags and rows. Nothing here knows the web, the database
or the clock. Times are aware (any zone; pages show Europe/London). Words are the glossary's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Severity = Literal["red", "amber", "blue", "yellow"]
State = Literal["raised", "acknowledged", "claimed", "resolved"]
Provenance = Literal["device", "typed_by_patient", "typed_by_staff", "file"]

SEVERITIES: tuple[Severity, ...] = ("red", "amber", "blue", "yellow")  # worst first


# --- everybody
@dataclass(frozen=True)
class Choice:
    """Something to pick from: an outcome, a team, a pathway, a state, an answer."""

    value: str
    label: str


@dataclass(frozen=True)
class ViewerSeen:
    """Who is signed in. `may`: the rights of people.rights that their role has."""

    id: int
    name: str
    role: Literal["patient", "clinician", "coordinator", "lead", "admin"]
    team: str = ""
    may: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Checking:
    """How the checking of readings is going. `stopped_since`: nothing has been checked since then."""

    last_complete_at: datetime | None = None
    patients_checked: int = 0
    patients_due: int = 0
    errors: int = 0
    stopped_since: datetime | None = None
    problems: tuple[
        str, ...
    ] = ()  # other silences, one sentence each: "E-mails have not gone out since 08:14."


@dataclass(frozen=True)
class Frame:
    """What stands around every page. `at`: the moment it was made; `notice`: shown once, after a POST."""

    at: datetime
    csrf: str = ""
    viewer: ViewerSeen | None = None
    demo: bool = False
    checking: Checking | None = None  # staff pages: red banner on each when checking has stopped
    notice: str = ""
    problem: str = ""  # as notice, for what did not work: "Someone else took this while you were looking."


# --- readings
@dataclass(frozen=True)
class KindSeen:
    """A kind of reading, from the catalogue. `title` as people say it; `unit` as printed ("mmHg").

    `answers`: for coded text, the words for 0, 1, 2 …; then the value is one of these numbers.
    """

    code: str
    title: str
    unit: str
    decimals: int = 0
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """One reading. `value` in the kind's unit."""

    at: datetime  # measured_at
    value: float
    provenance: Provenance = "typed_by_patient"
    confirmed: bool = True  # False: unusual, and not yet repeated or confirmed
    corrected: bool = False  # it supersedes an earlier value
    received_at: datetime | None = None
    late: bool = False  # arrived long after it was measured


@dataclass(frozen=True)
class Bounds:
    """The four thresholds of a kind for a patient, from `from_at` until the next. None: no such bound."""

    from_at: datetime
    red_low: float | None = None
    amber_low: float | None = None
    amber_high: float | None = None
    red_high: float | None = None
    set_by: str = ""  # "Hypertension pathway", or who set them for this patient


@dataclass(frozen=True)
class Series:
    """A patient's readings of one kind, and the thresholds as steps over time; both oldest first."""

    kind: KindSeen
    points: tuple[Point, ...] = ()
    bounds: tuple[Bounds, ...] = ()
    before: tuple[float, ...] = ()  # values of the `before_days` before the window, for the sentence
    before_days: int = 30


@dataclass(frozen=True)
class HeldSeen:
    """A reading that waits for a person's decision. `kept`: the value already stored for that moment."""

    id: str
    kind: KindSeen
    at: datetime
    value: str  # as the patient gave it, with its unit: "152/88 mmHg"
    reason: str  # why it was held, one sentence
    kept: str = ""
    provenance: Provenance = "typed_by_patient"
    received_at: datetime | None = None


# --- people
@dataclass(frozen=True)
class PatientSeen:
    """A patient as the head of a record or a row shows them."""

    id: int
    nhs_number: str  # ten digits
    name: str
    born: date
    pathways: tuple[str, ...] = ()  # titles: "Heart failure"
    team: str = ""
    phone: str = ""


@dataclass(frozen=True)
class PatientRow:
    """A row of the patients' list."""

    patient: PatientSeen
    last_reading_at: datetime | None = None
    open_alerts: Mapping[Severity, int] = field(default_factory=dict)
    paused_until: date | None = None


@dataclass(frozen=True)
class PatientsSeen:
    """The patients' list as asked for. `q` is what was typed: part of a name, or an NHS number."""

    rows: tuple[PatientRow, ...]
    teams: tuple[Choice, ...]
    pathways: tuple[Choice, ...]
    q: str = ""
    team: str = ""
    pathway: str = ""
    more: int = 0  # matching and not listed


# --- alerts
@dataclass(frozen=True)
class EvidenceSeen:
    """One reading an alert rests on, pinned as it was."""

    kind: KindSeen
    at: datetime
    value: float
    provenance: Provenance = "typed_by_patient"
    superseded: bool = False  # corrected since: shown struck, never removed


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened to an alert.

    `verb`: raised, worsened, acknowledged, claimed, note, settled, unsettled, regraded or resolved.
    """

    at: datetime
    verb: str
    by: str = ""  # a person's name; empty: the checker
    note: str = ""


@dataclass(frozen=True)
class AlertSeen:
    """An alert. The lists after `episodes` may stay empty on the queue, except `spark`."""

    id: str
    patient: PatientSeen
    rule: str
    rule_title: str
    version: int
    severity: Severity
    state: State
    sentence: str  # what, and by how much: "Systolic 186 mmHg: 6 above the red limit of 180."
    raised_at: datetime
    first_at: datetime | None = None  # measured_at of the first and last reading in breach
    last_at: datetime | None = None
    settled_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    claimed_by: str = ""
    claimed_by_id: int | None = None
    claimed_at: datetime | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None
    outcome: str = ""
    episodes: int = 1  # times this rule raised an alert for this patient in 90 days
    late: bool = False  # rests on readings measured long before they came
    withdrawn: bool = False  # nothing of its evidence stands any more
    raised_again_at: datetime | None = None  # a new or worse episode since it was raised
    missing: bool = False  # of readings that did not come: its moments are when they were expected
    kind: int | None = None  # whose value is at fault: a number of ingest.catalogue
    changes: int = 1  # sent with every action: it is refused when someone has changed the alert since
    spark: Series | None = None  # the last 14 days of the kind at fault; for blood pressure: systolic
    arithmetic: tuple[str, ...] = ()  # one line a step: "mean of 12 readings = 152", "152 > 135"
    evidence: tuple[EvidenceSeen, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()


@dataclass(frozen=True)
class QueueFilters:
    """What the queue was asked to show. Empty: all (and states: all that are not resolved)."""

    team: str = ""
    severity: str = ""
    state: str = ""
    mine: bool = False


@dataclass(frozen=True)
class QueueSeen:
    """The queue as found. `counts`: unresolved by severity in the viewer's teams, filters aside."""

    alerts: tuple[AlertSeen, ...]
    counts: Mapping[Severity, int]
    filters: QueueFilters
    teams: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    more: int = 0  # alerts matching the filters and not listed


@dataclass(frozen=True)
class RecordSeen:
    """One patient's record over a window of `days` that ends now."""

    patient: PatientSeen
    days: int  # 7, 30 or 90
    series: tuple[Series, ...]  # systolic and diastolic are drawn together
    alerts: tuple[AlertSeen, ...]  # unresolved first, then lately resolved, newest first
    held: tuple[HeldSeen, ...]
    outcomes: tuple[Choice, ...]
    paused_until: date | None = None
    pause_reason: str = ""


# --- the coordinator
@dataclass(frozen=True)
class DriftSeen:
    """One patient's kind, last 7 days against the 28 before. `score`: the change in their usual spreads."""

    patient: PatientSeen
    kind: KindSeen
    recent_mean: float
    recent_count: int
    before_mean: float
    before_count: int
    score: float
    spark: Series | None = None


@dataclass(frozen=True)
class SilentSeen:
    """A patient who stopped sending. `missed`: readings expected and not received since the last."""

    patient: PatientSeen
    last_reading_at: datetime | None
    missed: int
    expected: str  # the schedule in words: "blood pressure every day"
    alert_id: str = ""  # the blue alert about it, if raised


@dataclass(frozen=True)
class Adherence:
    """Readings received and expected over the last 28 days, of one pathway or team."""

    label: str
    patients: int
    received: int
    expected: int


@dataclass(frozen=True)
class TrendsSeen:
    """The cohort as a coordinator sees it."""

    team: str
    pathway: str
    teams: tuple[Choice, ...]
    pathways: tuple[Choice, ...]
    drifting: tuple[DriftSeen, ...]
    silent: tuple[SilentSeen, ...]
    by_pathway: tuple[Adherence, ...]
    by_team: tuple[Adherence, ...]
    received_by_day: tuple[tuple[date, int, int], ...] = ()  # day, received, expected; oldest first


# --- the service page
@dataclass(frozen=True)
class RuleSeen:
    """A rule of the pack and what it did in 28 days. `minutes_to_acknowledge`: the median; None: none yet."""

    id: str
    title: str
    version: int
    pathway: str
    severities: tuple[Severity, ...]
    raised: int = 0
    resolved: int = 0
    acted_on: int = 0
    minutes_to_acknowledge: float | None = None


@dataclass(frozen=True)
class ResponseSeen:
    """How alerts of one severity were answered in 28 days. Minutes; None: nothing to count."""

    severity: Severity
    raised: int
    acknowledged: int
    median_minutes: float | None
    slowest_tenth_minutes: float | None
    target_minutes: int | None = None
    within_target: int = 0
