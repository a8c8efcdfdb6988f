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
    ConfigurationNotFoundError,
    ExecutionDocumentGenerationError,
    Place,
    Problem,
    UnsupportedStepTypeError,
    errors_of,
    raise_errors,
)
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cursus.document.parts import Part
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins

NO_CONFIG = frozenset({"CUR0209", "CUR0210", "CUR0211", "CUR0513"})
NO_OWNER = frozenset({"CUR0402", "CUR0403", "CUR0511"})


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
    extraction = Extraction(plan=plan, plugins=plugins)
    return fill_from(extraction, template, template_file=template_file)


def fill_from(
    extraction: Extraction,
    template: Mapping[str, Any] | None = None,
    *,
    template_file: Path | None = None,
    strict: bool = False,
) -> FilledDocument:
    """Fill a template as fill_document does; with `strict` a warning is an error."""
    given: Mapping[str, Any] = {STEP_CONFIGS: {}, ADDITIONAL: {}} if template is None else template
    faults = layout_problems(given, file=template_file, is_template=True)
    parts = extraction.parts()
    keys, ambiguous = _keys(parts, [] if faults else list(given[STEP_CONFIGS]))
    problems = [*extraction.plan.warnings, *extraction.problems, *extraction.warnings]
    problems += [*faults, *_placed(ambiguous, template_file)]
    problems = list(dict.fromkeys(problems))
    if errors_of(problems):
        raise_faults(problems, strict=strict)
    document = _filled(given, [part for part in parts if part.step_config is not None], keys)
    found = (*_foreign(parts, given[STEP_CONFIGS], {*keys.values()}), *_doubtful(document))
    placed = (*_placed(found, template_file), *_empty(document, extraction.plan))
    warnings = (*problems, *(replace(problem, severity="warning") for problem in placed))
    raise_faults(warnings, strict=strict)
    return FilledDocument(document=document, warnings=warnings)


def raise_faults(problems: Sequence[Problem], *, strict: bool = False) -> None:
    """Raise all problems in the error that fits them, where one is an error; with `strict` a warning is one."""
    given = [replace(p, severity="error") for p in problems] if strict else list(problems)
    codes = {problem.code for problem in errors_of(given)}
    error = UnsupportedStepTypeError if codes & NO_OWNER else ExecutionDocumentGenerationError
    raise_errors(given, ConfigurationNotFoundError if codes & NO_CONFIG else error)


def _keys(parts: list[Part], template_keys: list[str]) -> tuple[dict[str, str], list[Problem]]:
    """Give each step the one template key that means it, else its own name."""
    owners = _owners(parts, {*template_keys})
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


def _owners(parts: list[Part], template_keys: set[str]) -> dict[str, set[str]]:
    """Give the nodes of each name that is a step's alone.

    A step's pipeline name wins over a node of that name whose own pipeline name is a key of the template too.
    """
    owners: dict[str, dict[str, Part]] = {}
    for part in parts:
        for name in part.own_keys:
            owners.setdefault(name, {})[part.node] = part
    for name, claimants in owners.items():
        exact = [part for part in claimants.values() if part.key == name]
        others = [part for part in claimants.values() if part.key != name]
        if len(exact) == 1 and all(part.key in template_keys for part in others):
            owners[name] = {exact[0].node: exact[0]}
    return {name: {*claimants} for name, claimants in owners.items()}


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


def _foreign(
    parts: list[Part], template_steps: Mapping[str, Any], filled: set[str]
) -> Iterator[Problem]:
    """Name the template's keys that nothing filled."""
    nodes = {name: part.node for part in parts for name in (*part.other_keys, *part.own_keys)}
    for key in template_steps:
        if key in filled:
            continue
        message = f"the template's key {key} belongs to no step of the DAG"
        fix = "remove it from the template, or mend the name of the key or of the DAG's node"
        if key in nodes:
            message = f"the template's key {key} is that of node {nodes[key]}, whose step is not in the document"
            fix = "remove it from the template, or add a helper that answers for the step"
        place = Place(path=json_path((STEP_CONFIGS, key)))
        yield Problem(code="CUR0506", message=message, fix=fix, place=place)


def _doubtful(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Name what the template brought that no document may have: entries without a member, and help texts."""
    for key, entry in document[STEP_CONFIGS].items():
        missing = [name for name in (STEP_CONFIG, STEP_TYPE) if name not in entry]
        if missing:
            yield Problem(
                code="CUR0502",
                message=f"step {key} has no {' and no '.join(missing)}: the template has none, and nothing filled it",
                fix="complete the step in the template, or remove it there",
                place=Place(path=json_path((STEP_CONFIGS, key))),
            )
    yield from placeholder_problems(document)


def _empty(document: Mapping[str, Any], plan: Plan) -> Iterator[Problem]:
    if not document[STEP_CONFIGS]:
        reason = "no step of the DAG is in documents" if plan.dag.nodes else "the DAG has no nodes"
        yield Problem(
            code="CUR0518",
            message=f"the document has no step: {reason}",
            fix="see that the DAG and the config are those that you mean; loading from Cradle, training "
            "and registration are in documents",
            place=Place(file=plan.dag.file, path="$.dag.nodes"),
        )


def _ambiguous(message: str, key: str) -> Problem:
    return Problem(
        code="CUR0505",
        message=message,
        fix="leave one key for each step in the template, best the step's own name",
        place=Place(path=json_path((STEP_CONFIGS, key))),
    )


def _placed(problems: Iterable[Problem], file: Path | None) -> list[Problem]:
    return [replace(problem, place=replace(problem.place, file=file)) for problem in problems]
