"""What compiling found, as data: which config each node has, where every input comes from and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.kernel.plan import StepOutput
from cursus.paths import BundleFile, Parameter, SourceFolder
from cursus.pipeline.rendering import has_no_location

if TYPE_CHECKING:
    from cursus.errors import Problem
    from cursus.kernel.plan import Binding, Plan, PlannedStep


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOrigin:
    """Where one input comes from, what the definition reads for it (a reference or a place), and why."""

    step: str
    input: str
    source: str
    reads: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResolution:
    """What one DAG node became."""

    node: str
    step: str
    step_type: str
    plugin: str
    config_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionPreview:
    """All nodes of a DAG and all their inputs, before anything is rendered."""

    nodes: tuple[NodeResolution, ...]
    inputs: tuple[InputOrigin, ...]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompilationReport:
    """What a definition was made of: its name, steps and parameters, and the preview of its plan."""

    pipeline_name: str
    steps: tuple[str, ...]
    parameters: tuple[str, ...]
    resolution: ResolutionPreview
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationResult:
    """Whether a DAG compiles with a config; `problems` holds errors and warnings."""

    is_valid: bool
    problems: tuple[Problem, ...] = ()


def preview(plan: Plan) -> ResolutionPreview:
    """Describe a plan."""
    return ResolutionPreview(
        nodes=tuple(_node(step) for step in plan),
        inputs=tuple(
            _origin(plan, step, binding) for step in plan for binding in step.bindings.values()
        ),
        warnings=plan.warnings,
    )


def _node(step: PlannedStep) -> NodeResolution:
    return NodeResolution(
        node=step.node,
        step=step.name,
        step_type=step.step_type.name,
        plugin=step.plugin,
        config_key=step.config_key,
    )


def _origin(plan: Plan, step: PlannedStep, binding: Binding) -> InputOrigin:
    source, reads = _source(plan, step, binding)
    return InputOrigin(
        step=step.name, input=binding.input, source=source, reads=reads, reason=binding.reason
    )


def _source(plan: Plan, step: PlannedStep, binding: Binding) -> tuple[str, str]:
    source = binding.source
    if isinstance(source, StepOutput):
        name = f"{source.node}:{source.output}"
        if has_no_location(plan, step, binding):
            return name, "nothing: optional, and only the start could say"
        return name, plan.location(source).to_json()["Get"]
    if isinstance(source, Parameter):
        return "pipeline parameter", source.to_json()["Get"]
    if isinstance(source, SourceFolder):
        return source.folder or "shipped script", "a code bundle"
    if isinstance(source, BundleFile):
        return "generated from the config", f"the step's code bundle, {source.path}"
    return source.uri, source.uri
