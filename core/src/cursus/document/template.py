"""Templates of our own: the steps of a document without their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.document.layout import ADDITIONAL, STEP_CONFIG, STEP_CONFIGS, STEP_TYPE
from cursus.document.step_types import (
    DOCUMENTED,
    document_step_type,
    means_training,
    named_step_type,
    untyped_node,
)
from cursus.errors import Place, Problem

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


def missing_plugins(plan: Plan, plugins: Plugins) -> list[Problem]:
    """Warn of each node that must be in a document and, by its name, has no plugin; a config's class is the plan's."""
    told = {warning.node for warning in plan.warnings if warning.code == "CUR0402"}
    names = {n: untyped_node(n, None).name for n in plan.dag.nodes if n not in plan.steps}
    return [
        Problem(
            code="CUR0511",
            message=f"step {node} must be in the document, but no plugin owns its step type",
            fix=plugins.why_not(f"{name}Config"),
            place=Place(file=plan.dag.file),
            severity="warning",
        )
        for node, name in names.items()
        if name in DOCUMENTED and name not in plugins.step_types and node not in told
    ]


def _entry(node: str, plan: Plan, plugins: Plugins) -> tuple[str, str | list[str]] | None:
    if node in plan.steps:
        step = plan.steps[node]
        is_in = _is_documented(step.step_type)
        return (step.name, document_step_type(step.step_type)) if is_in else None
    known = plugins.step_types
    found = untyped_node(node, plan.untyped.get(node))
    is_in = found.name in known and _is_documented(known[found.name])
    if is_in or found.name in DOCUMENTED or means_training(found.name, known):
        return found.key, named_step_type(found.name, known)
    return None


def _is_documented(step_type: StepType[Any]) -> bool:
    declared = step_type.extract is not None or step_type.document is not None
    return declared or step_type.job.kind == "training"
