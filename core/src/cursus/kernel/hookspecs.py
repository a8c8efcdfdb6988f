"""The hooks of Cursus, in one page: what a plugin can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cursus.catalog import CatalogEntry
    from cursus.isolation import ScriptResult, ScriptRun
    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.step_type import Output, StepType
    from cursus.paths import OutputPath

PROJECT = "cursus"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def cursus_step_types() -> Iterable[StepType[Any]]:  # type: ignore[empty-body]
    """Give the step types that this plugin owns.

    Called once by discovery, for each plugin alone; a failure makes that plugin broken and no other.

        @hookimpl
        def cursus_step_types():
            return [BATCH_SCORE]
    """


@hookspec
def cursus_pipelines() -> Iterable[CatalogEntry]:  # type: ignore[empty-body]
    """Give the pipelines that this plugin contributes to the catalog.

    Called when the catalog is read; an entry may name step types of other plugins.

        @hookimpl
        def cursus_pipelines():
            return [CatalogEntry(id="nightly", description="...", nodes=("BatchScore",), edges=())]
    """


@hookspec(firstresult=True)
def cursus_extract_step_config(step: PlannedStep, plan: Plan) -> Mapping[str, Any] | None:
    """Give a step's STEP_CONFIG for the execution document.

    Called by the document for each step in Kahn order. None asks the next plugin; the built-in one, last, asks
    the step type's `extract`. All None: the step is not in the document.

        @hookimpl
        def cursus_extract_step_config(step, plan):
            if step.step_type.name == "Registration":
                return {**registration_config(step, plan), "model_owner": "team-7"}
            return None
    """


@hookspec(firstresult=True)
def cursus_build_output_path(
    step: PlannedStep, output: Output, base: OutputPath
) -> OutputPath | None:
    """Give the location of one output below `base` (the start-time prefix).

    Called by the planner for each output of each step, before its inputs are bound. None asks the next plugin;
    the built-in one, last, follows the rule `<step type>/[<job type>]/<output>`.

        @hookimpl
        def cursus_build_output_path(step, output, base):
            return base / "team-7" / step.name / output.name
    """


@hookspec(firstresult=True)
def cursus_test_script(step: PlannedStep, run: ScriptRun) -> ScriptResult | None:
    """Run one step's script on local files.

    Called by the local run once the step's inputs are there. None asks the next plugin; the built-in one, last,
    runs it in a process of its own on this machine.

        @hookimpl
        def cursus_test_script(step, run):
            if step.step_type.name.startswith("PyTorch"):
                return run_script(dataclasses.replace(run, python=Path("/opt/torch/bin/python")))
            return None
    """
