"""A plan's parts of the execution document: which steps are in it, under which names, with what."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.document.contents import doubts
from cursus.document.layout import TRAINING_STEP
from cursus.errors import (
    CursusError,
    InvalidInputError,
    Place,
    PluginError,
    Problem,
    RunTimeValueError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.kernel.plugins import Plugins
    from cursus.kernel.step_type import StepType

EXTRACT = "cursus_extract_step_config"
DOCUMENTED = frozenset({"CradleDataLoading", "Registration"})  # also where their plugin is missing
NOT_TRAINING = frozenset({"DummyTraining"})  # a Processing job, whatever its name says


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One DAG node's part: its key in the document, other keys that mean it, its STEP_TYPE and STEP_CONFIG.

    A `step_config` of None: the step is not in the document.
    """

    node: str
    key: str
    other_keys: frozenset[str] = frozenset()
    step_type: str | list[str] = ""
    step_config: dict[str, Any] | None = None

    @property
    def own_keys(self) -> set[str]:
        """Give the names that are the step's alone: its pipeline step name and its DAG node's."""
        return {self.key, self.node}


@dataclass(slots=True, kw_only=True)
class Extraction:
    """Asks the plugins for every step's part, and gathers what went wrong (`problems`) or is doubtful (`warnings`)."""

    plan: Plan
    plugins: Plugins
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def parts(self) -> list[Part]:
        """Give a part for every node, in Kahn order of the DAG."""
        steps = self.plan.steps
        return [
            self._planned(steps[node]) if node in steps else self._untyped(node)
            for node in self.plan.dag.kahn_order()
        ]

    def _planned(self, step: PlannedStep) -> Part:
        suffix = step.step_type.suffix(step.config) or ""
        names = (name.replace("{suffix}", suffix) for name in step.step_type.document_names)
        return Part(
            node=step.node,
            key=step.name,
            other_keys=frozenset(names),
            step_type=document_step_type(step.step_type),
            step_config=self._step_config(step),
        )

    def _step_config(self, step: PlannedStep) -> dict[str, Any] | None:
        try:
            found = self.plugins.extract_step_config(step, self.plan)
            if found is None:
                return {} if step.step_type.job.kind == "training" else None
            self.warnings += doubts(step, self.plan)
            return _plain(found, step)
        except InvalidInputError as exc:
            self.problems.extend(exc.problems)
        except RunTimeValueError as exc:
            self.problems.append(_no_prefix(step, exc))
        except CursusError as exc:
            self.problems.append(_failed(step, exc))
        return None

    def _untyped(self, node: str) -> Part:
        """Take an unplanned node by its name: a Training step has an entry without any config."""
        name, key = name_and_key(node)
        known = self.plugins.step_types.get(name)
        if name in DOCUMENTED or (known is not None and known.documented):
            self.problems.append(_unowned(node, name, self.plan, self.plugins))
        if means_training(name, self.plugins.step_types):
            return Part(node=node, key=key, step_type=TRAINING_STEP, step_config={})
        return Part(node=node, key=key)


def name_and_key(node: str) -> tuple[str, str]:
    """Read step type and key from the name of a node: `CradleDataLoading_training`."""
    name, _, suffix = node.partition("_")
    return name, f"{name}-{suffix.capitalize()}" if suffix else name


def document_step_type(step_type: StepType[Any]) -> str | list[str]:
    """Give a step type's STEP_TYPE: what it declares, else that of a Training or a Processing step."""
    if isinstance(step_type.document, str):
        return step_type.document
    if step_type.document is not None:
        return [*step_type.document]
    return (
        TRAINING_STEP if step_type.job.kind == "training" else ["PROCESSING_STEP", step_type.name]
    )


def means_training(name: str, step_types: Mapping[str, StepType[Any]]) -> bool:
    """Say whether a step type is one of SageMaker Training jobs; one that is not installed, by its name."""
    if name in step_types:
        return step_types[name].job.kind == "training"
    return name.endswith("Training") and name not in NOT_TRAINING


def _plain(found: Mapping[str, Any], step: PlannedStep) -> dict[str, Any]:
    """Take a copy as JSON data; what is not an object of JSON values is the plugin's fault."""
    try:
        return dict(json.loads(json.dumps({**found}, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as exc:
        raise PluginError(step.plugin, EXTRACT, exc) from exc


def _failed(step: PlannedStep, exc: CursusError) -> Problem:
    cause = exc.cause if isinstance(exc, PluginError) else exc
    what = f"{cause}" if isinstance(cause, (CursusError, ValueError)) else f"{exc}"
    return Problem(
        code="CUR0503",
        message=f"the STEP_CONFIG of step {step.name} cannot be made: {what}",
        fix=f"mend the config {step.config_key}, or report it to the team of {step.plugin}",
        place=step.place,
    )


def _no_prefix(step: PlannedStep, exc: RunTimeValueError) -> Problem:
    return Problem(
        code="CUR0510",
        message=f"step {step.name} needs a location, and a document holds values: {exc}",
        fix="give the prefix that counts, as in --prefix s3://bucket/folder",
        place=step.place,
    )


def _unowned(node: str, name: str, plan: Plan, plugins: Plugins) -> Problem:
    """Say what the plan says of the class of its config; without a config, what the node's name means."""
    told = [w for w in plan.warnings if w.code == "CUR0402" and w.node == node]
    if told:
        what, fix = told[0].message.removeprefix(f"step {node}: "), told[0].fix
    elif name in plugins.step_types:
        what, fix = "no config stands for it", f"give it a {name} config"
    else:
        what, fix = "no plugin owns its step type", plugins.why_not(f"{name}Config")
    message = f"step {node} must be in the document, but {what}"
    place = Place(file=plan.config_file)
    return Problem(code="CUR0511", message=message, fix=fix, place=place)
