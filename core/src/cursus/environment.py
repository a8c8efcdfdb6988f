"""What a script gets besides data: environment and arguments, computed once from the config."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cursus.errors import Problem

if TYPE_CHECKING:
    from cursus.errors import Place
    from cursus.kernel.plan import PlannedStep


def with_environment(step: PlannedStep, place: Place) -> tuple[PlannedStep, list[Problem]]:
    """Give a step with environment and arguments, for the deployed job and the local run alike, and its faults."""
    problems: list[Problem] = []
    job = step.step_type.job
    try:
        for fault in step.step_type.check(step.config):
            at = replace(place, path=f"{place.path}.{fault.field}")
            message = f"step {step.node}: {fault.message}"
            found = Problem(code="CUR0411", message=message, fix=fault.fix, place=at)
            problems.append(replace(found, severity=fault.severity))
        environment = texts_of(job.environment(step.config))
        arguments = _words(job.arguments(step.config))
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - the guard around plugin code
        return step, [*problems, _failed(step, exc, place)]
    return replace(step, environment=environment, arguments=arguments), problems


def texts_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """Write environment values as text: None is left out, booleans are true/false, lists and objects JSON."""
    return {name: _text(name, value) for name, value in environment.items() if value is not None}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, Mapping)):
        # Sorted: in the config the order of an object's members means nothing.
        return json.dumps(value, allow_nan=False, sort_keys=True)
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError(f"environment value {name} is {type(value).__name__} {value!r:.60}, not text")


def _words(arguments: object) -> tuple[str, ...]:
    if isinstance(arguments, (list, tuple)) and all(isinstance(word, str) for word in arguments):
        return tuple(arguments)
    raise TypeError(f"the arguments are {arguments!r:.60}, not a list of texts")


def _failed(step: PlannedStep, exc: BaseException, place: Place) -> Problem:
    return Problem(
        code="CUR0412",
        message=f"plugin {step.plugin} failed on step {step.node}: {type(exc).__name__}: {exc}",
        fix="mend the config value that it names, or report it to the plugin's team",
        place=place,
    )
