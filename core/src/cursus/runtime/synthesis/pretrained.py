"""A pretrained model for a step that is given one: really trained, on synthetic data, by a pipeline of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.errors import Problem, RunError
from cursus.kernel.planner import make_plan
from cursus.runtime.execute import run_pipeline
from cursus.runtime.synthesis.profile_file import ProfileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.plugins import Plugins
    from cursus.runtime.options import RunOptions

MODEL = "model"
OWN_MODEL = "give a model by a local path in its config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A plan that ends with the model of a node, and the data profile that belongs to it."""

    plan: Plan
    node: str
    profile: Mapping[str, Any]


def plan_training(step: PlannedStep, plugins: Plugins) -> Training:
    """Plan the smallest pipeline of the catalog that trains a model of the step's framework, up to the model."""
    framework = str(getattr(step.config, "model_class", ""))
    found = [
        (len(entry.nodes), entry.id, entry, node)
        for _, entry in plugins.pipelines()
        if entry.framework == framework and entry.config is not None
        for node in entry.nodes
        if _trains(node, plugins)
    ]
    if not found:
        message = (
            f"step {step.node} is given a pretrained model, and no pipeline of the catalog trains "
            f"one of model_class {framework!r}"
        )
        raise ProfileError([Problem(code="CUR0725", message=message, fix=OWN_MODEL)])
    _, _, entry, node = min(found, key=lambda one: one[:2])
    dag = entry.dag()
    kept = {node, *dag.ancestors(node)}
    edges = [edge for edge in dag.edges if set(edge) <= kept]
    configs = read_config_text(entry.config_text() or "", plugins.config_classes())
    plan = make_plan(PipelineDAG([], edges), configs, plugins)
    return Training(plan=plan, node=node, profile=entry.profile)


def train_model(training: Training, plugins: Plugins, options: RunOptions) -> Path:
    """Run a plan to its model, and give the model's archive; RunError says which step failed."""
    result = run_pipeline(training.plan, plugins, options)
    if result.status != "passed":
        failed = next(iter(result.failures))
        raise RunError(
            f"no pretrained model could be made: {failed.node}: {failed.error}; {OWN_MODEL}"
        )
    outputs = result.step(training.node).outputs
    path = next(output.path for output in outputs if output.kind == MODEL)
    return next(iter(sorted((options.workspace / "runs").glob(f"*/{path}"))))


def _trains(node: str, plugins: Plugins) -> bool:
    step_type = plugins.step_types.get(node.partition("_")[0])
    if step_type is None or step_type.job.kind != "training":
        return False
    return any(output.kind == MODEL for output in step_type.outputs)
