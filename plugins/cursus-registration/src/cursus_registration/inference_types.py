"""What inference takes and gives: content types, variables, instance types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from cursus.config.help_texts import is_help_text
from pydantic import AfterValidator, BeforeValidator

CONTENT_TYPES = ("text/csv", "application/json")
VARIABLE_TYPES = ("NUMERIC", "TEXT")
PAIR = 2


def _one_content_type(value: Any) -> tuple[str, ...]:
    given = [str(member).lower() for member in value] if isinstance(value, (list, tuple)) else []
    if len(given) != 1 or given[0] not in CONTENT_TYPES:
        raise ValueError('must be exactly ["text/csv"] or ["application/json"]')
    return tuple(given)


def _variable_type(name: object, value: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"variable name {name!r} is not a text")
    if is_help_text(name):
        raise ValueError(f"variable name {name!r:.60} is the help text of a template")
    text = str(getattr(value, "value", value)).upper()
    if text not in VARIABLE_TYPES:
        raise ValueError(f"variable {name} has type {value!r}; it must be NUMERIC or TEXT")
    return text


def _typed(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError('must be an object of name -> "NUMERIC" or "TEXT"')  # noqa: TRY004 - pydantic collects ValueErrors
    return {name: _variable_type(name, kind) for name, kind in value.items()}


def _typed_or_pairs(value: Any) -> dict[str, str] | tuple[tuple[str, str], ...]:
    if not isinstance(value, (list, tuple)):
        return _typed(value)
    for member in value:
        if not isinstance(member, (list, tuple)) or len(member) != PAIR:
            raise ValueError(f'{member!r} must be a pair such as ["distance", "NUMERIC"]')
    pairs = tuple((name, _variable_type(name, kind)) for name, kind in value)
    types = dict(pairs)
    for name, kind in pairs:
        if kind != types[name]:
            raise ValueError(f"variable {name} is {kind} and {types[name]}; it can have one type")
    return pairs


def _ml_instance(value: str) -> str:
    if not value.startswith("ml."):
        raise ValueError(f"{value!r} must start with ml., such as ml.m5.large")
    return value


ContentTypes = Annotated[tuple[str, ...], BeforeValidator(_one_content_type)]
OutputVariables = Annotated[dict[str, str], BeforeValidator(_typed)]
VariablePairs: TypeAlias = tuple[tuple[str, str], ...]
InputVariables = Annotated[dict[str, str] | VariablePairs, BeforeValidator(_typed_or_pairs)]
InstanceType = Annotated[str, AfterValidator(_ml_instance)]
