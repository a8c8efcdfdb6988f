"""What an input could have come from, and why it did not: the other half of a binding's reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.binding import EXPLICIT, source_text, wrong_job_type
from cursus.kernel.plan import StepOutput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.step_type import Input


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """An output of a direct predecessor that fits an input, and why it was not taken."""

    source: str
    why: str


def alternatives(plan: Plan, step: PlannedStep, port: Input[Any]) -> tuple[Alternative, ...]:
    """Give the outputs of direct predecessors that are of the input's kinds and were not taken."""
    chosen = step.bindings.get(port.name)
    return tuple(
        Alternative(source=source_text(source), why=_why(plan, step, port, source))
        for source in _of_its_kinds(plan, step, port)
        if chosen is None or source != chosen.source
    )


def _of_its_kinds(plan: Plan, step: PlannedStep, port: Input[Any]) -> Iterator[StepOutput]:
    for node in sorted(set(step.dependencies) & plan.steps.keys()):
        producer = plan.steps[node].step_type
        for output in producer.outputs:
            if output.kind in port.kinds or f"{producer.name}.{output.name}" in port.accepts:
                yield StepOutput(node=node, output=output.name)


def _why(plan: Plan, step: PlannedStep, port: Input[Any], source: StepOutput) -> str:
    """Say why an output was not taken, in the order in which the rules refuse."""
    producer = plan.steps[source.node]
    chosen = step.bindings.get(port.name)
    other = next((b.input for b in step.bindings.values() if b.source == source), None)
    if chosen is not None and chosen.reason == EXPLICIT:
        return "another source is bound explicitly"
    if not port.from_steps:
        return "this input comes from the config alone"
    if chosen is not None and not isinstance(chosen.source, StepOutput):
        return "the config gives this input"
    if other is not None:
        return f"input {other} takes it"
    if not port.is_required(step.config) and not _accepts(port, producer, source):
        return "the input is optional, and its step type does not accept it"
    wrong = wrong_job_type(plan.steps, port, source)
    return wrong or f"{source.node} has job_type {producer.job_type}, the step {step.job_type}"


def _accepts(port: Input[Any], producer: PlannedStep, source: StepOutput) -> bool:
    return f"{producer.step_type.name}.{source.output}" in port.accepts
