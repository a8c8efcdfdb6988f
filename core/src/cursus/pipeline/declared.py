"""The parameters of a definition: each one that is referenced, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cursus.binding import source_text
from cursus.errors import InvalidInputError, Problem
from cursus.kernel.plan import StepOutput
from cursus.paths import Expression, OutputPath, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.kernel.plan import Plan

UNUSED = "CUR0613"


def declared_parameters(steps: object, plan: Plan) -> tuple[list[Parameter], list[Problem]]:
    """List the parameters that rendered steps refer to: the standard ones first, the others by name."""
    standard = [p for p in _standard(plan) if isinstance(p, Parameter)]
    known = {parameter.name: parameter for parameter in (*plan.extra_parameters, *standard)}
    found: dict[str, Parameter] = {}
    problems = list(_of_two_meanings(plan, known, standard))
    for parameter in references(steps, known):
        best = known.get(parameter.name, parameter)
        other = found.setdefault(parameter.name, best)
        if parameter.default not in (None, other.default):
            if other.default is None:
                found[parameter.name] = parameter
            else:
                problems.append(_two_defaults(parameter, other))
    order = {parameter.name: number for number, parameter in enumerate(standard)}
    ordered = sorted(found.values(), key=lambda p: (order.get(p.name, len(order)), p.name))
    unused = [_unused(p, standard) for p in known.values() if p.name not in found]
    return ordered, [*dict.fromkeys(problems), *unused]


def _of_two_meanings(
    plan: Plan, known: Mapping[str, Parameter], standard: list[Parameter]
) -> Iterator[Problem]:
    """Name the parameters that services give locations by, and that are called like one with another meaning."""
    own = {p.name: source for source, p in _service_parameters(plan)}
    for name in sorted(own.keys() & known.keys()):
        other = known[name]
        if other in standard or other.type != "String":
            yield _same_name(own[name], other, is_standard=other in standard)


def _service_parameters(plan: Plan) -> Iterator[tuple[StepOutput, Parameter]]:
    for step in plan:
        for binding in step.bindings.values():
            if not isinstance(binding.source, StepOutput):
                continue
            with suppress(InvalidInputError):  # which the rendering of the step that reads it tells
                location = plan.location(binding.source)
                if isinstance(location, Parameter):
                    yield binding.source, location


def parameter_data(parameter: Parameter) -> dict[str, Any]:
    """Declare a parameter as a definition does."""
    default = {} if parameter.default is None else {"DefaultValue": parameter.default}
    return {"Name": parameter.name, "Type": parameter.type, **default}


def references(value: object, known: Mapping[str, Parameter]) -> Iterator[Parameter]:
    """Walk the parameters inside rendered steps, those written as `{"Get": ...}` included."""
    if isinstance(value, Parameter):
        yield value
    elif isinstance(value, OutputPath):
        yield from references((value.base, *value.parts), known)
    elif isinstance(value, Expression):
        yield from references(value.data, known)
    elif isinstance(value, Mapping):
        named = str(value.get("Get", "")) if len(value) == 1 else ""
        if named.startswith("Parameters.") and named.removeprefix("Parameters.") in known:
            yield known[named.removeprefix("Parameters.")]
        for member in value.values():
            yield from references(member, known)
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from references(member, known)


def _standard(plan: Plan) -> Iterable[Parameter | str | None]:
    given = plan.parameters
    return (given.prefix, given.kms_key, given.security_group, given.subnet)


def _two_defaults(parameter: Parameter, other: Parameter) -> Problem:
    return Problem(
        code="CUR0612",
        message=f"parameter {parameter.name} has two defaults: {other.default!r}, {parameter.default!r}",
        fix="give it one default, or use two names",
    )


def _same_name(source: StepOutput, other: Parameter, *, is_standard: bool) -> Problem:
    kind = "another parameter of the pipeline"
    what = kind if is_standard else f"a parameter of type {other.type}"
    return Problem(
        code="CUR0611",
        message=f"{other.name} is the name of {what}, and of the one that says where {source_text(source)} is",
        fix="give that parameter another name, or the step a step_name_override",
    )


def _unused(parameter: Parameter, standard: list[Parameter]) -> Problem:
    return Problem(
        code=UNUSED,
        severity="warning" if parameter in standard else "error",
        message=f"nothing in the pipeline refers to parameter {parameter.name}; it is not declared",
        fix='leave it out, or bind an input to it: {"parameter": "' + parameter.name + '"}',
    )
