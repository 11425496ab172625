"""The pages of rules: which run, which wait for people, and what each says and did."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from dashboards.presenters import rule_words, words
from dashboards.presenters.rule_views import (
    Life,
    RulePageSeen,
    RuleSeen,
    RulesSeen,
    ShadowSeen,
    StepSeen,
    VersionSeen,
)
from dashboards.presenters.views import Frame, Severity, ViewerSeen

LIVES: dict[Life, str] = {"draft": "Draft", "shadow": "In shadow", "active": "Active", "retired": "Retired"}
COLOURS: dict[Life, str] = {"draft": "grey", "shadow": "purple", "active": "green", "retired": "white"}
COUNTED: dict[Life, str] = {"draft": "in draft"}
MEANINGS: dict[Life, str] = {
    "draft": "It does not run.",
    "shadow": "It runs and is counted, and raises nothing to anybody.",
    "active": "It raises alerts.",
    "retired": "It does not run. Alerts that it raised stay for people.",
}
STEPS = {
    "entered": "Came with the packs",
    "proposed": "Proposed to be active",
    "shadowed": "Put in shadow",
    "approved": "Approved: active",
    "replaced": "Retired",
    "retired": "Retired",
}
NEXT: dict[Life, str] = {
    "draft": "Next step: a clinician or a lead tries it in shadow, where nobody is told of what it finds, or proposes it. "
    "A lead who did not propose it then approves it.",
    "shadow": "Next step: once what it finds looks right, a clinician or a lead proposes it. "
    "A lead who did not propose it then approves it.",
    "active": "A lead may retire it. A newer version takes its place once one person has proposed it "
    "and a lead has approved it.",
    "retired": "A clinician or a lead may propose it again. A lead who did not propose it then approves it.",
}
TEXTS = {
    "patient_text": "The patient reads",
    "patient_text_red": "The patient reads while red",
    "team_ask": "The team is asked to",
    "source": "Source",
    "standing": "Who agreed to it",
    "hazard": "What could go wrong",
}


@dataclass(frozen=True)
class LifeTag:
    """How a version stands, as a tag."""

    word: str
    colour: str
    meaning: str


@dataclass(frozen=True)
class Row:
    """One rule in the list."""

    id: str
    href: str
    title: str
    life: LifeTag
    version: int
    severities: tuple[tuple[Severity, str], ...]
    fired: str
    waits: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The rules of one pathway."""

    id: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class RulesPage:
    """All rules."""

    groups: tuple[Group, ...]
    waiting: tuple[tuple[str, str, str], ...]  # address, title, what it waits for
    problems: tuple[str, ...]
    counts: str


@dataclass(frozen=True)
class Act:
    """One thing that the viewer may decide about a version."""

    verb: str  # the last part of its address
    button: str
    hint: str
    secondary: bool = False


@dataclass(frozen=True)
class NumberRow:
    """One number of a version: as the active version has it, and as this one does, where they differ."""

    label: str
    meaning: str
    said: str
    before: str = ""


@dataclass(frozen=True)
class VersionCard:
    """One version, with what may be decided about it."""

    version: int
    life: LifeTag
    since: Markup
    proposed: Markup
    why: str
    texts: tuple[tuple[str, str], ...]
    numbers: tuple[NumberRow, ...]
    differs: tuple[NumberRow, ...]
    compared: bool  # with an active version
    shadow: tuple[str, ...]
    problem: str
    acts: tuple[Act, ...]
    told: str  # why a button that one might look for is not there
    next: str  # what has to happen, and who may do it
    path: tuple[tuple[str, str], ...]  # to being active: each step, and "done", "here" or ""


@dataclass(frozen=True)
class StepRow:
    """One step in the rule's life."""

    at: Markup
    what: str
    by: str
    reason: str


@dataclass(frozen=True)
class RulePage:
    """One rule."""

    id: str
    href: str
    title: str
    does: str
    pathway: str
    step: int
    severities: tuple[tuple[Severity, str], ...]
    fired: str
    main: VersionCard
    others: tuple[VersionCard, ...]  # that wait or run beside it
    older: tuple[VersionCard, ...]
    steps: tuple[StepRow, ...]


def present_list(seen: RulesSeen, frame: Frame) -> RulesPage:
    """Every rule, by pathway, with what waits for people first."""
    del frame
    waiting = [
        (_href(rule.id), rule.shown.title, sentence)
        for rule in seen.rules
        for sentence in map(_waits, rule.waiting)
    ]
    lives = [rule.shown.life for rule in seen.rules]
    told = [
        f"{lives.count(life)} {COUNTED.get(life, LIVES[life].lower())}"
        for life in ("active", "shadow", "draft", "retired")
        if life in lives
    ]
    groups = groupby(seen.rules, key=lambda rule: rule.pathway)
    return RulesPage(
        groups=tuple(
            Group(f"pathway-{place}", name, tuple(map(_row, rules)))
            for place, (name, rules) in enumerate(groups)
        ),
        waiting=tuple(waiting),
        problems=seen.problems,
        counts=f"{words.count(len(lives), 'rule')}: {words.listed(told)}." if lives else "",
    )


def present_one(seen: RulePageSeen, frame: Frame) -> RulePage:
    """One rule for this viewer now."""
    rule = seen.rule
    cards = {one.version: _card(one, seen, frame) for one in seen.versions}
    beside = [
        one.version
        for one in seen.versions
        if one.version != rule.shown.version
        and (one.life in ("active", "shadow") or one.version in {waits.version for waits in rule.waiting})
    ]
    return RulePage(
        id=rule.id,
        href=_href(rule.id),
        title=rule.shown.title,
        does=rule_words.does(rule.shown.type, rule.shown.kinds, rule.shown.says),
        pathway=rule.pathway,
        step=rule.step,
        severities=_tags(rule.shown.severities),
        fired=words.count(rule.fired, "alert"),
        main=cards[rule.shown.version],
        others=tuple(cards[version] for version in beside),
        older=tuple(
            card for version, card in cards.items() if version not in beside and version != rule.shown.version
        ),
        steps=tuple(_step(one, frame) for one in seen.steps),
    )


def _row(rule: RuleSeen) -> Row:
    return Row(
        id=rule.id,
        href=_href(rule.id),
        title=rule.shown.title,
        life=_life(rule.shown.life),
        version=rule.shown.version,
        severities=_tags(rule.shown.severities),
        fired=f"{rule.fired:,}",
        waits=tuple(map(_waits, rule.waiting)),
    )


def _href(rule: str) -> str:
    return f"/rules/{rule}"


def _life(life: Life) -> LifeTag:
    return LifeTag(LIVES[life], COLOURS[life], MEANINGS[life])


def _tags(severities: tuple[Severity, ...]) -> tuple[tuple[Severity, str], ...]:
    return tuple((one, words.SEVERITY_NAMES[one]) for one in severities)


def _waits(one: VersionSeen) -> str:
    """Version 2, proposed by Nia Nurse, waits for another person to approve it."""
    if one.proposed_by:
        return f"Version {one.version}, proposed by {one.proposed_by}, waits for another person to approve it"
    return f"Version {one.version} is a draft: it waits for somebody to try or propose it"


def _card(one: VersionSeen, seen: RulePageSeen, frame: Frame) -> VersionCard:
    acts, told = _acts(one, frame.viewer)
    proposed = Markup("")
    if one.proposed_at is not None:
        when = words.stamp(one.proposed_at, words.near(one.proposed_at, frame.at))
        proposed = Markup("Proposed by <b>{}</b>, {}").format(one.proposed_by, when)
    return VersionCard(
        version=one.version,
        life=_life(one.life),
        since=words.stamp(one.since, words.full_date(words.local(one.since).date())),
        proposed=proposed,
        why=one.why,
        texts=tuple((TEXTS.get(name, name), said) for name, said in one.texts),
        numbers=tuple(
            _number(one, name, said) for name, said in one.numbers if name not in rule_words.UNSAID
        ),
        differs=tuple(_number(one, d.name, d.after or "–", d.before or "–") for d in one.differs),
        compared=any(other.life == "active" and other != one for other in seen.versions),
        shadow=_shadow(one.shadow),
        problem=one.problem,
        acts=tuple(acts),
        told=told,
        next=_next(one),
        path=_path(one),
    )


def _number(one: VersionSeen, name: str, said: str, before: str = "") -> NumberRow:
    """One number in words; a text by what pages call it."""
    if name in TEXTS:
        return NumberRow(TEXTS[name], "", said, before)
    label, unit, meaning = rule_words.word(name, one.type, one.unit)
    return NumberRow(label, meaning, rule_words.valued(said, unit), rule_words.valued(before, unit))


def _next(one: VersionSeen) -> str:
    if one.problem:
        return ""
    if one.proposed_by:
        return f"Next step: a lead other than {one.proposed_by} approves it, or retires it."
    return NEXT[one.life]


def _path(one: VersionSeen) -> tuple[tuple[str, str], ...]:
    """The steps to being active, for a version that is under way."""
    if one.life not in ("draft", "shadow") or one.problem:
        return ()
    names = ("Draft", "In shadow", "Proposed", "Active")
    here = 2 if one.proposed_by else ("draft", "shadow").index(one.life)
    passed = {0, *((1,) if one.shadow is not None else ())}
    return tuple(
        (name, "here" if place == here else "done" if place < here and place in passed else "")
        for place, name in enumerate(names)
    )


def _shadow(counts: ShadowSeen | None) -> tuple[str, ...]:
    if counts is None:
        return ()
    if not counts.episodes:
        told = ["In shadow it has found nothing yet, among your patients, in the last 90 days."]
    else:
        about = words.count(counts.patients, "patient")
        going_on = f"{counts.going_on:,} {'is' if counts.going_on == 1 else 'are'} not settled yet"
        raised = (
            f"In shadow it would have raised {words.count(counts.episodes, 'alert')} about {about} of yours"
        )
        told = [f"{raised} in the last 90 days, {counts.red:,} of them red; {going_on}."]
    if counts.failures:
        told.append(
            f"It could not be worked out for {words.count(counts.failures, 'patient')}. Look into that first."
        )
    return tuple(told)


def _acts(one: VersionSeen, viewer: ViewerSeen | None) -> tuple[list[Act], str]:
    """What the viewer may decide about a version, and why not more."""
    if viewer is None:
        return [], ""
    may_propose, may_approve = "rules.propose" in viewer.may, "rules.approve" in viewer.may
    retire = Act("retire", f"Retire version {one.version}", "It will not run any more.", secondary=True)
    found, told = list(_towards(one, viewer)), ""
    if one.proposed_by_id == viewer.id and may_approve:
        told = "You proposed this version, so another lead has to approve it."
    elif one.proposed_by_id is not None and not may_approve:
        told = "A lead has to approve it."
    elif not may_propose and one.life != "active":
        told = "You may look at it; a clinician or a lead decides."
    if may_approve and one.life != "retired":
        found.append(retire)
    return found, told


def _towards(one: VersionSeen, viewer: ViewerSeen) -> Iterator[Act]:
    """The steps towards being active, that this viewer may take."""
    may_propose = "rules.propose" in viewer.may and not one.problem
    proposed = one.proposed_by_id is not None
    if proposed and "rules.approve" in viewer.may and one.proposed_by_id != viewer.id and not one.problem:
        hint = "It raises alerts from the next check on, in place of what runs now."
        yield Act("approve", f"Approve version {one.version}", hint)
    if may_propose and not proposed and one.life != "active":
        hint = "Another person has to approve it before it raises anything."
        yield Act("propose", f"Propose version {one.version}", hint, secondary=one.life == "retired")
    if may_propose and (one.life == "draft" or (proposed and one.life == "shadow")):
        hint = "It runs and is counted; nobody is told."
        word = "Leave version {} in shadow" if one.life == "shadow" else "Try version {} in shadow"
        yield Act("shadow", word.format(one.version), hint, secondary=True)


def _step(one: StepSeen, frame: Frame) -> StepRow:
    by = one.by
    if one.what == "approved":
        by = f"{one.by}, as {one.proposed_by} proposed"
    return StepRow(
        words.stamp(one.at, words.near(one.at, frame.at)),
        f"Version {one.version}: {STEPS[one.what]}",
        by,
        one.reason if by else "",
    )
