"""What a deployment will ask of AWS, made and checked before anything is asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cursus.errors import DeployError, Problem
from cursus.paths import OutputPath
from cursus.pipeline.checks import check_role
from cursus.pipeline.service_model import load_service_model
from cursus.pipeline.uploads import CodeFile, code_file, code_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cursus.pipeline.definition import Definition
    from cursus.pipeline.deploy import DeployOptions

INLINE_BYTES = 100 * 1024
DEFINITIONS = "definitions"
IMAGE_REGION = re.compile(r"\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com")
S3_LOCATION = re.compile(r"s3://[^/\s]+(/\S*)?")
GIBIBYTE = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A checked deployment: the objects with the code, the request and the tags."""

    name: str
    data: Mapping[str, Any]
    files: tuple[CodeFile, ...]
    large_text: tuple[CodeFile, ...]
    request: Mapping[str, Any]
    tags: list[dict[str, str]]
    if_exists: str

    def differs(self, found: Mapping[str, Any]) -> bool:
        """Say whether a described pipeline has another meaning, role or parallelism; layout does not count."""
        same_settings = all(
            found.get(member) == value
            for member, value in self.request.items()
            if member in ("RoleArn", "ParallelismConfiguration")
        )
        return not same_settings or canonical(read_text(found)) != canonical(self.data)

    def warnings(self, region: str) -> tuple[Problem, ...]:
        """Warn of images that are stored in another region than the pipeline."""
        found = sorted(set(IMAGE_REGION.findall(json.dumps(self.data))) - {region})
        return tuple(_other_region(name, region) for name in found)


def make_order(definition: Definition, options: DeployOptions) -> Order:
    """Check a definition and how it shall be deployed; DeployError names every fault."""
    problems: list[Problem] = []
    files: tuple[CodeFile, ...] = ()
    try:
        files = code_files(definition.bundles)
    except DeployError as exc:
        problems += exc.problems
    problems += _volume_problems(definition, files)
    text = json.dumps(definition.data, separators=(",", ":"))
    large = _large_text(text, definition, options, problems)
    request = {
        "PipelineName": definition.name,
        **_definition_member(text, large),
        "RoleArn": _role(definition, options, problems),
        **parallelism_member(options.parallelism),
    }
    tags = [{"Key": name, "Value": options.tags[name]} for name in sorted(options.tags)]
    problems += refusals("CreatePipeline", {**request, "Tags": tags}, ("ClientRequestToken",))
    if problems:
        raise DeployError(problems)
    return Order(
        name=definition.name,
        data=definition.data,
        files=files,
        large_text=large,
        request=request,
        tags=tags,
        if_exists=options.if_exists,
    )


def read_text(described: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read the definition of a described pipeline; None: it is not what a definition is."""
    try:
        data = json.loads(described.get("PipelineDefinition") or "")
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def canonical(data: Any) -> str:
    """Write data so that the same meaning is the same text."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def parallelism_member(parallelism: int | None) -> dict[str, Any]:
    """Give the member of a request that limits how many steps run at once."""
    if parallelism is None:
        return {}
    return {"ParallelismConfiguration": {"MaxParallelExecutionSteps": parallelism}}


def refusals(
    operation: str, request: Mapping[str, Any], left_out: tuple[str, ...] = ()
) -> list[Problem]:
    """Check a request against the service's model; `left_out` are members that boto3 fills."""
    model = load_service_model()
    if model is None:
        return []
    found = model.refusals(dict(request), model.request_shape(operation), "")
    return [
        Problem(
            code="CUR0820",
            message=f"{refusal.path} {refusal.message}",
            fix="give a value that AWS takes",
        )
        for refusal in found
        if refusal.path not in left_out
    ]


def _role(definition: Definition, options: DeployOptions, problems: list[Problem]) -> str:
    role = options.role or definition.role
    if not role:
        message = "the steps name several roles or none, so that the pipeline's own is not known"
        problems.append(_problem("CUR0815", message, "give --role"))
        return "arn:aws:iam::000000000000:role/unknown"
    # One that is wrong is reported here, with the option to mend, and not again by the check of the request.
    found = check_role(role)
    problems += found
    return "arn:aws:iam::000000000000:role/wrong" if found else role


def _definition_member(text: str, large: tuple[CodeFile, ...]) -> dict[str, Any]:
    if not large:
        return {"PipelineDefinition": text}
    target = large[0].target
    location = {"Bucket": target["Bucket"], "ObjectKey": target["Key"]}
    return {"PipelineDefinitionS3Location": location}


def _large_text(
    text: str, definition: Definition, options: DeployOptions, problems: list[Problem]
) -> tuple[CodeFile, ...]:
    """Give the object that holds a definition which is too large for a request; none for a small one."""
    data = text.encode()
    location = options.code_location or definition.code_location or _beside(definition)
    if len(data) <= INLINE_BYTES:
        return ()
    if location is None or not S3_LOCATION.fullmatch(location):
        message = f"the definition has {len(data)} bytes, and {location or 'no code location'} is no S3 URI to put it"
        problems.append(_problem("CUR0823", message, "give --code-location s3://bucket/code"))
        return ()
    name = f"{sha256(data).hexdigest()}.json"
    return (code_file((OutputPath(base=location) / DEFINITIONS / name).uri(), data),)


def _beside(definition: Definition) -> str | None:
    return next((uri.rpartition("/")[0] for uri in sorted(definition.bundles)), None)


def _volume_problems(definition: Definition, files: tuple[CodeFile, ...]) -> Iterator[Problem]:
    """Compare the size of each step's code with the volume of its job."""
    sizes: dict[str, int] = {}
    for file in files:
        bundle = next(uri for uri in definition.bundles if file.uri.startswith(f"{uri}/"))
        sizes[bundle] = sizes.get(bundle, 0) + file.size
    for step in definition.data["Steps"]:
        text = json.dumps(step["Arguments"])
        code = sum(size for uri, size in sizes.items() if f"{uri}" in text)
        volume = _volume(step["Arguments"])
        if volume is not None and code > volume * GIBIBYTE:
            message = f"step {step['Name']}: its code has {code} bytes and its volume {volume} GiB"
            yield _problem("CUR0816", message, "leave data out of the source folder")


def _volume(value: Any) -> int | None:
    """Find VolumeSizeInGB in a step's arguments."""
    if isinstance(value, dict):
        own = value.get("VolumeSizeInGB")
        if isinstance(own, int):
            return own
        return next((v for v in map(_volume, value.values()) if v is not None), None)
    return None


def _other_region(found: str, region: str) -> Problem:
    return Problem(
        code="CUR0822",
        severity="warning",
        message=f"the steps' images are stored in {found}, and the pipeline is in {region}",
        fix=f"set the region in the config and compile again, or deploy with --region {found}",
    )


def _problem(code: str, message: str, fix: str) -> Problem:
    return Problem(code=code, message=message, fix=fix)
