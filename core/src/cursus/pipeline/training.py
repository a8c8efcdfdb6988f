"""Training steps: the arguments of CreateTrainingJob, with script mode as the SDK asks for it."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cursus.kernel.step_type import Fault
from cursus.pipeline.bundles import ARCHIVE, archived, split_environment
from cursus.pipeline.security import is_isolated, kms_key, volume_kms_key, vpc_config

if TYPE_CHECKING:
    from cursus.kernel.plan import PlannedStep
    from cursus.kernel.step_type import Input
    from cursus.paths import OutputPath
    from cursus.pipeline.rendering import Location, Rendering

DATA_FOLDER = PurePosixPath("/opt/ml/input/data")
CODE_CHANNEL = "code"
LOG_LEVEL = 20


def training_arguments(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    """Shape a step as CreateTrainingJob takes it; run-time values stay objects."""
    bundle = archived(rendering.bundle(step))
    code = rendering.upload(bundle)
    isolated = bool(is_isolated(step))
    channels = _channels(step, rendering)
    archive = f"{code}/{ARCHIVE}"
    if isolated:  # without a network the script's archive arrives as a channel, as with the SDK
        channels.append(_channel(CODE_CHANNEL, archive))
        archive = str(DATA_FOLDER / CODE_CHANNEL / ARCHIVE)
    arguments: dict[str, Any] = {
        "AlgorithmSpecification": {
            "TrainingInputMode": "File",
            "TrainingImage": rendering.image_of(step),
        },
        "OutputDataConfig": {"S3OutputPath": _output_path(step, rendering), **kms_key(rendering)},
        **_resources(step, rendering),
        "RoleArn": rendering.role_of(step),
        "InputDataConfig": channels,
        "HyperParameters": _hyperparameters(step, bundle.entry_point, archive),
        "Environment": split_environment(step)[0],
        **_network(step, rendering, isolated=isolated),
    }
    return {name: value for name, value in arguments.items() if value not in ({}, [])}


def _resources(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    job = step.step_type.job
    return {
        "StoppingCondition": {"MaxRuntimeInSeconds": step.attribute(job.max_runtime)},
        "ResourceConfig": {
            "VolumeSizeInGB": step.attribute(job.volume_size),
            **volume_kms_key(step, rendering),
            "InstanceCount": step.attribute(job.instance_count),
            "InstanceType": step.attribute(job.instance_type),
        },
    }


def _hyperparameters(step: PlannedStep, entry_point: str, archive: str) -> dict[str, str]:
    """Give script mode's own settings; each value is JSON, as the container decodes it."""
    settings = {
        "sagemaker_submit_directory": archive,
        "sagemaker_program": entry_point,
        "sagemaker_container_log_level": LOG_LEVEL,
        "sagemaker_region": step.attribute("aws_region"),
    }
    return {name: json.dumps(value) for name, value in settings.items()}


def _channels(step: PlannedStep, rendering: Rendering) -> list[dict[str, Any]]:
    channels = []
    for binding in step.bindings.values():
        location = rendering.location(step, binding)
        if location is None:
            continue
        port = step.port(binding)
        if port.channels:
            channels += [_channel(name, _below(location, name)) for name in port.channels]
        else:
            channels.append(_channel(_channel_name(step, port, rendering), location))
    return channels


def _below(location: Location, folder: str) -> object:
    """Join a folder with its slash: without it, `train` would also read `train_old`."""
    if isinstance(location, str):
        return f"{location.rstrip('/')}/{folder}/"
    return {"Std:Join": {"On": "/", "Values": [location, f"{folder}/"]}}


def _channel_name(step: PlannedStep, port: Input[Any], rendering: Rendering) -> str:
    path = PurePosixPath(port.path)
    if path.parent != DATA_FOLDER:
        fault = Fault(
            field="bindings",
            message=f"input {port.name} is read at {path}, and a channel arrives below {DATA_FOLDER}",
            fix="take its binding out: the code bundle holds it",
        )
        raise rendering.error(step, "CUR0624", fault)
    return path.name


def _channel(name: str, location: object) -> dict[str, Any]:
    return {
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": location,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
        "ChannelName": name,
    }


def _output_path(step: PlannedStep, rendering: Rendering) -> OutputPath:
    """Give the one prefix that a training job writes all its outputs to."""
    paths = list(dict.fromkeys(step.outputs.values()))
    if len(paths) != 1:
        fault = Fault(
            field="",
            message=f"a training job writes to one prefix, and its outputs name {len(paths)}",
            fix="give all its outputs the same path in cursus_build_output_path",
        )
        raise rendering.error(step, "CUR0625", fault)
    return paths[0]


def _network(step: PlannedStep, rendering: Rendering, *, isolated: bool) -> dict[str, Any]:
    vpc = vpc_config(step, rendering)
    encrypted = {"EnableInterContainerTrafficEncryption": True} if vpc else {}
    return {**vpc, **encrypted, **({"EnableNetworkIsolation": True} if isolated else {})}
