"""The layout of an execution document, and what does not keep to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from cursus.document.json_data import data_problems
from cursus.errors import Place, Problem
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cursus.json_file import Parts

Rules: TypeAlias = "Mapping[str, Callable[[object], bool]]"

STEP_CONFIGS = "PIPELINE_STEP_CONFIGS"
ADDITIONAL = "PIPELINE_ADDITIONAL_PARAMS"
STEP_CONFIG = "STEP_CONFIG"
STEP_TYPE = "STEP_TYPE"
TRAINING_STEP = "TRAINING_STEP"
SHAPE = (
    'write {"PIPELINE_STEP_CONFIGS": {"<step>": {"STEP_CONFIG": {}, "STEP_TYPE": ["<kind>", "<type>"]}}, '
    '"PIPELINE_ADDITIONAL_PARAMS": {}}'
)


def layout_problems(
    document: object, *, file: Path | None = None, is_template: bool = False
) -> list[Problem]:
    """Give everything that the platform could not read; a template may lack what filling gives."""
    problems = data_problems(document, file=file)
    if problems:
        return problems
    return [
        Problem(
            code="CUR0502",
            message=message,
            fix=SHAPE,
            place=Place(file=file, path=json_path(parts)),
        )
        for message, parts in _faults(document, is_template=is_template)
    ]


def copied(value: Any) -> Any:
    """Copy JSON data as plain objects and lists, so that nothing is shared with the original."""
    if isinstance(value, Mapping):
        return {name: copied(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [copied(member) for member in value]
    return value


def _faults(document: object, *, is_template: bool) -> Iterator[tuple[str, Parts]]:
    if not isinstance(document, Mapping):
        yield f"an execution document is an object, not {document!r:.60}", ()
        return
    optional = {ADDITIONAL, STEP_CONFIG, STEP_TYPE} if is_template else set()
    yield from _member_faults(document, (), DOCUMENT_RULES, optional)
    steps = document.get(STEP_CONFIGS)
    for key, entry in steps.items() if isinstance(steps, Mapping) else ():
        parts: Parts = (STEP_CONFIGS, str(key))
        if isinstance(entry, Mapping):
            yield from _member_faults(entry, parts, ENTRY_RULES, optional)
        else:
            yield f"step {key} is {entry!r:.60}, not an object", parts


def _member_faults(
    members: Mapping[str, Any], parts: Parts, rules: Rules, optional: set[str]
) -> Iterator[tuple[str, Parts]]:
    owner = f" of step {parts[-1]}" if parts else ""
    for name, is_valid in rules.items():
        if name not in members and name not in optional:
            yield f"{name}{owner} is missing", (*parts, name)
        if name in members and not is_valid(members[name]):
            yield f"{name}{owner} is {members[name]!r:.60}", (*parts, name)


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_step_type(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return len(value) == len(("kind", "type")) and all(_is_name(part) for part in value)
    return _is_name(value)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


DOCUMENT_RULES: Rules = {STEP_CONFIGS: _is_object, ADDITIONAL: _is_object}
ENTRY_RULES: Rules = {STEP_CONFIG: _is_object, STEP_TYPE: _is_step_type}
