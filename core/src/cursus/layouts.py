"""Where outputs go: the rule of each layout, and what is wrong with the places that were chosen."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cursus.errors import PlanError, Problem
from cursus.paths import OutputPath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cursus.kernel.plan import PlannedStep
    from cursus.kernel.step_type import Output
    from cursus.paths import Parameter

DEFAULT = "default"
# Jobs that are given one folder for all their outputs: SageMaker adds the rest.
ONE_FOLDER = ("training", "model")
# Step types that the layout of 2025 did not part by job type, although their configs have one.
UNPARTED_IN_2025 = frozenset({"XGBoostModelEval", "PyTorchModelEval"})


def output_path(step: PlannedStep, output: Output, base: OutputPath) -> OutputPath:
    """Give the location of one output by the rule of the step's layout."""
    rule = LAYOUTS.get(step.layout)
    if rule is None:
        raise PlanError([_unknown(step.layout)])
    folder = base
    for segment in filter(None, rule(step)):
        folder = folder / segment
    return folder if step.step_type.job.kind in ONE_FOLDER else folder / output.name


def base_of(step: PlannedStep, prefix: Parameter | str | None) -> OutputPath:
    """Give what all outputs of a step stand under: the prefix, else its config's pipeline_s3_loc."""
    return OutputPath(base=prefix or step.attribute("pipeline_s3_loc"))


def check_places(steps: Sequence[PlannedStep], prefix: Parameter | str | None) -> list[Problem]:
    """Name outputs that would land in one place, and steps for which the layout does not hold."""
    return [*_shared_places(steps), *_overruled(steps, prefix)]


def _shared_places(steps: Iterable[PlannedStep]) -> list[Problem]:
    places: defaultdict[OutputPath, dict[str, list[str]]] = defaultdict(dict)
    for step in steps:
        for name, path in step.outputs.items():
            landed = places[path].setdefault(step.node, [])
            if not landed or step.step_type.job.kind not in ONE_FOLDER:
                landed.append(name)
    return [problem for found in places.values() for problem in _collisions(found)]


def _overruled(steps: Iterable[PlannedStep], prefix: Parameter | str | None) -> list[Problem]:
    """Warn where a layout was asked for and a plugin placed outputs by a rule of its own."""
    asked = [step for step in steps if step.layout != DEFAULT]
    others = [step.node for step in asked if _is_placed_otherwise(step, base_of(step, prefix))]
    if not others:
        return []
    message = (
        f"the layout {asked[0].layout} does not hold for {', '.join(others)}: "
        "a plugin's cursus_build_output_path placed their outputs"
    )
    fix = "leave the layout out, or switch the plugin off with CURSUS_DISABLE_PLUGINS"
    return [Problem(code="CUR0638", severity="warning", message=message, fix=fix)]


def _by_default(step: PlannedStep) -> tuple[str, ...]:
    return (_token(step) or step.step_type.folder, step.job_type or "")


def _as_in_2025(step: PlannedStep) -> tuple[str, ...]:
    """Join the type and, where the step type has variants, its job type."""
    if step.job_type is None or step.step_type.name in UNPARTED_IN_2025:
        return (_legacy_token(step),)
    return (f"{_legacy_token(step)}_{step.job_type}",)


def _as_in_2026(step: PlannedStep) -> tuple[str, ...]:
    return (_legacy_token(step), step.job_type or "")


LAYOUTS: Mapping[str, Callable[[PlannedStep], tuple[str, ...]]] = {
    DEFAULT: _by_default,
    "legacy-2025": _as_in_2025,
    "legacy-2026": _as_in_2026,
}


def _token(step: PlannedStep) -> str:
    token: str | None = getattr(step.config, "output_path_token", None)
    return (token or "").strip("/")


def _legacy_token(step: PlannedStep) -> str:
    """Give the type in lower case without separators; training steps kept the name with them."""
    if step.step_type.job.kind == "training":
        return _token(step) or step.step_type.folder
    return _token(step) or step.step_type.name.replace("_", "").lower()


def _is_placed_otherwise(step: PlannedStep, base: OutputPath) -> bool:
    ports = step.step_type.outputs
    return any(step.outputs[port.name] != output_path(step, port, base) for port in ports)


def _collisions(found: Mapping[str, list[str]]) -> Iterable[Problem]:
    for node, names in found.items():
        if len(names) > 1:
            message = f"outputs {', '.join(names)} of {node} land in one place"
            fix = "let cursus_build_output_path tell them apart by output.name"
            yield Problem(code="CUR0405", message=message, fix=fix)
    (first, _), *others = found.items()
    for other, names in others:
        message = f"outputs of {first} and {other} land in one place ({names[0]})"
        fix = "set output_path_token in one of the two configs"
        yield Problem(code="CUR0405", message=message, fix=fix)


def _unknown(layout: str) -> Problem:
    return Problem(
        code="CUR0637",
        message=f"no layout of output paths is called {layout}",
        fix=f"choose one of {', '.join(LAYOUTS)}",
    )
