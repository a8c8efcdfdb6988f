"""Plan: frozen data from which definition, document and local run are made, and never the other way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from cursus.errors import Place
from cursus.paths import Expression, Parameter, PipelineParameters, StepProperty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from cursus.config import ConfigEntry
    from cursus.dag import PipelineDAG
    from cursus.errors import Problem
    from cursus.kernel.step_type import Input, Output, StepType
    from cursus.paths import Filling, OutputPath


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutput:
    """The output of another step: DAG node and logical output name."""

    node: str
    output: str


Source: TypeAlias = "StepOutput | Filling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where one input comes from, and why."""

    input: str
    source: Source
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step of the plan.

    `node` is its name in the DAG, `name` in the definition and the document. `bindings` and `outputs` are keyed by
    logical port names; `dependencies` are the nodes of all edges into it. `unknown_fields` are fields of its
    config entry that its class does not declare, `place` is where that entry stands; `layout` is the rule of output paths that was chosen.
    """

    node: str
    name: str
    step_type: StepType[Any]
    plugin: str
    config: BaseModel
    config_key: str
    dependencies: tuple[str, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    outputs: Mapping[str, OutputPath] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    unknown_fields: Mapping[str, Any] = field(default_factory=dict)
    layout: str = "default"
    place: Place = field(default_factory=Place)

    @property
    def job_type(self) -> str | None:
        """Give the config's job type, or None where the step has none."""
        return getattr(self.config, "job_type", None)

    def attribute(self, name: str) -> Any:
        """Give an attribute of the config by the name that the step type's job declares."""
        return getattr(self.config, name)

    def port(self, binding: Binding) -> Input[Any]:
        """Give the declaration of a bound input."""
        return next(port for port in self.step_type.inputs if port.name == binding.input)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All steps in Kahn order of the DAG (node order, then edge order), bound and located.

    `untyped` are DAG nodes that a lenient plan could not plan, with their config entries; `configs` holds all valid
    configs of the file by key, `invalid_configs` the other entries; `session` is the caller's SDK session, for steps that an SDK renders.
    """

    dag: PipelineDAG
    steps: Mapping[str, PlannedStep]
    parameters: PipelineParameters = field(default_factory=PipelineParameters)
    warnings: tuple[Problem, ...] = ()
    untyped: Mapping[str, ConfigEntry | None] = field(default_factory=dict)
    config_file: Path | None = None
    source_root: Path | None = None
    extra_parameters: tuple[Parameter, ...] = ()
    configs: Mapping[str, BaseModel] = field(default_factory=dict)
    invalid_configs: Mapping[str, ConfigEntry] = field(default_factory=dict)
    session: Any = None

    def __iter__(self) -> Iterator[PlannedStep]:
        return iter(self.steps.values())

    def ancestors(self, node: str) -> tuple[str, ...]:
        """Give the nodes from which `node` can be reached, nearest first."""
        return self.dag.ancestors(node)

    def output(self, source: StepOutput) -> tuple[PlannedStep, Output]:
        """Give the step and the declaration of an output that a binding names."""
        step = self.steps[source.node]
        port = step.step_type.output(source.output)
        if port is None:
            raise KeyError(source)
        return step, port

    def location(self, source: StepOutput) -> Parameter | StepProperty | Expression:
        """Give what a definition reads an output by: its step's property, or a service's parameter or expression."""
        step, port = self.output(source)
        job = step.step_type.job
        if job.kind == "service":
            found = job.location(step, self, port.name) if job.location else None
            if isinstance(found, Expression):
                return found
            return Parameter(name=f"{step.name}_{port.name}".replace("-", "_"), default=found)
        path = f"ProcessingOutputConfig.Outputs['{port.name}'].S3Output.S3Uri"
        return StepProperty(step=step.name, path=port.reference or path)
