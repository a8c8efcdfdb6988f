"""The STEP_TYPEs of steps, and the names of nodes that could not be planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.config.keys import step_type_name
from cursus.document.layout import TRAINING_STEP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.config import ConfigEntry
    from cursus.kernel.step_type import StepType

DOCUMENTED = {  # also where their plugin is missing
    "CradleDataLoading": ("WORKFLOW_INPUT", "CradleDataLoadingStep"),
    "Registration": ("PROCESSING_STEP", "MimsModelRegistrationProcessingStep"),
}
OLDER_NAMES = {"CradleDataLoad": "CradleDataLoading"}
NOT_TRAINING = frozenset({"DummyTraining"})  # a Processing job, whatever its name says


@dataclass(frozen=True, slots=True, kw_only=True)
class UntypedNode:
    """A node that no step was planned for: the name of its step type, and its key in the document."""

    node: str
    name: str
    key: str
    entry: ConfigEntry | None = None


def untyped_node(node: str, entry: ConfigEntry | None) -> UntypedNode:
    """Read step type and key from the node's config entry; without one from its name: `Fit_training`."""
    if entry is None:
        name, _, job_type = node.partition("_")
        return UntypedNode(node=node, name=name, key=_key(name, job_type.capitalize()))
    written = step_type_name(entry.class_name)
    name = OLDER_NAMES.get(written, written)
    key = _text(entry, "step_name_override") or _key(name, _suffix(name, entry))
    return UntypedNode(node=node, name=name, key=key, entry=entry)


def document_step_type(step_type: StepType[Any]) -> str | list[str]:
    """Give a step type's STEP_TYPE: what it declares, else that of a Training or a Processing step."""
    if isinstance(step_type.document, str):
        return step_type.document
    if step_type.document is not None:
        return [*step_type.document]
    return (
        TRAINING_STEP if step_type.job.kind == "training" else ["PROCESSING_STEP", step_type.name]
    )


def named_step_type(name: str, step_types: Mapping[str, StepType[Any]]) -> str | list[str]:
    """Give the STEP_TYPE of a step type that need not be installed."""
    if name in step_types:
        return document_step_type(step_types[name])
    if means_training(name, step_types):
        return TRAINING_STEP
    return [*DOCUMENTED.get(name, ("PROCESSING_STEP", name))]


def means_training(name: str, step_types: Mapping[str, StepType[Any]]) -> bool:
    """Say whether a step type is one of SageMaker Training jobs; one that is not installed, by its name."""
    if name in step_types:
        return step_types[name].job.kind == "training"
    return name.endswith("Training") and name not in NOT_TRAINING


def _key(name: str, suffix: str) -> str:
    return f"{name}-{suffix}" if suffix else name


def _suffix(name: str, entry: ConfigEntry) -> str:
    if name == "Registration":
        return _text(entry, "region")
    return _text(entry, "job_type").capitalize()


def _text(entry: ConfigEntry, name: str) -> str:
    value = entry.fields.get(name)
    return value if isinstance(value, str) else ""
