"""Faults of fields as problems in plain words, with the place in the file; also what pydantic found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from cursus.config.raw_fields import RawFields
    from cursus.json_file import JsonText, Parts

SHOULD = "Input should be "
SHOWN = 60
# What should be written, for those of pydantic's rules that speak of Python.
MEANT = {
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
BOUNDS = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """What is wrong with one field; `rule` is what the message says without the value."""

    code: str
    message: str
    fix: str
    parts: Parts
    rule: str


def as_problems(faults: Iterable[FieldFault], source: JsonText) -> list[Problem]:
    """Give a problem for each fault; those that break one rule in several members of a list are one."""
    groups: dict[tuple[str, str, tuple[Parts, Parts]], list[FieldFault]] = {}
    for fault in faults:
        key = (fault.code, fault.rule, _around_index(fault.parts))
        groups.setdefault(key, []).append(fault)
    return [_problem(group, source) for group in groups.values()]


def faults_of(
    error: ValidationError,
    raw: Mapping[str, Any],
    origin: Callable[[str], Parts],
    read: RawFields,
) -> list[FieldFault]:
    """Translate each error but those of fields of which a fault has been said already."""
    located = (
        (detail, locate(detail["loc"], raw, origin))
        for detail in without_echoes(error.errors(include_url=False))
    )
    return [
        _fault(detail, parts, error.title) for detail, parts in located if parts not in read.said
    ]


def without_echoes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where members of it were refused: these do not count as members."""
    places = {detail["loc"][:end] for detail in details for end in range(len(detail["loc"]))}
    return [d for d in details if d["type"] != "too_short" or d["loc"] not in places]


def plain_rule(detail: ErrorDetails) -> str:
    """Say without the value what a rule asks for."""
    meant = _meant(detail)
    return f"it should be {meant}" if meant else detail["msg"].removeprefix("Value error, ")


def locate(
    loc: tuple[str | int, ...], raw: Mapping[str, Any], origin: Callable[[str], Parts]
) -> Parts:
    """Follow pydantic's location through the raw data; names of union members and validators are passed over."""
    if not loc:
        return origin("")[:-1]
    parts = origin(str(loc[0]))
    value: Any = raw.get(str(loc[0]))
    for index, step in enumerate(loc[1:], start=1):
        while isinstance(value, dict) and "__type_info__" in value:
            parts, value = (*parts, "value"), value.get("value")
        if isinstance(value, dict) and (step in value or index == len(loc) - 1):
            parts, value = (*parts, step), value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            parts, value = (*parts, step), value[step]
    return parts


def _around_index(parts: Parts) -> tuple[Parts, Parts]:
    """Split a path at its last index, so that members of one list have one key."""
    for index in reversed(range(len(parts))):
        if isinstance(parts[index], int):
            return parts[:index], parts[index + 1 :]
    return parts, ()


def _problem(group: list[FieldFault], source: JsonText) -> Problem:
    first = group[0]
    more = len({fault.parts for fault in group}) - 1
    rest = f"; the same holds for {more} more of the list" if more else ""
    return Problem(
        code=first.code,
        message=first.message + rest,
        fix=first.fix,
        place=source.place(first.parts),
    )


def _fault(detail: ErrorDetails, parts: Parts, title: str) -> FieldFault:
    name = ".".join(str(step) for step in detail["loc"]) or title
    message, fix = _words(detail, name)
    code = "CUR0207" if detail["type"] == "missing" else "CUR0206"
    rule = f"{detail['type']} {detail['msg']}"
    return FieldFault(code=code, message=message, fix=fix, parts=parts, rule=rule)


def _words(detail: ErrorDetails, name: str) -> tuple[str, str]:
    text, kind = detail["msg"], detail["type"]
    shown = _shown(detail["input"])
    if kind == "missing":
        return f"{name} is missing", f'add "{name.rpartition(".")[2]}"'
    if kind == "value_error":
        rule = detail.get("ctx", {}).get("error", text)
        return f"{name}: {rule}", "change the value so that this holds"
    if kind == "string_pattern_mismatch":
        pattern = detail.get("ctx", {}).get("pattern", "")
        return (
            f"{name} is {shown}, which does not fit {pattern}",
            f"write a text of the form {pattern}",
        )
    meant = _meant(detail)
    if not meant:
        return f"{name} is {shown}: {text}", "change the value so that this holds"
    number = "a number " if kind in BOUNDS else ""
    return f"{name} is {shown}; it should be {meant}", f"write {number}{meant}"


def _meant(detail: ErrorDetails) -> str:
    """Say what should stand there, in the words of JSON; empty where the rule says it in words of its own."""
    text, kind = detail["msg"], detail["type"]
    context = detail.get("ctx", {})
    if kind in MEANT:
        return MEANT[kind]
    if kind == "too_short":
        of = "an object" if context["field_type"] == "Dictionary" else "a list"
        return f"{of} of at least {_counted(context['min_length'], 'item')}"
    if kind == "string_too_short":
        return f"a text of at least {_counted(context['min_length'], 'character')}"
    rule = text.removeprefix(SHOULD)
    if rule == text:
        return ""
    return rule if kind == "literal_error" else rule.partition(", ")[0]


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
