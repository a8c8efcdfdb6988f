"""What pydantic found in an entry, as problems in plain words with the place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from cursus.config.raw_fields import RawFields
    from cursus.json_file import JsonText, Parts

SHOULD = "Input should be "
SHOWN = 60


def problems_of(
    error: ValidationError,
    raw: Mapping[str, Any],
    origin: Callable[[str], Parts],
    read: RawFields,
) -> list[Problem]:
    """Translate each error; a missing field that a misspelt one stands for is not said twice."""
    found = []
    for detail in error.errors(include_url=False):
        parts = locate(detail["loc"], raw, origin)
        if detail["type"] == "missing" and parts in read.mistaken:
            continue
        found.append(_problem(detail, parts, error.title, read.source))
    return found


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


def _problem(detail: ErrorDetails, parts: Parts, title: str, source: JsonText) -> Problem:
    name = ".".join(str(step) for step in detail["loc"]) or title
    message, fix = _words(detail, name)
    code = "CUR0207" if detail["type"] == "missing" else "CUR0206"
    return Problem(code=code, message=message, fix=fix, place=source.place(parts))


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
    rule = text.removeprefix(SHOULD)
    if rule == text:
        return f"{name} is {shown}: {text}", "change the value so that this holds"
    if kind != "literal_error":
        rule = rule.partition(", ")[0]
    return f"{name} is {shown}; it should be {rule}", f"write {rule}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
