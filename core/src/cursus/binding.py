"""Bind ports by DESIGN rules: explicit, then what is accepted, the config's, the one output of a fitting kind. Never guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cursus.answers import ask, checked
from cursus.errors import Place, PluginError, Problem
from cursus.kernel.plan import Binding, StepOutput
from cursus.paths import BundleFile, Parameter, SourceFolder, Uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.config import ConfigEntry
    from cursus.kernel.plan import PlannedStep, Source
    from cursus.kernel.step_type import Input, StepType

EXPLICIT = "bound explicitly"
S3_URI = re.compile(r"s3://[^/\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """Binds the inputs of steps and gathers what cannot be bound.

    `faulty` are steps whose config is invalid, bound for the sake of their other problems; `unplanned` gives the
    step types, where known, of nodes that are no step: what they would give is not reported as missing.
    """

    steps: Mapping[str, PlannedStep]
    entries: Mapping[str, ConfigEntry]
    extra: Mapping[str, Any]
    faulty: frozenset[str] = frozenset()
    unplanned: Mapping[str, StepType[Any] | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def bind_all(self) -> dict[str, PlannedStep]:
        """Bind every step; explicit bindings must name nodes of the DAG."""
        for name in self.extra:
            if not any(name.startswith(f"{node}.") for node in (*self.steps, *self.unplanned)):
                message = f"a binding is given for {name}, which is no input of a step in the DAG"
                fix = "write <node>.<input>, with a node of the DAG"
                self.problems.append(Problem(code="CUR0409", message=message, fix=fix))
        return {node: self._bound(step) for node, step in self.steps.items()}

    def _bound(self, step: PlannedStep) -> PlannedStep:
        try:
            return self.bind(step)
        except PluginError:
            if step.node in self.faulty:  # plugin code met values that no validation has seen
                return step
            raise

    def bind(self, step: PlannedStep) -> PlannedStep:
        """Give the step with its bindings, in the order of its step type's inputs."""
        given = self._given(step)
        bound = {name: b for name, b in self._explicit(step, given).items() if b is not None}
        for port in step.step_type.inputs:
            if port.name not in given:
                found = self._filled_or_taken(step, port, bound)
                if found is not None:
                    bound[port.name] = found
        ordered = [port.name for port in step.step_type.inputs if port.name in bound]
        return replace(step, bindings={name: bound[name] for name in ordered})

    def _given(self, step: PlannedStep) -> dict[str, Any]:
        """Collect the explicit bindings of a step by the ports' present names."""
        prefix = f"{step.node}."
        extra = {k.removeprefix(prefix): v for k, v in self.extra.items() if k.startswith(prefix)}
        given = {**self.entries[step.config_key].bindings, **extra}
        named = {}
        for name, value in given.items():
            port = step.step_type.input(name)
            if port is not None:
                named[port.name] = value
            else:
                known = ", ".join(p.name for p in step.step_type.inputs) or "none"
                self._report("CUR0409", step, f"has no input {name}", f"its inputs are: {known}")
        return named

    def _explicit(self, step: PlannedStep, given: Mapping[str, Any]) -> dict[str, Binding | None]:
        return {name: self._explicit_one(step, name, value) for name, value in given.items()}

    def _explicit_one(self, step: PlannedStep, name: str, value: object) -> Binding | None:
        reason = EXPLICIT
        if isinstance(value, Mapping) and isinstance(value.get("parameter"), str):
            return Binding(input=name, source=Parameter(name=value["parameter"]), reason=reason)
        if isinstance(value, str) and S3_URI.match(value):
            return Binding(input=name, source=Uri(uri=value), reason=reason)
        source, fault, fix = self._named_output(step, value)
        if source is None:
            self._report("CUR0409", step, f"binds {name} to {value!r}: {fault}", fix)
            return None
        port = step.step_type.input(name)
        wrong = port is not None and self._wrong_job_type(port, source)
        if wrong:
            self._report(
                "CUR0410", step, f"binds {name} to {value!r}: {wrong}", "bind another producer"
            )
        return Binding(input=name, source=source, reason=reason)

    def _named_output(self, step: PlannedStep, value: object) -> tuple[StepOutput | None, str, str]:
        form = 'write "producer:output", "s3://...", or {"parameter": "NAME"}'
        if not isinstance(value, str) or ":" not in value:
            return None, "that is no binding", form
        node, _, output = value.partition(":")
        if node not in self.steps:
            return None, f"there is no planned step {node}", form
        port = self.steps[node].step_type.output(output)
        if port is None:
            known = ", ".join(p.name for p in self.steps[node].step_type.outputs) or "none"
            return None, f"{node} has no output {output}", f"its outputs are: {known}"
        if node not in step.dependencies:
            return None, f"no edge leads from {node}", f'add the edge ["{node}", "{step.node}"]'
        return StepOutput(node=node, output=port.name), "", ""

    def _filled_or_taken(
        self, step: PlannedStep, port: Input[Any], bound: Mapping[str, Binding]
    ) -> Binding | None:
        """Let the config come before a step's output, but for one that the step type names in `accepts`."""
        filled = self._filled(step, port)
        if filled is not None and not port.accepts:
            return filled
        required = filled is None and ask(
            step.plugin, f"required of {port.name}", port.is_required, step.config
        )
        return self._from_steps(step, port, bound, required=required) or filled

    def _filled(self, step: PlannedStep, port: Input[Any]) -> Binding | None:
        if port.fill is None:
            return None
        what = f"fill of input {port.name}"
        source = ask(step.plugin, what, port.fill, step.config)
        if source is None:
            return None
        checked(step.plugin, what, source, Uri, SourceFolder, BundleFile, Parameter)
        return Binding(input=port.name, source=source, reason=f"from the config {step.config_key}")

    def _from_steps(
        self,
        step: PlannedStep,
        port: Input[Any],
        bound: Mapping[str, Binding],
        *,
        required: bool,
    ) -> Binding | None:
        taken: list[Source] = [binding.source for binding in bound.values()]
        fitting = self._fitting(port, step.dependencies, required=required)
        free = [source for source in fitting if source not in taken]
        right = [source for source in free if not self._wrong_job_type(port, source)]
        chosen, reason = self._tie_break(step, right)
        if len(chosen) == 1:
            reason = reason or (
                "the one output of its kind" if required else "accepted by the step type"
            )
            return Binding(input=port.name, source=chosen[0], reason=reason)
        if len(chosen) > 1:
            self._ambiguous(step, port, chosen)
        elif free and required:
            self._all_refused(step, port, free)
        elif required and not self._awaited(step, port):
            self._unbound(step, port, taken)
        return None

    def _fitting(
        self, port: Input[Any], nodes: tuple[str, ...], *, required: bool
    ) -> list[StepOutput]:
        """List outputs of the given nodes that fit; sorted, so that edge order does not matter."""
        if not port.from_steps:
            return []
        found = []
        for node in sorted(set(nodes) & self.steps.keys()):
            producer = self.steps[node].step_type
            for out in producer.outputs:
                accepted = f"{producer.name}.{out.name}" in port.accepts
                if accepted or (required and out.kind in port.kinds):
                    found.append(StepOutput(node=node, output=out.name))
        return found

    def _wrong_job_type(self, port: Input[Any], source: StepOutput) -> str:
        return wrong_job_type(self.steps, port, source)

    def _tie_break(
        self, step: PlannedStep, found: list[StepOutput]
    ) -> tuple[list[StepOutput], str]:
        if len(found) > 1 and step.job_type is not None:
            same = [s for s in found if self.steps[s.node].job_type == step.job_type]
            if same:
                return same, f"the one output of its kind with job_type {step.job_type}"
        return found, ""

    def _ambiguous(self, step: PlannedStep, port: Input[Any], found: list[StepOutput]) -> None:
        names = ", ".join(f"{source.node}:{source.output}" for source in found)
        line = f'"bindings": {{"{port.name}": "{found[0].node}:{found[0].output}"}}'
        message = f"input {port.name} could come from {names}"
        self._report("CUR0407", step, message, f"choose one, in the step's config: {line}")

    def _all_refused(self, step: PlannedStep, port: Input[Any], found: list[StepOutput]) -> None:
        reasons = "; ".join(self._wrong_job_type(port, source) for source in found)
        fix = f"add an edge from a step with job_type {port.producer_job_type}"
        self._report("CUR0410", step, f"input {port.name} is not bound: {reasons}", fix)

    def _awaited(self, step: PlannedStep, port: Input[Any]) -> bool:
        """Say whether a predecessor would give the input, or could, were its own config sound."""
        types = [self.unplanned[node] for node in step.dependencies if node in self.unplanned]
        return any(
            found is None or any(out.kind in port.kinds for out in found.outputs) for found in types
        )

    def _unbound(self, step: PlannedStep, port: Input[Any], taken: list[Source]) -> None:
        looked = [
            f"{node} ({', '.join(f'{o.name}: {o.kind}' for o in self.steps[node].step_type.outputs) or 'no outputs'})"
            if node in self.steps
            else f"{node} (not planned, see its own problem)"
            for node in step.dependencies
        ]
        kinds = " or ".join(port.kinds)
        message = f"required input {port.name} ({kinds}) is not bound; looked at: {'; '.join(looked) or 'no edge leads here'}"
        self._report("CUR0408", step, message, self._edge_to_add(step, port, taken))

    def _edge_to_add(self, step: PlannedStep, port: Input[Any], taken: list[Source]) -> str:
        others = tuple(node for node in self.steps if node not in (*step.dependencies, step.node))
        found = self._fitting(port, others, required=True)
        fitting = [s for s in found if s not in taken and not self._wrong_job_type(port, s)]
        unplanned = [node for node in step.dependencies if node not in self.steps]
        if unplanned and not fitting:
            return f"mend {' and '.join(unplanned)} first"
        if not fitting:
            return "add a step that gives one, with an edge to this one, or bind it explicitly"
        edges = " or ".join(f'["{source.node}", "{step.node}"]' for source in fitting[:3])
        return f"add the edge {edges}"

    def _report(self, code: str, step: PlannedStep, message: str, fix: str) -> None:
        place = self.entries[step.config_key].place
        at = Place(file=place.file, path=f"{place.path}.bindings", line=place.line)
        self.problems.append(
            Problem(code=code, message=f"step {step.node}: {message}", fix=fix, place=at)
        )


def wrong_job_type(steps: Mapping[str, PlannedStep], port: Input[Any], source: StepOutput) -> str:
    """Say why the producer's job type refuses an output to an input; "" where it does not."""
    job_type = steps[source.node].job_type
    if port.producer_job_type in (None, job_type) or job_type is None:
        return ""
    return f"{source.node} has job_type {job_type}, the input needs {port.producer_job_type}"


def explicit_parameters(steps: Iterable[PlannedStep]) -> tuple[Parameter, ...]:
    """Give the parameters that explicit bindings of the steps name, by name."""
    bindings = [binding for step in steps for binding in step.bindings.values()]
    sources = {
        b.source for b in bindings if b.reason == EXPLICIT and isinstance(b.source, Parameter)
    }
    return tuple(sorted(sources, key=lambda parameter: parameter.name))


def source_text(source: Source) -> str:
    """Name where an input comes from."""
    if isinstance(source, StepOutput):
        return f"{source.node}:{source.output}"
    if isinstance(source, Parameter):
        return f"pipeline parameter {source.name}"
    if isinstance(source, SourceFolder):
        return f"source folder {source.folder}" if source.folder else "shipped script"
    if isinstance(source, BundleFile):
        return f"code bundle, {source.path}"
    return source.uri
