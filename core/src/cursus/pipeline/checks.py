"""Check a rendered definition against the service's model and limits; all problems at once."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from cursus.errors import Problem
from cursus.pipeline.references import References, references_in
from cursus.pipeline.service_model import load_service_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cursus.pipeline.service_model import ServiceModel

PIPELINE_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")
STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
MOST_PARAMETERS = 200
MOST_BYTES = 1024 * 1024
USUAL_STEPS = 50
CONTAINER_ROOT = "/opt/ml/processing/"
# The operation behind a step, and the one member that the pipeline itself fills.
OPERATIONS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "Training": ("CreateTrainingJob", "TrainingJobName"),
    "Transform": ("CreateTransformJob", "TransformJobName"),
    "Model": ("CreateModel", "ModelName"),
    "RegisterModel": ("CreateModelPackage", ""),
}
NAMED = (
    ("ProcessingInputs", "InputName"),
    ("ProcessingOutputConfig.Outputs", "OutputName"),
    ("InputDataConfig", "ChannelName"),
)


def check_steps(steps: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Check the arguments of each step by themselves."""
    model = load_service_model()
    problems = [] if model is not None else [_unchecked()]
    for step in steps:
        problems += _check_uniqueness(step)
        problems += _check_local_paths(step)
        if model is not None:
            problems += _check_arguments(step, model)
    return problems


def check_definition(name: str, data: Mapping[str, Any]) -> list[Problem]:
    """Check names, sizes and references of a definition whose steps are all there."""
    model = load_service_model()
    return [*_check_names(name, data), *_check_sizes(data), *_check_references(data, model)]


def _check_names(name: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    if not PIPELINE_NAME.fullmatch(name):
        message = f"the pipeline name {name!r} ({len(name)} characters) does not fit {PIPELINE_NAME.pattern}"
        yield _problem("CUR0632", message, "shorten service_name, author or pipeline_version")
    names = [step["Name"] for step in data["Steps"]]
    for step_name, count in Counter(names).items():
        if count > 1:
            message = f"{count} steps are called {step_name}"
            yield _problem("CUR0632", message, "give one a step_name_override")
        if not STEP_NAME.fullmatch(step_name):
            message = f"the step name {step_name!r} does not fit {STEP_NAME.pattern}"
            yield _problem("CUR0632", message, "set step_name_override")


def _check_sizes(data: Mapping[str, Any]) -> Iterator[Problem]:
    parameters, steps = len(data["Parameters"]), len(data["Steps"])
    if parameters > MOST_PARAMETERS:
        message = f"the definition has {parameters} parameters; the limit is {MOST_PARAMETERS}"
        yield _problem("CUR0633", message, "bind fewer inputs to parameters of their own")
    size = len(json.dumps(data, separators=(",", ":")).encode())
    if size > MOST_BYTES:
        message = f"the definition has {size} bytes; the limit is {MOST_BYTES}"
        yield _problem("CUR0633", message, "split the pipeline")
    if steps > USUAL_STEPS:
        message = f"the definition has {steps} steps; an account's usual quota is {USUAL_STEPS}"
        yield _problem(
            "CUR0634", message, "ask for a higher quota, or split the pipeline", "warning"
        )


def _check_references(data: Mapping[str, Any], model: ServiceModel | None) -> Iterator[Problem]:
    declared = [parameter["Name"] for parameter in data["Parameters"]]
    steps = {step["Name"]: step for step in data["Steps"]}
    positions = {name: position for position, name in enumerate(steps)}
    references = References(
        parameters=frozenset(declared), steps=steps, positions=positions, model=model
    )
    used = set()
    for name, step in steps.items():
        for path, text in references_in(step):
            used.add(text)
            fault = references.fault(text, positions[name])
            if fault is not None:
                message = f"step {name}: {path} refers to {text}, but {fault}"
                yield _problem("CUR0635", message, "mend the binding, or add the missing edge")
        for other in step.get("DependsOn", ()):
            if positions.get(other, len(steps)) >= positions[name]:
                message = f"step {name} depends on {other}, which does not come before it"
                yield _problem("CUR0635", message, "mend the edge")
    for parameter in declared:
        if f"Parameters.{parameter}" not in used:
            message = f"parameter {parameter} is declared and never used"
            yield _problem("CUR0635", message, "take it out of the list of parameters")


def _check_arguments(step: Mapping[str, Any], model: ServiceModel) -> Iterator[Problem]:
    if step["Type"] not in OPERATIONS:
        return
    operation, filled = OPERATIONS[step["Type"]]
    shape = model.request_shape(operation)
    for refusal in model.refusals(step["Arguments"], shape, ""):
        if refusal.path != filled:
            message = f"step {step['Name']}: {refusal.path} {refusal.message}"
            fix = f"mend the value that it comes from; {operation} would refuse it"
            yield _problem("CUR0631", message, fix)


def _check_uniqueness(step: Mapping[str, Any]) -> Iterator[Problem]:
    for path, field in NAMED:
        names = Counter(member.get(field) for member in _members(step, path))
        for name, count in names.items():
            if count > 1:
                message = f"step {step['Name']}: {count} members of {path} are called {name}"
                yield _problem("CUR0632", message, "give each port a name of its own")


def _check_local_paths(step: Mapping[str, Any]) -> Iterator[Problem]:
    """Check the one rule on container paths that the service applies and its model does not say."""
    found = [("S3Input", member) for member in _members(step, "ProcessingInputs")]
    found += [("S3Output", member) for member in _members(step, "ProcessingOutputConfig.Outputs")]
    for key, member in found:
        path = member.get(key, {}).get("LocalPath")
        if isinstance(path, str) and not path.startswith(CONTAINER_ROOT):
            name = member.get("InputName") or member.get("OutputName")
            message = (
                f"step {step['Name']}: {name} has LocalPath {path}, not below {CONTAINER_ROOT}"
            )
            yield _problem("CUR0631", message, "mend the port's path in its step type")


def _members(step: Mapping[str, Any], path: str) -> Sequence[Mapping[str, Any]]:
    found: Any = step["Arguments"]
    for part in path.split("."):
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return [member for member in found if isinstance(member, dict)] if found else []


def _unchecked() -> Problem:
    message = (
        "botocore is not installed: the arguments were not checked against the service's model"
    )
    return _problem("CUR0636", message, "pip install 'cursus-core[deploy]'", "warning")


def _problem(
    code: str, message: str, fix: str, severity: Literal["error", "warning"] = "error"
) -> Problem:
    return Problem(code=code, message=message, fix=fix, severity=severity)
