"""PipelineDAGResolver: the order of a DAG's steps and what flows between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.binding import source_text
from cursus.errors import RunError
from cursus.kernel.plan import StepOutput

if TYPE_CHECKING:
    from cursus.dag import PipelineDAG
    from cursus.errors import Problem
    from cursus.kernel.plan import Plan

CYCLE, DANGLING = "CUR0104", "CUR0103"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineExecutionPlan:
    """What would run: `data_flow_map` gives "producer:output" for each input of each step.

    Without a plan, that is without configs, `step_configs` and `data_flow_map` are empty: ports are bound from
    configs, never guessed from the DAG alone.
    """

    execution_order: list[str]
    dependencies: dict[str, list[str]]
    step_configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    data_flow_map: dict[str, dict[str, str]] = field(default_factory=dict)


class PipelineDAGResolver:
    """Answers questions about a DAG; with a plan, also which data flows where."""

    def __init__(self, dag: PipelineDAG, plan: Plan | None = None) -> None:
        self._dag = dag
        self._plan = plan

    def create_execution_plan(self) -> PipelineExecutionPlan:
        """Order the steps; DagError names every cycle."""
        order = self._dag.topological_sort()
        dependencies = {node: self._dag.get_dependencies(node) for node in order}
        if self._plan is None:
            return PipelineExecutionPlan(execution_order=order, dependencies=dependencies)
        return PipelineExecutionPlan(
            execution_order=order,
            dependencies=dependencies,
            step_configs={s.node: s.config.model_dump(mode="json") for s in self._plan},
            data_flow_map={step.node: _flow(step.bindings) for step in self._plan},
        )

    def validate_dag_integrity(self) -> dict[str, list[str]]:
        """Give what is wrong by kind: `cycles`, `dangling_dependencies`, and `other` where there is some."""
        found: dict[str, list[str]] = {"cycles": [], "dangling_dependencies": []}
        for problem in self._dag.check():
            found.setdefault(_kind(problem), []).append(problem.message)
        return found

    def get_step_dependencies(self, step: str) -> list[str]:
        """Give the steps that a step waits for; RunError where the DAG has no such step."""
        self._check_known(step)
        return self._dag.get_dependencies(step)

    def get_dependent_steps(self, step: str) -> list[str]:
        """Give the steps that wait for a step."""
        self._check_known(step)
        return self._dag.get_dependents(step)

    def _check_known(self, step: str) -> None:
        if step not in self._dag.nodes:
            names = ", ".join(self._dag.nodes) or "none"
            raise RunError(f"the DAG has no step {step}; its steps are {names}")


def _flow(bindings: Any) -> dict[str, str]:
    return {
        name: source_text(binding.source)
        for name, binding in bindings.items()
        if isinstance(binding.source, StepOutput)
    }


def _kind(problem: Problem) -> str:
    return {CYCLE: "cycles", DANGLING: "dangling_dependencies"}.get(problem.code, "other")
