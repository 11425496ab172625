"""A rule as it was put on record, made ready to run again: the other way round of `RuleSpec.body`. Pure."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from alerts.moments import SEVERITIES
from alerts.rules import TYPES, RuleSpec
from ingest.catalogue import KINDS


class CannotRunError(ValueError):
    """A rule on record that this program has no idea of, or no kind for: which, and what is missing."""


def spec_of(body: Mapping[str, Any]) -> RuleSpec:
    """The rule that gave this body. `spec_of(rule.body())` is `rule`.

    A number that its type has got since keeps the type's default, by which the rule goes on as it ran. What is on
    record and no longer known raises CannotRunError: left out in silence, it would be another rule.
    """
    name = f"{body.get('id')}@{body.get('version')}"
    if body.get("type") not in TYPES:
        raise CannotRunError(f"Rule {name} is of type {body.get('type')}, which this program does not have.")
    severity = body.get("severity")
    told = {
        **body,
        "severity": None if severity is None else SEVERITIES[severity],
        "params": _built(TYPES[body["type"]].params, body["params"], name),
    }
    spec = typing.cast("RuleSpec", _built(RuleSpec, told, name))
    unknown = [kind for kind in spec.kinds if kind not in KINDS]
    if unknown:
        raise CannotRunError(f"Rule {name} looks at {', '.join(unknown)}, which the catalogue does not have.")
    return spec


def _built(of: Any, value: Any, name: str) -> Any:
    """A value of JSON as what a field is declared to be."""
    if isinstance(of, types.UnionType):
        return None if value is None else _built(_but_none(of), value, name)
    if typing.get_origin(of) is tuple:
        item = typing.get_args(of)[0]
        return tuple(_built(item, one, name) for one in value)
    if isinstance(of, type) and dataclasses.is_dataclass(of):
        return value if isinstance(value, of) else _of_fields(of, value, name)
    return value  # a whole number where a fraction may be stays one, or the fingerprint would be another


def _of_fields(of: type, value: Mapping[str, Any], name: str) -> Any:
    fields = {field.name for field in dataclasses.fields(of)}
    unknown = sorted(set(value) - fields)
    if unknown:
        raise CannotRunError(f"Rule {name} has {', '.join(unknown)}, which {of.__name__} no longer has.")
    hints = typing.get_type_hints(of)
    try:
        return of(**{field: _built(hints[field], told, name) for field, told in value.items()})
    except (TypeError, ValueError) as error:
        if isinstance(error, CannotRunError):
            raise
        raise CannotRunError(f"Rule {name} cannot be made from what is on record: {error}") from error


def _but_none(of: types.UnionType) -> Any:
    return next(one for one in typing.get_args(of) if one is not types.NoneType)
