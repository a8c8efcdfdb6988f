"""Profiles as YAML: read with every fault and its line, written so that they can be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from cursus.config.misspelling import closest
from cursus.document.yaml_text import parse_yaml, yaml_text
from cursus.errors import InvalidInputError, Place, Problem
from cursus.json_file import json_path
from cursus.runtime.synthesis.profile import AnyColumn, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from cursus.runtime.synthesis.profile import Column

SHOULD = "Input should be "
OBJECTS = ("dict_type", "model_type", "model_attributes_type")
KEY = "[key]"  # of pydantic, for the name of a member
HEADER = (
    "# What synthetic data of this pipeline looks like; edit it and give it with --profile.\n"
    "# Types: int, float, category, text, date, bool, id, label. null_share is the share of missing values.\n"
)


class ProfileError(InvalidInputError):
    """A data profile cannot be read or used; `problems` holds all that is wrong with it."""


def read_profile(path: Path) -> Profile:
    """Read a profile; ProfileError names every fault with its line."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
        data = parse_yaml(text)
    except OSError as exc:
        raise _unreadable(path, exc.strerror or str(exc)) from exc
    except UnicodeDecodeError as exc:
        raise _unreadable(path, f"it is not UTF-8 text: {exc.reason}") from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        reason = getattr(exc, "problem", None) or str(exc)
        raise _unreadable(path, reason, None if mark is None else mark.line + 1) from exc
    return make_profile(data, path, text)


def make_profile(data: Any, path: Path | None = None, text: str = "") -> Profile:
    """Make a profile of data as YAML holds it."""
    if not isinstance(data, dict):
        raise _unreadable(path, "it holds no object with rows, seed and columns")
    try:
        return Profile.model_validate(data)
    except ValidationError as exc:
        problems = [_problem(detail, data, path, text) for detail in exc.errors(include_url=False)]
        raise ProfileError(problems) from exc


def profile_text(profile: Profile) -> str:
    """Write a profile as YAML, with what was given for it; the rest has its defaults."""
    columns = profile.model_dump(mode="json", exclude_unset=True).get("columns", {})
    top = {"rows": profile.rows, "seed": profile.seed, "shards": profile.shards}
    chosen = {} if profile.format is None else {"format": profile.format}
    return HEADER + yaml_text({**top, **chosen, "columns": columns})


def _unreadable(path: Path | None, reason: str, line: int | None = None) -> ProfileError:
    return ProfileError(
        [
            Problem(
                code="CUR0720",
                message=f"the data profile cannot be read: {reason}",
                fix="mend the file, or write a new one with: cursus runtime synth --write-profile",
                place=Place(file=path, line=line),
            )
        ]
    )


def _problem(
    detail: ErrorDetails, data: Mapping[str, Any], path: Path | None, text: str
) -> Problem:
    parts = _located(detail["loc"], data)
    message, fix = _words(detail, parts, data)
    return Problem(
        code="CUR0721",
        message=message,
        fix=fix,
        place=Place(file=path, path=json_path(parts), line=_line(text, parts)),
    )


def _located(loc: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """Follow pydantic's location through the data; the type of a column, which it names, is passed over."""
    parts: tuple[str | int, ...] = ()
    value = data
    for index, step in enumerate(loc):
        if step == KEY:
            break
        is_last = index == len(loc) - 1
        if isinstance(value, dict) and (step in value or (is_last and step != value.get("type"))):
            parts, value = (*parts, step), value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            parts, value = (*parts, step), value[step]
    return parts


def _words(
    detail: ErrorDetails, parts: tuple[str | int, ...], data: Mapping[str, Any]
) -> tuple[str, str]:
    name = ".".join(map(str, parts)) or "the profile"
    if detail["type"] == "extra_forbidden":
        known = _fields_around(parts, data)
        meant = closest(str(parts[-1]), known)
        hint = f"; did you mean {meant}?" if meant else ""
        fix = f"rename it to {meant}" if meant else f"remove it; known are: {', '.join(known)}"
        return f"{name} is not a known field{hint}", fix
    if detail["type"] == "missing":
        return f"{name} is missing", f"add {parts[-1]}"
    if detail["type"].startswith("union_tag"):
        types = ", ".join(_column_types())
        given = data["columns"][parts[1]].get("type")
        said = f"has the type {given!r:.60}, which is none" if given else "has no type"
        return f"{name} {said}", f"give it a type: {types}"
    if detail["type"] in OBJECTS:
        return f"{name} is {detail['input']!r:.60}; it should be an object", "write its fields"
    return _value_words(detail, name)


def _value_words(detail: ErrorDetails, name: str) -> tuple[str, str]:
    if detail["type"] == "value_error":
        return f"{name}: {detail['ctx']['error']}", "change the value so that this holds"
    rule = detail["msg"].removeprefix(SHOULD)
    shown = "" if isinstance(detail["input"], (dict, list)) else f" is {detail['input']!r:.60}"
    if rule == detail["msg"]:
        return f"{name}{shown}: {rule}", "change the value so that this holds"
    wanted = rule if detail["type"] == "literal_error" else rule.partition(", ")[0]
    return f"{name}{shown}: it should be {rule}", f"write {wanted}"


def _column_types() -> dict[str, type[Column]]:
    """Give the model of each type of column."""
    models = get_args(AnyColumn)
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in models}


def _fields_around(parts: tuple[str | int, ...], data: Mapping[str, Any]) -> list[str]:
    """Name the fields that a profile, or a column of the type that is given, may have."""
    if len(parts) == 1:
        return list(Profile.model_fields)
    kind = data["columns"][parts[1]]["type"]
    return sorted(_column_types()[kind].model_fields)


def _line(text: str, parts: tuple[str | int, ...]) -> int | None:
    """Find the line of a member; where it is missing, that of the nearest parent."""
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader) if text else None
    if node is None:
        return None
    line: int = node.start_mark.line
    for part in parts:
        found = _member(node, part)
        if found is None:
            break
        line, node = found
    return line + 1


def _member(node: Any, part: str | int) -> tuple[int, Any] | None:
    if isinstance(part, int):
        is_list = isinstance(node.value, list) and part < len(node.value)
        return (node.value[part].start_mark.line, node.value[part]) if is_list else None
    pairs = node.value if type(node).__name__ == "MappingNode" else []
    return next(((k.start_mark.line, v) for k, v in pairs if k.value == part), None)
