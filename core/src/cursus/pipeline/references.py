"""The references inside a definition: each must exist, and lead backwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cursus.pipeline.service_model import ServiceModel

DESCRIBE = {
    "Processing": "DescribeProcessingJob",
    "Training": "DescribeTrainingJob",
    "Transform": "DescribeTransformJob",
    "Model": "DescribeModel",
    "RegisterModel": "DescribeModelPackage",
}
EXECUTION = frozenset(
    (
        *("PipelineName", "PipelineArn", "PipelineExecutionId", "PipelineExecutionArn"),
        *("StartDateTime", "CurrentDateTime"),
    )
)
PROCESSING_OUTPUT = re.compile(r"ProcessingOutputConfig\.Outputs\['([^']+)'\]")
PART = re.compile(r"\['[^']*'\]|\[\d+\]|[^.\[]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a definition declares: parameters, steps by name, and the position of each step."""

    parameters: frozenset[str]
    steps: Mapping[str, Mapping[str, Any]]
    positions: Mapping[str, int]
    model: ServiceModel | None

    def fault(self, text: str, position: int) -> str | None:
        """Say what is wrong with a reference that the step at a position holds; None: nothing."""
        area, _, rest = text.partition(".")
        if area == "Parameters":
            return None if rest in self.parameters else f"parameter {rest} is not declared"
        if area == "Execution":
            return None if rest in EXECUTION else f"an execution has no {rest}"
        if area == "Steps":
            step, _, path = rest.partition(".")
            return self._step_fault(step, path, position)
        return "it is no reference to Parameters, Steps or Execution"

    def _step_fault(self, name: str, path: str, position: int) -> str | None:
        if name not in self.steps:
            return f"there is no step {name} in the definition"
        if self.positions[name] >= position:
            return f"step {name} does not come before it"
        return self._path_fault(self.steps[name], path)

    def _path_fault(self, step: Mapping[str, Any], path: str) -> str | None:
        output = PROCESSING_OUTPUT.match(path)
        if output and step["Type"] == "Processing" and output[1] not in _outputs(step):
            return f"step {step['Name']} has no output {output[1]}"
        operation = DESCRIBE.get(step["Type"])
        if self.model is None or operation is None:
            return None
        shape: str | None = self.model.response_shape(operation)
        for part in PART.findall(path):
            shape = self._below(shape, part)
            if shape is None:
                return f"a {step['Type']} step has no property {path}"
        return None

    def _below(self, shape_name: str | None, part: str) -> str | None:
        if self.model is None or shape_name is None:
            return None
        shape = self.model.shapes[shape_name]
        if part.startswith("["):
            found = shape.get("member") or shape.get("value")
        else:
            found = shape.get("members", {}).get(part)
        return None if found is None else found["shape"]


def references_in(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk the references inside a value: path and text of each."""
    if isinstance(value, Mapping):
        if set(value) == {"Get"}:
            yield path, str(value["Get"])
            return
        for name, member in value.items():
            yield from references_in(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from references_in(member, f"{path}[{number}]")


def _outputs(step: Mapping[str, Any]) -> set[str]:
    config = step["Arguments"].get("ProcessingOutputConfig", {})
    return {output["OutputName"] for output in config.get("Outputs", ())}
