"""Whether a document can be given to the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.document.contents import content_problems, owner_of
from cursus.document.layout import (
    STEP_CONFIG,
    STEP_CONFIGS,
    STEP_TYPE,
    TRAINING_STEP,
    layout_problems,
)
from cursus.document.placeholders import placeholder_problems
from cursus.errors import Place, Problem
from cursus.json_file import json_path
from cursus.kernel.plugins import load_plugins

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cursus.kernel.plugins import Plugins


def validate_document(
    document: Any, *, file: Path | None = None, plugins: Plugins | None = None
) -> list[Problem]:
    """Give everything that is wrong: layout, help texts left over, steps that nothing filled, wrong content.

    The content of a step is checked by the plugin that owns its type (default: of those that are installed).
    """
    problems = layout_problems(document, file=file)
    if problems:
        return problems
    plugins = plugins or load_plugins()
    found = placeholder_problems(document, file=file)
    found += _filling_problems(document, plugins, file)
    told = {problem.place.path for problem in found}
    contents = content_problems(document, plugins, file=file)
    return [*found, *(problem for problem in contents if problem.place.path not in told)]


def _filling_problems(
    document: Mapping[str, Any], plugins: Plugins, file: Path | None
) -> list[Problem]:
    found = []
    if not document[STEP_CONFIGS]:
        found.append(_unfilled("the document has no step", (), file))
    for key, entry in document[STEP_CONFIGS].items():
        is_training = _is_training(entry[STEP_TYPE], plugins)
        if not entry[STEP_CONFIG] and not is_training:
            message = f"{STEP_CONFIG} of step {key} is empty"
            found.append(_unfilled(message, (key, STEP_CONFIG), file))
        if entry[STEP_CONFIG] and is_training:
            found.append(_unread(key, file))
    return found


def _is_training(step_type: str | list[str], plugins: Plugins) -> bool:
    """Say whether a STEP_TYPE is of the Training kind, or its type is one of Training jobs: templates may list both."""
    kind = step_type if isinstance(step_type, str) else step_type[0]
    if kind == TRAINING_STEP:
        return True
    owned = owner_of(step_type, plugins)
    return owned is not None and owned.step_type.job.kind == "training"


def _unfilled(message: str, parts: tuple[str, ...], file: Path | None) -> Problem:
    return Problem(
        code="CUR0508",
        message=message,
        fix="fill the document: cursus exec-doc generate -d DAG -c CONFIG --template FILE",
        place=Place(file=file, path=json_path((STEP_CONFIGS, *parts))),
    )


def _unread(key: str, file: Path | None) -> Problem:
    return Problem(
        code="CUR0509",
        message=f"training step {key} has a {STEP_CONFIG}, which is {{}} in the platform's documents",
        fix=f"empty it, or mend its {STEP_TYPE}",
        place=Place(file=file, path=json_path((STEP_CONFIGS, key, STEP_CONFIG))),
        severity="warning",
    )
