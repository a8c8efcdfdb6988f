"""Which Package and which Payload a registration's load test is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.errors import ExecutionDocumentGenerationError, Problem, raise_errors
from cursus.kernel.plan import StepOutput
from cursus.kernel.step_type import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cursus.kernel.plan import Plan, PlannedStep
    from pydantic import BaseModel

PORTS = {"Package": "PackagedModel", "Payload": "GeneratedPayloadSamples"}
OUTPUTS = {"Package": "packaged_model", "Payload": "payload_sample"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeding:
    """A config that can feed a registration, by the name of its node, or of its entry where no edge leads from it.

    `config` is None where the entry is invalid; then `problems` say why.
    """

    name: str
    config: BaseModel | None
    problems: tuple[Problem, ...] = ()
    is_unconnected: bool = False


def load_test_configs(step: PlannedStep, plan: Plan) -> tuple[Feeding | None, Feeding | None]:
    """Find the Package and the Payload; what is ambiguous or invalid is raised, for both together."""
    package, payload = (_fitting(name, step, plan) for name in PORTS)
    found = {"Package": package, "Payload": payload}
    unclear = [_ambiguous(n, fits, step) for n, fits in found.items() if len(fits) > 1]
    unclear += [p for n, fits in found.items() for p in _lost(n, fits, step, plan)]
    invalid = [p for fits in found.values() for fit in fits[:1] for p in fit.problems]
    raise_errors(unclear or invalid, ExecutionDocumentGenerationError)
    return next(iter(package), None), next(iter(payload), None)


def unconnected(step: PlannedStep, plan: Plan) -> Iterator[Fault]:
    """Doubt a Package or Payload that is used because no other is free, though no edge leads from it to here."""
    package, payload = load_test_configs(step, plan)
    if package is None or payload is None:
        return
    for found in (package, payload):
        if found.is_unconnected:
            yield Fault(
                field="",
                message=f"its load test uses {found.name}, though no edge leads from it to {step.node}",
                fix=f'add the edge ["{found.name}", "{step.node}"] to the DAG, or remove the config {found.name}',
                severity="warning",
            )


def _fitting(name: str, step: PlannedStep, plan: Plan) -> list[Feeding]:
    """Find what can feed the registration: bound to it, next to it, before it, else what the file has.

    What is connected with other registrations alone feeds this one not.
    """
    binding = step.bindings.get(PORTS[name])
    bound = [binding.source.node] if binding and isinstance(binding.source, StepOutput) else []
    for nodes in (bound, step.dependencies, plan.ancestors(step.node)):
        near = {node: plan.steps[node] for node in nodes if node in plan.steps}
        found = [
            Feeding(name=n, config=s.config) for n, s in near.items() if s.step_type.name == name
        ]
        if found:
            return found
    taken = _taken(step, plan)
    alone = sorted(_unconnected(f"{name}Config", plan), key=lambda found: found.name in taken)
    return alone if alone and alone[0].name not in taken else []


def _unconnected(kind: str, plan: Plan) -> list[Feeding]:
    """Give every config of a kind: where there are several, none stands in for a connection."""
    valid = [
        Feeding(name=key, config=config, is_unconnected=True)
        for key, config in plan.configs.items()
        if type(config).__name__ == kind
    ]
    return valid + [
        Feeding(name=key, config=None, problems=tuple(entry.problems), is_unconnected=True)
        for key, entry in plan.invalid_configs.items()
        if entry.class_name == kind
    ]


def _taken(step: PlannedStep, plan: Plan) -> set[str]:
    """Give the config keys of what another registration is connected with, by edges or by bindings."""
    taken: set[str] = set()
    for other in plan:
        if other.node == step.node or other.step_type.name != step.step_type.name:
            continue
        sources = [binding.source for binding in other.bindings.values()]
        bound = [source.node for source in sources if isinstance(source, StepOutput)]
        for node in (*plan.ancestors(other.node), *bound):
            taken.add(plan.steps[node].config_key if node in plan.steps else node)
    return taken


def _lost(name: str, fits: list[Feeding], step: PlannedStep, plan: Plan) -> Iterator[Problem]:
    """Name a node that leads here and has no config: a config of another node does not stand in for it."""
    before = plan.ancestors(step.node)
    for node in plan.untyped if any(fit.is_unconnected for fit in fits) else ():
        if node in before and node.partition("_")[0] == name:
            yield Problem(
                code="CUR0522",
                message=f"node {node} leads to {step.node} and has no config; {fits[0].name} is not its own",
                fix=f"add the config {node}, or give it that one: --bind-config {node}={fits[0].name}",
                place=step.place,
                node=step.node,
            )


def _ambiguous(name: str, fits: list[Feeding], step: PlannedStep) -> Problem:
    names = [fit.name for fit in fits]
    line = f'"bindings": {{"{PORTS[name]}": "{names[0]}:{OUTPUTS[name]}"}}'
    return Problem(
        code="CUR0522",
        message=f"step {step.node} could use any of {', '.join(names)} for its load test",
        fix=f'add an edge such as ["{names[0]}", "{step.node}"] to the DAG, or {line} to {step.config_key}',
        place=step.place,
        node=step.node,
    )
