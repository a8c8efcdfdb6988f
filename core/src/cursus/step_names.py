"""The names of steps in a definition and a document: no two nodes may come to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cursus.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cursus.kernel.plan import PlannedStep


def same_names(steps: Iterable[PlannedStep]) -> Iterator[tuple[Problem, bool]]:
    """Give a problem for each step whose name an earlier one has, and whether its name is in documents."""
    names: dict[str, str] = {}
    for step in steps:
        other = names.setdefault(step.name, step.node)
        if other != step.node:
            problem = Problem(
                code="CUR0404",
                message=f"nodes {other} and {step.node} both come to the step name {step.name}",
                fix=_fix(step),
                place=step.place,
            )
            yield problem, step.step_type.documented or step.step_type.job.kind == "training"


def _fix(step: PlannedStep) -> str:
    if "job_type" in type(step.config).model_fields:
        return "give one a job_type of its own or a step_name_override"
    return "give one a step_name_override"
