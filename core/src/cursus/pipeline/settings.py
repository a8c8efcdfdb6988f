"""What a definition says of a step beside its arguments: caching, retries, property files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.step_type import Fault

if TYPE_CHECKING:
    from cursus.config.step_config import RetryPolicy
    from cursus.kernel.plan import PlannedStep
    from cursus.pipeline.rendering import Rendering

CACHE_AGE = "P30D"
JOBS = frozenset({"Processing", "Training", "Transform"})
JOB_FAULTS = "SageMaker."


def step_settings(kind: str, step: PlannedStep, rendering: Rendering) -> dict[str, Any]:
    """Give the settings of a step of a kind such as `Processing`, as its config and its outputs declare them."""
    settings: dict[str, Any] = {}
    if kind in JOBS and getattr(step.config, "enable_caching", False):
        settings["CacheConfig"] = {"Enabled": True, "ExpireAfter": CACHE_AGE}
    policies: tuple[RetryPolicy, ...] = getattr(step.config, "retry_policies", ())
    if policies:
        settings["RetryPolicies"] = [_retry(policy, kind, step, rendering) for policy in policies]
    files = _property_files(step) if kind == "Processing" else []
    return {**settings, "PropertyFiles": files} if files else settings


def _retry(
    policy: RetryPolicy, kind: str, step: PlannedStep, rendering: Rendering
) -> dict[str, Any]:
    of_jobs = [name for name in policy.exception_types if name.startswith(JOB_FAULTS)]
    if of_jobs and kind not in JOBS:
        fault = Fault(
            field="retry_policies",
            message=f"a {kind} step runs no job, so it cannot be retried for {', '.join(of_jobs)}",
            fix="retry it for Step.SERVICE_FAULT or Step.THROTTLING",
        )
        raise rendering.error(step, "CUR0660", fault)
    ends = {"MaxAttempts": policy.max_attempts, "ExpireAfterMin": policy.expire_after_minutes}
    return {
        "BackoffRate": policy.backoff_rate,
        "IntervalSeconds": policy.interval_seconds,
        **{name: value for name, value in ends.items() if value is not None},
        "ExceptionType": list(policy.exception_types),
    }


def _property_files(step: PlannedStep) -> list[dict[str, str]]:
    """Name each property file after its output, as conditions then do."""
    return [
        {"PropertyFileName": port.name, "OutputName": port.name, "FilePath": port.property_file}
        for port in step.step_type.outputs
        if port.property_file is not None
    ]
