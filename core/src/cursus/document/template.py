"""Templates of our own: the steps of a document without their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.document.layout import ADDITIONAL, STEP_CONFIG, STEP_CONFIGS, STEP_TYPE, TRAINING_STEP
from cursus.document.parts import document_step_type, means_training, name_and_key

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins
    from cursus.kernel.step_type import StepType


def make_template(plan: Plan, plugins: Plugins) -> dict[str, Any]:
    """Make a template for a plan; nodes without a config (a plan may have no steps) go by their names."""
    entries: dict[str, Any] = {}
    for node in plan.dag.kahn_order():
        found = _entry(node, plan, plugins)
        if found is not None:
            key, step_type = found
            entries[key] = {STEP_CONFIG: {}, STEP_TYPE: step_type}
    return {STEP_CONFIGS: entries, ADDITIONAL: {}}


def _entry(node: str, plan: Plan, plugins: Plugins) -> tuple[str, str | list[str]] | None:
    name, key = name_and_key(node)
    step_type: StepType[Any] | None
    if node in plan.steps:
        step_type, key = plan.steps[node].step_type, plan.steps[node].name
    else:
        step_type = plugins.step_types.get(name)
    if step_type is None:
        return (key, TRAINING_STEP) if means_training(name, plugins.step_types) else None
    return (key, document_step_type(step_type)) if _is_documented(step_type) else None


def _is_documented(step_type: StepType[Any]) -> bool:
    declared = step_type.extract is not None or step_type.document is not None
    return declared or step_type.job.kind == "training"
