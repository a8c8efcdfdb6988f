"""Whether what shipped scripts need is installed; nothing is ever installed from here."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from cursus.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.kernel.plan import PlannedStep


def requirement_problems(steps: Iterable[PlannedStep]) -> list[Problem]:
    """Report each requirement that is missing or of another version, with all steps that have it."""
    users: dict[str, list[str]] = {}
    for step in steps:
        if step.step_type.script is not None:
            for requirement in step.step_type.script.requirements:
                users.setdefault(requirement, []).append(step.node)
    faults = {requirement: _fault(requirement) for requirement in users}
    return [
        Problem(
            code="CUR0704",
            message=f"{fault}; needed by {', '.join(users[requirement])}",
            fix=f"pip install '{requirement}'",
        )
        for requirement, fault in faults.items()
        if fault
    ]


def _fault(text: str) -> str:
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    if requirement.marker is not None and not requirement.marker.evaluate():
        return ""
    version = _version(requirement.name)
    if version is None:
        return f"{requirement.name} is not installed"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} {version} is installed, not {requirement.specifier}"
    return ""


def _version(name: str) -> str | None:
    """Find the version of a distribution, or of one that brings a package of that name (xgboost-cpu: xgboost)."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        owners = metadata.packages_distributions().get(name.replace("-", "_"), [])
        return metadata.version(owners[0]) if owners else None
