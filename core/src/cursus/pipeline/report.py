"""What compiling found, as data: which config each node has, where every input comes from and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.alternatives import alternatives
from cursus.kernel.plan import StepOutput
from cursus.paths import BundleFile, Parameter, SourceFolder
from cursus.pipeline.rendering import has_no_location

if TYPE_CHECKING:
    from cursus.alternatives import Alternative
    from cursus.errors import Problem
    from cursus.kernel.plan import Binding, Plan, PlannedStep
    from cursus.kernel.step_type import Input


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOrigin:
    """Where one input comes from, what the definition reads for it (a reference or a place), and why.

    `refused` are the other outputs of direct predecessors that fit, each with why it was not taken. An optional
    input that nothing is bound to has the source "nothing".
    """

    step: str
    input: str
    source: str
    reads: str
    reason: str
    config_key: str = ""
    refused: tuple[Alternative, ...] = ()


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
        inputs=tuple(_origin(plan, step, port) for step in plan for port in step.step_type.inputs),
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


def _origin(plan: Plan, step: PlannedStep, port: Input[Any]) -> InputOrigin:
    binding = step.bindings.get(port.name)
    source, reads = ("nothing", "nothing") if binding is None else _source(plan, step, binding)
    return InputOrigin(
        step=step.name,
        input=port.name,
        source=source,
        reads=reads,
        reason="optional, and not bound" if binding is None else binding.reason,
        config_key=step.config_key,
        refused=alternatives(plan, step, port),
    )


def _shown(location: str | dict[str, Any]) -> str:
    if isinstance(location, dict) and "Get" in location:
        return str(location["Get"])
    return location if isinstance(location, str) else json.dumps(location)


def _source(plan: Plan, step: PlannedStep, binding: Binding) -> tuple[str, str]:
    source = binding.source
    if isinstance(source, StepOutput):
        name = f"{source.node}:{source.output}"
        if has_no_location(plan, step, binding):
            return name, "nothing: optional, and only the start could say"
        return name, _shown(plan.location(source).to_json())
    if isinstance(source, Parameter):
        return "pipeline parameter", source.to_json()["Get"]
    if isinstance(source, SourceFolder):
        return source.folder or "shipped script", "a code bundle"
    if isinstance(source, BundleFile):
        return "generated from the config", f"the step's code bundle, {source.path}"
    return source.uri, source.uri
