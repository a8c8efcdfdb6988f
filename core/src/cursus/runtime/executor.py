"""PipelineExecutor: the local run by the names that users of earlier designs know."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cursus.config import read_config_file, read_config_text
from cursus.errors import RunError
from cursus.isolation import Limits
from cursus.kernel.planner import PlanOptions, make_plan
from cursus.kernel.plugins import load_plugins
from cursus.runtime.execute import run_pipeline
from cursus.runtime.options import RunOptions
from cursus.runtime.resolver import PipelineDAGResolver
from cursus.runtime.synthesis.names import SYNTHETIC

if TYPE_CHECKING:
    from datetime import datetime

    from cursus.catalog import CatalogEntry
    from cursus.config import ConfigFile
    from cursus.dag import PipelineDAG
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins
    from cursus.runtime.resolver import PipelineExecutionPlan
    from cursus.runtime.result import RunResult, StepResult
    from cursus.runtime.synthesis.recipe import Wishes

PRE_EXECUTION = "pre_execution"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepExecutionResult:
    """One step; time in seconds, memory in megabytes. `data_validation_report` gives kind, files and rows by output."""

    step_name: str
    status: Literal["SUCCESS", "FAILURE", "SKIPPED"]
    execution_time: float
    memory_usage: float
    error_message: str | None
    outputs: dict[str, str]
    data_validation_report: dict[str, dict[str, Any]]
    timestamp: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineExecutionResult:
    """A whole run; `result` is the record from which it is made, as in result.json."""

    success: bool
    completed_steps: list[StepExecutionResult]
    execution_plan: PipelineExecutionPlan
    error: str | None
    total_duration: float
    memory_peak: float
    timestamp: datetime
    result: RunResult = field(repr=False)

    def _repr_html_(self) -> str:
        """Show the run as the value of a notebook's cell."""
        return self.result._repr_html_()


class PipelineExecutor:
    """Runs whole pipelines in a workspace. Without a config file the catalog's own config of the DAG is used.

    `wishes` say which synthetic data is made: its profile, size, seed and scenario.
    """

    def __init__(
        self,
        workspace_dir: str | Path = "./pipeline_testing",
        testing_mode: str = PRE_EXECUTION,
        *,
        config_path: str | Path | None = None,
        limits: Limits | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        if testing_mode != PRE_EXECUTION:
            raise RunError(
                f"testing_mode {testing_mode!r} is not known; the one mode is {PRE_EXECUTION!r}"
            )
        self.workspace_dir = Path(workspace_dir)
        self.testing_mode = testing_mode
        self._config_path = None if config_path is None else Path(config_path)
        self._limits = limits or Limits()
        self._wishes = wishes

    def execute_pipeline(
        self, dag: PipelineDAG, data_source: str | Path = SYNTHETIC
    ) -> PipelineExecutionResult:
        """Run every step of the DAG on synthetic data or on that of a local folder.

        Raises InvalidInputError with everything that is missing, before anything runs.
        """
        plugins = load_plugins()
        entry = _entry_of(dag, plugins) if self._config_path is None else None
        plan = make_plan(dag, self._configs(entry, plugins), plugins, PlanOptions())
        folder = Path(data_source)
        if str(data_source) == SYNTHETIC:
            folder = self._synthesise(plan, plugins, entry)
        options = RunOptions(data=folder, workspace=self.workspace_dir, limits=self._limits)
        result = run_pipeline(plan, plugins, options)
        return _execution(result, PipelineDAGResolver(dag, plan).create_execution_plan())

    def _configs(self, entry: CatalogEntry | None, plugins: Plugins) -> ConfigFile:
        if self._config_path is not None:
            return read_config_file(self._config_path, plugins.config_classes())
        text = None if entry is None else entry.config_text()
        if text is None:
            raise RunError(
                "the DAG is no pipeline of the catalog, so its configs are not known; give config_path"
            )
        return read_config_text(text, plugins.config_classes())

    def _synthesise(self, plan: Plan, plugins: Plugins, entry: CatalogEntry | None) -> Path:
        from cursus.runtime.synthesis.data_folder import data_in_workspace
        from cursus.runtime.synthesis.recipe import make_recipe

        recipe = make_recipe(plan, self._wishes, None if entry is None else entry.profile)
        return data_in_workspace(plan, plugins, recipe, self.workspace_dir)


def _entry_of(dag: PipelineDAG, plugins: Plugins) -> CatalogEntry | None:
    """Find the catalog's entry that has this DAG and a config."""
    entries = [entry for _, entry in plugins.pipelines() if entry.config is not None]
    return next((entry for entry in entries if _same(dag, entry.dag())), None)


def _same(one: PipelineDAG, other: PipelineDAG) -> bool:
    return set(one.nodes) == set(other.nodes) and set(one.edges) == set(other.edges)


def _execution(result: RunResult, plan: PipelineExecutionPlan) -> PipelineExecutionResult:
    first = next(iter(result.failures), None)
    return PipelineExecutionResult(
        success=result.status == "passed",
        completed_steps=[_step(step) for step in result.steps],
        execution_plan=plan,
        error=(result.error or None) if first is None else f"{first.node}: {first.error}",
        total_duration=result.wall_seconds,
        memory_peak=result.peak_memory_mb,
        timestamp=result.started,
        result=result,
    )


def _step(step: StepResult) -> StepExecutionResult:
    status: Literal["SUCCESS", "FAILURE", "SKIPPED"] = "FAILURE"
    if step.status in ("passed", "skipped"):
        status = "SUCCESS" if step.status == "passed" else "SKIPPED"
    return StepExecutionResult(
        step_name=step.node,
        status=status,
        execution_time=step.wall_seconds,
        memory_usage=step.peak_memory_mb,
        error_message=step.error or step.reason or None,
        outputs={output.name: output.path for output in step.outputs},
        data_validation_report={
            output.name: {"kind": output.kind, "files": output.files, "rows": output.rows}
            for output in step.outputs
        },
        timestamp=step.started,
    )
