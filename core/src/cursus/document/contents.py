"""What the plugins say of STEP_CONFIGs: of those in any document, and of those that are being made."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from cursus.answers import ask, checked
from cursus.document.layout import STEP_CONFIG, STEP_CONFIGS, STEP_TYPE
from cursus.document.placeholders import help_texts_in
from cursus.errors import ExecutionDocumentGenerationError, Place, Problem, raise_errors
from cursus.json_file import json_path
from cursus.kernel.step_type import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.plugins import OwnedStepType, Plugins
    from cursus.kernel.step_type import StepType


def content_problems(
    document: Mapping[str, Any], plugins: Plugins, *, file: Path | None = None
) -> list[Problem]:
    """Give what the owners of the steps' types find in their STEP_CONFIGs; an empty one is not asked about."""
    problems: list[Problem] = []
    for key, entry in document[STEP_CONFIGS].items():
        owned = owner_of(entry[STEP_TYPE], plugins)
        if owned is not None and entry[STEP_CONFIG]:
            check = owned.step_type.check_document
            faults = _faults(owned.plugin, "check_document", check, entry[STEP_CONFIG])
            place = json_path((STEP_CONFIGS, key, STEP_CONFIG))
            problems += [_wrong(key, fault, Place(file=file, path=place)) for fault in faults]
    return problems


def unchecked_steps(document: Mapping[str, Any], plugins: Plugins) -> list[str]:
    """Name the steps that have content which nobody checks: no plugin owns their type, or its owner has no check."""
    return [
        key
        for key, entry in document[STEP_CONFIGS].items()
        if entry[STEP_CONFIG] and not _is_checked(owner_of(entry[STEP_TYPE], plugins))
    ]


def doubts(step: PlannedStep, plan: Plan) -> list[Problem]:
    """Give what the owner of a step's type says of the part that it made, as warnings.

    A help text of a template in the step's config is no doubt: it raises ExecutionDocumentGenerationError.
    """
    raise_errors(_help_texts(step), ExecutionDocumentGenerationError)
    ask_for = step.step_type.document_warnings
    faults = _faults(step.plugin, "document_warnings", ask_for, step, plan)
    return [
        Problem(
            code="CUR0521",
            message=f"step {step.name}: {fault.message}",
            fix=fault.fix,
            place=replace(step.place, path=f"{step.place.path}{_below(fault.field)}"),
            severity="warning",
        )
        for fault in faults
    ]


def owner_of(step_type: str | Iterable[str], plugins: Plugins) -> OwnedStepType | None:
    """Find the one step type that a document's STEP_TYPE means; None where none or more than one does."""
    name = step_type if isinstance(step_type, str) else [*step_type][-1]
    single = [owned[0] for _, owned in sorted(plugins.owners.items()) if len(owned) == 1]
    found = [owned for owned in single if name in _names(owned.step_type)]
    return found[0] if len(found) == 1 else None


def _help_texts(step: PlannedStep) -> list[Problem]:
    return [
        Problem(
            code="CUR0507",
            message=f"{json_path(parts)[2:]} of {step.config_key} is {value!r:.60}, the help text of a template",
            fix="write a value of your own",
            place=replace(step.place, path=f"{step.place.path}{json_path(parts)[1:]}"),
        )
        for parts, value in help_texts_in(step.config.model_dump(warnings=False))
    ]


def _faults(
    plugin: str, what: str, function: Callable[..., Iterable[Fault]], *arguments: Any
) -> list[Fault]:
    """Ask plugin code for faults, to the last one inside the guard."""
    faults = ask(plugin, what, lambda: list(function(*arguments)))
    return [checked(plugin, what, fault, Fault) for fault in faults]


def _is_checked(owned: OwnedStepType | None) -> bool:
    if owned is None:
        return False
    defaults = {field.name: field.default for field in fields(owned.step_type)}
    return owned.step_type.check_document is not defaults["check_document"]


def _names(step_type: StepType[Any]) -> set[str]:
    """Give the names by which STEP_TYPEs call a step type: the platform's, its own, and those of older documents."""
    declared = step_type.document
    own = {declared} if isinstance(declared, str) else {*(declared or ())[1:]}
    keys = (re.split(r"[-_]?\{suffix\}", name)[0] for name in step_type.document_names)
    return {step_type.name, *own, *keys}


def _wrong(key: str, fault: Fault, place: Place) -> Problem:
    return Problem(
        code="CUR0520",
        message=f"step {key}: {fault.message}",
        fix=fault.fix,
        place=Place(file=place.file, path=f"{place.path}{_below(fault.field)}"),
        severity=fault.severity,
    )


def _below(field: str) -> str:
    return f".{field}" if field and not field.startswith("[") else field
