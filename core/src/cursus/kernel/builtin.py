"""The default implementation of every hook: ask the step type. It is itself a plugin, asked last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.hookspecs import hookimpl
from cursus.layouts import output_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cursus.catalog import CatalogEntry
    from cursus.isolation import ScriptResult, ScriptRun
    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.step_type import Output, StepType
    from cursus.paths import OutputPath


@hookimpl
def cursus_step_types() -> Iterable[StepType[Any]]:
    """Own no step type: those come from plugins."""
    return ()


@hookimpl
def cursus_pipelines() -> Iterable[CatalogEntry]:
    """Contribute no pipeline: those come from plugins."""
    return ()


@hookimpl(trylast=True)
def cursus_extract_step_config(step: PlannedStep, plan: Plan) -> Mapping[str, Any] | None:
    """Give what the step type extracts; without an extract the step is not in the document."""
    extract = step.step_type.extract
    return None if extract is None else extract(step, plan)


@hookimpl(trylast=True)
def cursus_build_output_path(step: PlannedStep, output: Output, base: OutputPath) -> OutputPath:
    """Follow the rule of the layout that the plan is made with."""
    return output_path(step, output, base)


@hookimpl(trylast=True)
def cursus_test_script(step: PlannedStep, run: ScriptRun) -> ScriptResult:  # noqa: ARG001 - the hook's arguments
    """Run the script in a process of its own on this machine."""
    from cursus.isolation import run_script

    return run_script(run)
