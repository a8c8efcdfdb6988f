"""Helpers of the existing system, bridged to the hook that gives a step's STEP_CONFIG."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pluggy

from cursus.errors import Problem, cause_of
from cursus.kernel import hookspecs
from cursus.kernel.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.plugins import Plugins


class ExecutionDocumentHelper(ABC):
    """Answers for some steps of a document; `step_name` is the name of the DAG's node."""

    @abstractmethod
    def can_handle_step(self, step_name: str, config: Any) -> bool:
        """Say whether this helper answers for a step; asked for each step before the plugins are.

        `config` is None where the node has none in the config file.
        """

    @abstractmethod
    def extract_step_config(self, step_name: str, config: Any) -> Mapping[str, Any]:
        """Give the step's STEP_CONFIG as JSON data."""


@dataclass(frozen=True, slots=True)
class _Bridge:
    helper: ExecutionDocumentHelper

    @hookimpl(tryfirst=True)
    def cursus_extract_step_config(
        self,
        step: PlannedStep,
        plan: Plan,  # noqa: ARG002 - the hook's arguments
    ) -> Mapping[str, Any] | None:
        """Ask the helper; None where it leaves the step to others."""
        if not self.helper.can_handle_step(step.node, step.config):
            return None
        found = self.helper.extract_step_config(step.node, step.config)
        if found is None:
            raise TypeError(f"the helper took {step.node} and gave None instead of its STEP_CONFIG")
        return found


def with_helper(plugins: Plugins, helper: ExecutionDocumentHelper, number: int) -> Plugins:
    """Give the same plugins with a helper that is asked before them; `number` tells equal helpers apart."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, plugin in plugins.manager.list_name_plugin():
        manager.register(plugin, name=name)
    manager.register(_Bridge(helper), name=f"{type(helper).__name__}/{number}")
    return replace(plugins, manager=manager)


def fault_without_config(helper: ExecutionDocumentHelper, node: str) -> Problem | None:
    """Give the problem of a node without a config that a helper answers for, or fails on."""
    name = type(helper).__name__
    try:
        taken = helper.can_handle_step(node, None)
    except Exception as exc:  # noqa: BLE001 - a user's code: the guard around it
        return Problem(
            code="CUR0503",
            message=f"helper {name} failed on node {node}, which has no config: {cause_of(exc)}",
            fix=f"let can_handle_step of {name} take None as config, or add the config {node} to the config file",
        )
    if not taken:
        return None
    return Problem(
        code="CUR0513",
        message=f"{name} answers for node {node}, which has no config",
        fix=f"add the config {node} to the config file",
    )
