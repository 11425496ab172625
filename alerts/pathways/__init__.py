"""Pathways: packs of rules, bounds and schedules as TOML, checked as a whole. No clinician signed them."""

import dataclasses
import itertools
import tomllib
import types
import typing
from pathlib import Path
from typing import Any

from alerts.moments import RED, SEVERITIES
from alerts.pathways.schema import Bounds, Pack, Packs
from alerts.pathways.table import PackError, Table
from alerts.rules import MANY, TYPES
from alerts.rules.spec import Expectation, Params, RuleSpec, Slot
from ingest.catalogue import KINDS

__all__ = ["Bounds", "Expectation", "Pack", "PackError", "Packs", "RuleSpec", "load", "read"]

STARTS = ("draft", "shadow", "active")  # how a rule's life may begin; it is no part of the rule


def load(directory: Path | None = None) -> Packs:
    """Every `*.toml` of the directory (this one unless told), checked; PackError names file, line and fix."""
    directory = directory or Path(__file__).parent
    files = sorted(directory.glob("*.toml"))
    if not files:
        raise PackError(f"{directory.name}: no pack (*.toml) here. Give the directory that holds the packs.")
    seen: dict[str, str] = {}
    packs: dict[str, Pack] = {}
    for file in files:
        pack = read(file, seen)
        packs[pack.id] = pack
    _precedence_decides(packs)
    return Packs(packs)


def read(file: Path, seen: dict[str, str] | None = None) -> Pack:
    """One pack by itself, checked; `seen`: the ids that other files have taken, with those files."""
    text = file.read_text(encoding="utf-8")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{file.name}: not TOML: {error}") from error
    return _pack(Table(file.name, text, content), {} if seen is None else seen)


def _pack(top: Table, seen: dict[str, str]) -> Pack:
    pathway = _new_id(top, seen)
    if f"{pathway}.toml" != top.file:
        raise top.error(f"`id` is {pathway}: name the file {pathway}.toml.", "id")
    precedence = top.take("precedence", int, 0)
    expects = tuple(_expectation(table, pathway, seen) for table in top.tables("expects"))
    bounds = tuple(_bounds(table, precedence) for table in top.tables("bounds"))
    by_id = {expectation.id: expectation for expectation in expects}
    tables = top.tables("rule")
    rules = tuple(_rule(table, pathway, by_id, seen) for table in tables)
    pack = Pack(
        id=pathway,
        name=top.text("name"),
        version=_version(top),
        precedence=precedence,
        source=top.text("source"),
        standing=top.text("standing"),
        expects=expects,
        bounds=bounds,
        rules=rules,
        lives={rule.id: _life(table) for rule, table in zip(rules, tables, strict=True)},
    )
    top.finish()
    return pack


def _rule(table: Table, pathway: str, expects: dict[str, Expectation], seen: dict[str, str]) -> RuleSpec:
    rule_id = _new_id(table, seen, pathway)
    type_name = table.take("type", str)
    if type_name not in TYPES:
        raise table.error(f"`type` {type_name} is not known. Choose from {', '.join(sorted(TYPES))}.", "type")
    rule_type = TYPES[type_name]
    schedule = _schedule(table, expects) if rule_type.kinds is None else None
    kinds = schedule.kinds if schedule else _kinds(table)
    if rule_type.kinds not in (None, MANY, len(kinds)):
        raise table.error(f"type {type_name} takes {rule_type.kinds} kind(s), not {len(kinds)}.", "kinds")
    severity = _severity(table, rule_type.params)
    params = _params(table, rule_type.params, kinds)
    may_be_red = severity == RED or RED in params.gives
    settles_after = table.take("settles_after", int)
    if settles_after < 1:
        raise table.error("`settles_after` counts normal moments, so it is 1 or more.", "settles_after")
    settles_days = table.take("settles_days", (int, float), 0)
    if settles_days < 0:
        raise table.error("`settles_days` is 0 or more.", "settles_days")
    spec = RuleSpec(
        id=rule_id,
        version=_version(table),
        pathway=pathway,
        type=type_name,
        kinds=kinds,
        params=params,
        severity=severity,
        settles_after=settles_after,
        settles_days=float(settles_days),
        title=table.text("title"),
        patient_text=table.text("patient_text"),
        patient_text_red=table.text("patient_text_red") if may_be_red else None,
        team_ask=table.text("team_ask"),
        source=table.text("source"),
        standing=table.text("standing"),
        hazard=table.text("hazard"),
        schedule=schedule,
    )
    _life(table)
    table.finish()
    return spec


def _life(table: Table) -> str:
    """How the rule starts where no rule has run yet; left out, it is active."""
    life = table.take("life", str, "active")
    if life not in STARTS:
        raise table.error(f"`life` {life} is not known. Choose from {', '.join(STARTS)}.", "life")
    return life


def _params(table: Table, params: type[Params], kinds: tuple[str, ...]) -> Params:
    """The numbers of a rule, each of the type that its class asks for."""
    inner = table.inner("params")
    try:
        found = params(**_fields(inner, params))
        if found.kinds not in ((), kinds):
            raise ValueError(f"they are about {', '.join(found.kinds)}: write these as `kinds`")  # noqa: TRY301
    except ValueError as error:
        if isinstance(error, PackError):
            raise
        raise table.error(f"params: {error}.", next(iter(inner.keys()), None)) from error
    return found


def _fields(inner: Table, of: type) -> dict[str, Any]:
    """The fields of a dataclass as they are written in a table; those left out keep their default."""
    types_of = typing.get_type_hints(of)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(of):
        wanted = types_of[field.name]
        if isinstance(wanted, types.UnionType):  # `float | None`: may be left out
            wanted = next(kind for kind in typing.get_args(wanted) if kind is not type(None))
        default = ... if field.default is dataclasses.MISSING else field.default
        if field.name in inner.keys() or default is ...:  # noqa: SIM118  # a Table is no mapping
            values[field.name] = _field(inner, field.name, wanted)
        else:
            inner.take(field.name, list if typing.get_origin(wanted) is tuple else wanted, default)
    inner.finish()
    return values


def _field(inner: Table, name: str, wanted: Any) -> Any:
    """One value; of `tuple[X, ...]` a list, whose items may be tables of their own."""
    if typing.get_origin(wanted) is not tuple:
        return inner.take(name, wanted)
    item, _ = typing.get_args(wanted)
    if isinstance(item, type) and dataclasses.is_dataclass(item):
        return tuple(item(**_fields(table, item)) for table in inner.tables_of(name))
    return inner.items(name, item)


def _severity(table: Table, params: type[Params]) -> int | None:
    if params.severities is not None:
        return None
    name = table.take("severity", str)
    if name not in SEVERITIES:
        raise table.error(f"`severity` {name} is not known. Choose from {', '.join(SEVERITIES)}.", "severity")
    return SEVERITIES[name]


def _schedule(table: Table, expects: dict[str, Expectation]) -> Expectation:
    name = table.take("expects", str)
    if name not in expects:
        known = ", ".join(expects) or "none"
        raise table.error(f"`expects` {name} is no [[expects]] of this file. Known: {known}.", "expects")
    return expects[name]


def _expectation(table: Table, pathway: str, seen: dict[str, str]) -> Expectation:
    slots = tuple(_slot(table, text) for text in table.texts("slots"))
    if any(later.start_minute < earlier.end_minute for earlier, later in itertools.pairwise(slots)):
        raise table.error("`slots` overlap or are out of order. Write them from morning to night.", "slots")
    days = table.take("days_of_month", list, [1, 31])
    if len(days) != 2 or not all(type(day) is int for day in days) or not 1 <= days[0] <= days[1] <= 31:  # noqa: PLR2004 days of a month
        raise table.error("`days_of_month` is the first and the last day, such as [1, 7].", "days_of_month")
    grace = table.take("grace_minutes", int)
    if grace < 0:
        raise table.error("`grace_minutes` is 0 or more.", "grace_minutes")
    fill = table.take("fill", str)
    if fill not in ("all", "any"):
        raise table.error(f"`fill` {fill} is not known. Write all (of its kinds) or any.", "fill")
    expectation_id = _new_id(table, seen, pathway)
    kinds = _kinds(table)
    table.finish()
    return Expectation(expectation_id, pathway, kinds, fill == "all", slots, grace, days[0], days[1])


def _slot(table: Table, text: str) -> Slot:
    """`08:00-12:00`; 24:00 is the next midnight."""
    try:
        start, end = (60 * int(part[:2]) + int(part[3:]) for part in text.split("-") if part[2] == ":")
    except (ValueError, IndexError):
        raise table.error(f"slot {text} is not written like 08:00-12:00.", "slots") from None
    if not 0 <= start < end <= 24 * 60:
        raise table.error(f"slot {text} must end after it starts, between 00:00 and 24:00.", "slots")
    return Slot(start, end)


def _bounds(table: Table, precedence: int) -> Bounds:
    kind = _kind(table, table.take("kind", str), "kind")
    red_low, amber_low, amber_high, red_high = (
        table.take(name, (int, float), None) for name in ("red_low", "amber_low", "amber_high", "red_high")
    )
    bounds = Bounds(
        kind=kind,
        red_low=red_low,
        amber_low=amber_low,
        amber_high=amber_high,
        red_high=red_high,
        reason=table.text("reason"),
        precedence=table.take("precedence", int, precedence),
    )
    present = [bound for bound in bounds.four if bound is not None]
    if not present:
        raise table.error(f"bounds of {kind} hold no bound. Give one of the four, or take the table out.")
    if present != sorted(set(present)):
        raise table.error(f"bounds of {kind} must rise: red_low < amber_low < amber_high < red_high.")
    table.finish()
    return bounds


def _kinds(table: Table) -> tuple[str, ...]:
    return tuple(_kind(table, name, "kinds") for name in table.texts("kinds"))


def _kind(table: Table, name: str, key: str) -> str:
    if name not in KINDS:
        raise table.error(f"kind {name} is not in the catalogue. Known: {', '.join(KINDS)}.", key)
    return name


def _version(table: Table) -> int:
    version = table.take("version", int)
    if version < 1:
        raise table.error("`version` counts from 1.", "version")
    return version


def _new_id(table: Table, seen: dict[str, str], pathway: str | None = None) -> str:
    name = table.text("id")
    if pathway is not None and not name.startswith(f"{pathway}."):
        raise table.error(f"`id` {name} must start with its pathway: {pathway}.…", "id")
    if name in seen:
        raise table.error(f"`id` {name} is taken, in {seen[name]}. Give it another.", "id")
    seen[name] = table.file
    return name


def _precedence_decides(packs: dict[str, Pack]) -> None:
    """Two pathways may not claim a kind with the same precedence: which bounds hold would be chance."""
    claimed: dict[tuple[str, int], str] = {}
    for pack in packs.values():
        for bounds in pack.bounds:
            other = claimed.setdefault((bounds.kind, bounds.precedence), pack.id)
            if other != pack.id:
                raise PackError(
                    f"{pack.id}.toml: bounds of {bounds.kind} have the same precedence "
                    f"({bounds.precedence}) as those of {other}.toml. Give one of them its own `precedence`."
                )
