"""Plan -> execution document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cursus.document.layout import (
    ADDITIONAL,
    STEP_CONFIG,
    STEP_CONFIGS,
    STEP_TYPE,
    copied,
    layout_problems,
)
from cursus.document.parts import Extraction
from cursus.document.placeholders import placeholder_problems
from cursus.errors import (
    ExecutionDocumentGenerationError,
    Place,
    Problem,
    UnsupportedStepTypeError,
    errors_of,
    raise_errors,
)
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cursus.document.parts import Part
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledDocument:
    """An execution document, and the warnings of its plan and its template."""

    document: dict[str, Any]
    warnings: tuple[Problem, ...] = ()


def fill_document(
    plan: Plan,
    plugins: Plugins,
    template: Mapping[str, Any] | None = None,
    *,
    template_file: Path | None = None,
) -> FilledDocument:
    """Fill a template, or make a document; neither the template nor a config is changed or shared.

    `template_file` is named in the template's problems. All problems are raised together, as an ExecutionDocumentGenerationError.
    """
    given: Mapping[str, Any] = {STEP_CONFIGS: {}, ADDITIONAL: {}} if template is None else template
    faults = layout_problems(given, file=template_file, is_template=True)
    raise_errors(faults, ExecutionDocumentGenerationError)
    extraction = Extraction(plan=plan, plugins=plugins)
    parts = extraction.parts()
    keys, problems = _keys(parts, list(given[STEP_CONFIGS]))
    _raise([*plan.warnings, *extraction.problems, *_placed(problems, template_file)])
    document = _filled(given, [part for part in parts if part.step_config is not None], keys)
    found = (*_foreign(parts, given[STEP_CONFIGS]), *placeholder_problems(document))
    as_warnings = (
        replace(problem, severity="warning") for problem in _placed(found, template_file)
    )
    warnings = (*plan.warnings, *extraction.warnings, *as_warnings)
    return FilledDocument(document=document, warnings=warnings)


def _keys(parts: list[Part], template_keys: list[str]) -> tuple[dict[str, str], list[Problem]]:
    """Give each step the one template key that means it, else its own name."""
    owners: dict[str, set[str]] = {}
    for part in parts:
        for name in part.own_keys:
            owners.setdefault(name, set()).add(part.node)
    keys: dict[str, str] = {}
    claims: dict[str, list[Part]] = {}
    problems = []
    for part in (part for part in parts if part.step_config is not None):
        found = [key for key in template_keys if _means(key, part, owners)]
        if len(found) > 1:
            problems.append(
                _ambiguous(f"step {part.key} could fill {' or '.join(found)}", found[0])
            )
        keys[part.node] = found[0] if found else part.key
        claims.setdefault(keys[part.node], []).append(part)
    for key, claimants in claims.items():
        if len(claimants) > 1:
            names = " and ".join(f"{part.key} (node {part.node})" for part in claimants)
            problems.append(_ambiguous(f"key {key} could mean {names}", key))
    return keys, problems


def _means(key: str, part: Part, owners: Mapping[str, set[str]]) -> bool:
    """Say whether a template key stands for a step; another step's own name never does."""
    return part.node in owners[key] if key in owners else key in part.other_keys


def _filled(
    template: Mapping[str, Any], parts: Iterable[Part], keys: Mapping[str, str]
) -> dict[str, Any]:
    document: dict[str, Any] = copied(template)
    entries = document[STEP_CONFIGS]
    document.setdefault(ADDITIONAL, {})
    for part in parts:
        entry = entries.get(keys[part.node], {})
        kind = entry.get(STEP_TYPE, part.step_type)
        rest = {k: v for k, v in entry.items() if k not in {STEP_CONFIG, STEP_TYPE}}
        entries[keys[part.node]] = {STEP_CONFIG: part.step_config, STEP_TYPE: kind, **rest}
    return document


def _foreign(parts: list[Part], template_steps: Mapping[str, Any]) -> list[Problem]:
    known = {name for part in parts for name in (*part.own_keys, *part.other_keys)}
    return [
        Problem(
            code="CUR0506",
            message=f"the template's key {key} belongs to no step of the DAG",
            fix="remove it from the template, or mend the name of the key or of the DAG's node",
            place=Place(path=json_path((STEP_CONFIGS, key))),
        )
        for key in template_steps
        if key not in known
    ]


def _ambiguous(message: str, key: str) -> Problem:
    return Problem(
        code="CUR0505",
        message=message,
        fix="leave one key for each step in the template, best the step's own name",
        place=Place(path=json_path((STEP_CONFIGS, key))),
    )


def _placed(problems: Iterable[Problem], file: Path | None) -> list[Problem]:
    return [replace(problem, place=replace(problem.place, file=file)) for problem in problems]


def _raise(problems: list[Problem]) -> None:
    unowned = any(problem.code == "CUR0511" for problem in errors_of(problems))
    error = UnsupportedStepTypeError if unowned else ExecutionDocumentGenerationError
    raise_errors(problems, error)
