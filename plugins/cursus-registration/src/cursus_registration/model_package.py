"""The registration as a step of a public pipeline: RegisterModel of the model registry."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from cursus.kernel.plan import StepOutput
from cursus.paths import OutputPath, Parameter, Uri

from cursus_registration.inference_image import inference_image

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep

    from cursus_registration.registration import RegistrationConfig

GROUP_NAME_LENGTH = 63
DIGEST_LENGTH = 8


def render(step: PlannedStep, plan: Plan) -> dict[str, Any]:
    """Give the RegisterModel step: the arguments of CreateModelPackage."""
    config = cast("RegistrationConfig", step.config)
    container = {
        "Image": inference_image(config),
        "ModelDataUrl": _archive("PackagedModel", "model.tar.gz", step, plan),
        "Environment": config.inference_environment,
    }
    return {
        "Name": step.name,
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": group_name(config.pipeline_name),
            "ModelPackageDescription": config.pipeline_description,
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": [*config.source_model_inference_content_types],
                "SupportedResponseMIMETypes": [*config.source_model_inference_response_types],
                "SupportedRealtimeInferenceInstanceTypes": [config.inference_instance_type],
                "SupportedTransformInstanceTypes": [config.inference_instance_type],
            },
            "ModelApprovalStatus": "PendingManualApproval",
            "SamplePayloadUrl": _archive("GeneratedPayloadSamples", "payload.tar.gz", step, plan),
        },
    }


def group_name(pipeline_name: str) -> str:
    """Make a name that the service takes: letters, digits and single dashes, at most 63; a cut one keeps a digest."""
    name = re.sub(r"[^a-zA-Z0-9]+", "-", pipeline_name).strip("-")
    if len(name) <= GROUP_NAME_LENGTH:
        return name
    digest = sha256(pipeline_name.encode()).hexdigest()[:DIGEST_LENGTH]
    kept = name[: GROUP_NAME_LENGTH - DIGEST_LENGTH - 1].rstrip("-")
    return f"{kept}-{digest}"


def _archive(port: str, file: str, step: PlannedStep, plan: Plan) -> Any:
    """Give the location of the archive in what an input is bound to: a folder, or the archive itself."""
    source = step.bindings[port].source
    if isinstance(source, StepOutput):
        return OutputPath(base=plan.location(source)) / file
    if isinstance(source, Parameter):
        return source
    if isinstance(source, Uri):
        known = source.uri
        return known if known.endswith(".tar.gz") else OutputPath(base=known) / file
    raise TypeError(f"{step.node}.{port} is bound to {source!r}, which is no location in S3")
