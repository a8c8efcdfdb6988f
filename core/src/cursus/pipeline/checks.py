"""Check a rendered definition against the service's model and limits; all problems at once."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from cursus.errors import Place, Problem
from cursus.paths import s3_fault
from cursus.pipeline.references import References, references_in
from cursus.pipeline.service_model import load_service_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cursus.pipeline.service_model import ServiceModel

PIPELINE_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")
PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")
STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
NOWHERE = Place()
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


def check_steps(
    steps: Sequence[Mapping[str, Any]], places: Mapping[str, Place] | None = None
) -> list[Problem]:
    """Check the arguments of each step by themselves; `places` are the steps' config entries by name."""
    model = load_service_model()
    found: dict[str, list[tuple[str, Problem]]] = {}
    for step in steps:
        faults = [*_check_uniqueness(step), *_check_local_paths(step)]
        if model is not None:
            faults += _check_arguments(step, model)
        for fault in faults:
            found.setdefault(fault.message, []).append((step["Name"], fault))
    problems = [_folded(same, places or {}) for same in found.values()]
    return problems if model is not None else [_unchecked(), *problems]


def _folded(same: Sequence[tuple[str, Problem]], places: Mapping[str, Place]) -> Problem:
    """Make one problem of what is wrong in several steps alike, such as a role that they all share."""
    names = list(dict.fromkeys(name for name, _ in same))
    first = same[0][1]
    said = f"step {names[0]}" if len(names) == 1 else f"steps {', '.join(names)}"
    place = places.get(names[0], NOWHERE)
    return replace(first, message=f"{said}: {first.message}", place=place)


def check_definition(
    data: Mapping[str, Any], places: Mapping[str, Place] | None = None
) -> list[Problem]:
    """Check names, sizes and references of a definition whose steps are all there; `places` as above."""
    references = _check_references(data, load_service_model(), places or {})
    return [*_check_names(data, places or {}), *_check_sizes(data), *references]


def check_code_location(location: str) -> list[Problem]:
    """Check the S3 URI below which code bundles are uploaded."""
    fault = s3_fault(location)
    if fault is None:
        return []
    message = f"the code location {location!r} {fault}"
    return [_problem("CUR0628", message, "give one such as s3://bucket/code")]


def check_name(name: str, *, is_given: bool) -> list[Problem]:
    """Check a pipeline's name, which is given or made of the config's fields."""
    if PIPELINE_NAME.fullmatch(name):
        return []
    message = (
        f"the pipeline name {name!r} ({len(name)} characters) does not fit {PIPELINE_NAME.pattern}"
    )
    form = "give a name of letters, digits and hyphens, with a letter or digit at both ends, 256 at most"
    fix = form if is_given else "shorten service_name, author or pipeline_version"
    return [_problem("CUR0632", message, fix)]


def check_role(role: str) -> list[Problem]:
    """Check the role that is given for all jobs, once."""
    model = load_service_model()
    refusals = () if model is None else model.refusals(role, "RoleArn", "")
    fix = "give --role the ARN of a role, such as arn:aws:iam::123456789012:role/Name"
    messages = [refusal.message for refusal in refusals]
    return [_problem("CUR0631", f"the given role {'; '.join(messages)}", fix)] if messages else []


def _check_names(data: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[Problem]:
    names = [step["Name"] for step in data["Steps"]]
    for step_name, count in Counter(names).items():
        if count > 1:
            message = f"{count} steps are called {step_name}"
            yield _problem(
                "CUR0632", message, "give one a step_name_override", place=places.get(step_name)
            )
        if not STEP_NAME.fullmatch(step_name):
            message = f"the step name {step_name!r} does not fit {STEP_NAME.pattern}"
            yield _problem(
                "CUR0632", message, "set step_name_override", place=places.get(step_name)
            )
    for parameter in data["Parameters"]:
        if not PARAMETER_NAME.fullmatch(parameter["Name"]):
            message = (
                f"the parameter name {parameter['Name']!r} does not fit {PARAMETER_NAME.pattern}"
            )
            yield _problem("CUR0632", message, "give it a name of letters, digits, - and _")


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


def _check_references(
    data: Mapping[str, Any], model: ServiceModel | None, places: Mapping[str, Place]
) -> Iterator[Problem]:
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
                fix = "mend the binding, or add the missing edge"
                yield _problem("CUR0635", message, fix, place=places.get(name))
        for other in step.get("DependsOn", ()):
            if positions.get(other, len(steps)) >= positions[name]:
                message = f"step {name} depends on {other}, which does not come before it"
                yield _problem("CUR0635", message, "mend the edge", place=places.get(name))
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
            message = f"{refusal.path} {refusal.message}"
            fix = f"mend the value that it comes from; {operation} would refuse it"
            yield _problem("CUR0631", message, fix)


def _check_uniqueness(step: Mapping[str, Any]) -> Iterator[Problem]:
    for path, field in NAMED:
        names = Counter(member.get(field) for member in _members(step, path))
        for name, count in names.items():
            if count > 1:
                message = f"{count} members of {path} are called {name}"
                yield _problem("CUR0632", message, "give each port a name of its own")


def _check_local_paths(step: Mapping[str, Any]) -> Iterator[Problem]:
    """Check the one rule on container paths that the service applies and its model does not say."""
    found = [("S3Input", member) for member in _members(step, "ProcessingInputs")]
    found += [("S3Output", member) for member in _members(step, "ProcessingOutputConfig.Outputs")]
    for key, member in found:
        path = member.get(key, {}).get("LocalPath")
        if isinstance(path, str) and not path.startswith(CONTAINER_ROOT):
            name = member.get("InputName") or member.get("OutputName")
            message = f"{name} has LocalPath {path}, not below {CONTAINER_ROOT}"
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
    code: str,
    message: str,
    fix: str,
    severity: Literal["error", "warning"] = "error",
    place: Place | None = None,
) -> Problem:
    return Problem(code=code, message=message, fix=fix, severity=severity, place=place or NOWHERE)
