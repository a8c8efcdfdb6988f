"""Processing steps: the arguments of CreateProcessingJob."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cursus.errors import Problem
from cursus.pipeline.bundles import split_environment
from cursus.pipeline.security import is_isolated, kms_key, volume_kms_key, vpc_config
from cursus.pipeline.sources import config_place

if TYPE_CHECKING:
    from cursus.kernel.plan import PlannedStep
    from cursus.pipeline.bundles import Bundle
    from cursus.pipeline.rendering import Location, Rendering

CODE_FOLDER = PurePosixPath("/opt/ml/processing/input/code")


def processing_arguments(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    """Shape a step as CreateProcessingJob takes it; run-time values stay objects."""
    bundle = rendering.bundle(step)
    job = step.step_type.job
    arguments: dict[str, Any] = {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": step.attribute(job.instance_type),
                "InstanceCount": step.attribute(job.instance_count),
                "VolumeSizeInGB": step.attribute(job.volume_size),
                **volume_kms_key(step, rendering),
            }
        },
        "AppSpecification": _application(step, rendering, bundle),
        "RoleArn": rendering.role_of(step),
        "ProcessingInputs": _inputs(step, rendering, rendering.upload(bundle)),
        **_outputs(step, rendering),
        "Environment": split_environment(step)[0],
        **_network(step, rendering),
        "StoppingCondition": {"MaxRuntimeInSeconds": step.attribute(job.max_runtime)},
    }
    return {name: value for name, value in arguments.items() if value != {}}


def _application(step: PlannedStep, rendering: Rendering, bundle: Bundle) -> dict[str, Any]:
    if "requirements.txt" in bundle.files:
        rendering.warnings.append(_requirements_ignored(step, rendering))
    arguments = {"ContainerArguments": list(step.arguments)} if step.arguments else {}
    return {
        "ImageUri": rendering.image_of(step),
        **arguments,
        "ContainerEntrypoint": ["python3", str(CODE_FOLDER / bundle.entry_point)],
    }


def _requirements_ignored(step: PlannedStep, rendering: Rendering) -> Problem:
    return Problem(
        code="CUR0605",
        severity="warning",
        message=f"step {step.name}: a Processing job does not install its source folder's requirements.txt",
        fix="use what the image has, or an image of your own with image_uri",
        place=config_place(step, rendering.plan, step.step_type.job.source_dir),
    )


def _inputs(step: PlannedStep, rendering: Rendering, code: str) -> list[dict[str, Any]]:
    inputs = []
    for binding in step.bindings.values():
        location = rendering.location(step, binding)
        if location is not None:
            inputs.append(_input(binding.input, location, step.port(binding).path))
    return [*inputs, _input("code", code, str(CODE_FOLDER))]


def _input(name: str, location: Location, path: str) -> dict[str, Any]:
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": location,
            "LocalPath": path,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _outputs(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    outputs = [
        {
            "OutputName": port.name,
            "AppManaged": False,
            "S3Output": {
                "S3Uri": step.outputs[port.name],
                "LocalPath": port.path,
                "S3UploadMode": "EndOfJob",
            },
        }
        for port in step.step_type.outputs
    ]
    if not outputs:
        return {}
    return {"ProcessingOutputConfig": {"Outputs": outputs, **kms_key(rendering)}}


def _network(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    vpc = vpc_config(step, rendering)
    isolated = is_isolated(step)
    if not vpc and isolated is None:
        return {}
    return {
        "NetworkConfig": {
            "EnableNetworkIsolation": bool(isolated),
            "EnableInterContainerTrafficEncryption": True,
            **vpc,
        }
    }
