"""Encryption and network of a job: from the pipeline's parameters, or fixed in a step's config."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cursus.kernel.step_type import Fault

if TYPE_CHECKING:
    from cursus.kernel.plan import PlannedStep
    from cursus.paths import Parameter
    from cursus.pipeline.rendering import Rendering

# Families with local NVMe disks, whose jobs the service refuses when they name a volume key.
LOCAL_DISKS = re.compile(r"[a-z]+\d+[a-z]*d[a-z]*|g[5-7]e?|p5\w*|p6[\w-]*|trn\d\w*|i\d\w*")


def kms_key(rendering: Rendering) -> dict[str, Parameter]:
    """Give the member that encrypts an output, or none."""
    key = rendering.plan.parameters.kms_key
    return {} if key is None else {"KmsKeyId": key}


def volume_kms_key(step: PlannedStep, rendering: Rendering) -> dict[str, Parameter]:
    """Give the member that encrypts a job's volume; none for instances with local disks.

    A config's `skip_volume_kms` of True or False decides instead of the instance family.
    """
    key = rendering.plan.parameters.kms_key
    skip: bool | None = getattr(step.config, "skip_volume_kms", None)
    if skip is None:
        skip = has_local_disks(step.attribute(step.step_type.job.instance_type))
    return {} if key is None or skip else {"VolumeKmsKeyId": key}


def has_local_disks(instance_type: str) -> bool:
    """Say whether an instance type such as ml.g5.2xlarge keeps its volume on disks of its own."""
    family = instance_type.removeprefix("ml.").rpartition(".")[0]
    return LOCAL_DISKS.fullmatch(family) is not None


def vpc_config(step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    """Give the member VpcConfig: the config's own groups and subnets, else the parameters; or none."""
    parameters = rendering.plan.parameters
    groups = _members(step, "security_group_ids", parameters.security_group)
    subnets = _members(step, "subnets", parameters.subnet)
    if bool(groups) != bool(subnets):
        there, missing = (
            ("security groups", "subnets") if groups else ("subnets", "security groups")
        )
        fault = Fault(
            field="subnets" if groups else "security_group_ids",
            message=f"its network has {there} but no {missing}",
            fix="give both, in the config or as pipeline parameters, or neither",
        )
        raise rendering.error(step, "CUR0623", fault)
    return {"VpcConfig": {"SecurityGroupIds": groups, "Subnets": subnets}} if groups else {}


def is_isolated(step: PlannedStep) -> bool | None:
    """Say what the config decides on network isolation; None: nothing."""
    isolated: bool | None = getattr(step.config, "enable_network_isolation", None)
    return isolated


def _members(step: PlannedStep, field: str, parameter: Parameter | None) -> list[Any]:
    own = getattr(step.config, field, None)
    if own:
        return list(own)
    return [] if parameter is None else [parameter]
