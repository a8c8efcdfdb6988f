"""The registration's part of the execution document."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cursus.kernel.plan import StepOutput

from cursus_registration.inference_image import inference_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.kernel.plan import Plan, PlannedStep
    from pydantic import BaseModel

    from cursus_registration.registration import RegistrationConfig

log = logging.getLogger(__name__)
PORTS = {"PackageConfig": "PackagedModel", "PayloadConfig": "GeneratedPayloadSamples"}
ConfigT = TypeVar("ConfigT", bound="BaseModel")


def extract(step: PlannedStep, plan: Plan) -> dict[str, Any]:
    """Give the STEP_CONFIG of a registration, in the platform's key order."""
    config = cast("RegistrationConfig", step.config)
    given = config.source_model_inference_input_variable_list
    variables = dict(given) if isinstance(given, dict) else [list(pair) for pair in given]
    content = {
        "source_model_inference_image_arn": inference_image(config),
        "model_domain": config.model_domain,
        "model_objective": config.model_objective,
        "source_model_inference_content_types": [*config.source_model_inference_content_types],
        "source_model_inference_response_types": [*config.source_model_inference_response_types],
        "source_model_inference_input_variable_list": variables,
        "source_model_inference_output_variable_list": {
            **config.source_model_inference_output_variable_list
        },
        "source_model_region": config.aws_region,
        "model_owner": config.model_owner,
        "model_registration_region": config.region,
        "source_model_environment_variable_map": config.inference_environment,
    }
    load_test = _load_test(step, plan)
    return content if load_test is None else {**content, "load_testing_info_map": load_test}


def _load_test(step: PlannedStep, plan: Plan) -> dict[str, Any] | None:
    """Describe the load test, where both a Payload and a Package step feed the registration."""
    from cursus_registration.package import PackageConfig
    from cursus_registration.payload import PayloadConfig

    package = _feeding_config(PackageConfig, step, plan)
    payload = _feeding_config(PayloadConfig, step, plan)
    if package is None or payload is None:
        return None
    info = {
        "sample_payload_s3_bucket": payload.bucket,
        "sample_payload_s3_key": payload.sample_payload_s3_key,
        "expected_tps": payload.expected_tps,
        "max_latency_in_millisecond": payload.max_latency_in_millisecond,
        "max_acceptable_error_rate": payload.max_acceptable_error_rate,
        "instance_type_list": [*payload.load_test_instance_type_list],
    }
    return {key: value for key, value in info.items() if value is not None}


def _feeding_config(kind: type[ConfigT], step: PlannedStep, plan: Plan) -> ConfigT | None:
    """Find the config that feeds the registration: bound to it, next to it, before it, or the only one there is."""
    port = PORTS[kind.__name__]
    binding = step.bindings.get(port)
    if binding is not None and isinstance(binding.source, StepOutput):
        bound = plan.steps[binding.source.node].config
        if isinstance(bound, kind):
            return bound
    planned = {node: planned.config for node, planned in plan.steps.items()}
    groups: tuple[Mapping[str, BaseModel], ...] = (
        {node: planned[node] for node in step.dependencies if node in planned},
        {node: planned[node] for node in plan.ancestors(step.node) if node in planned},
        plan.configs,
    )
    fitting = [{k: c for k, c in group.items() if isinstance(c, kind)} for group in groups]
    found = next((group for group in fitting if group), {})
    if len(found) > 1:
        raise ValueError(
            f"{step.node} could use any of {', '.join(found)}; add an edge from the right one to it, "
            f'or bind it: "bindings": {{"{port}": "NODE:OUTPUT"}}'
        )
    if found and found is fitting[-1]:
        log.warning("%s uses %s, though no edge leads from it", step.node, next(iter(found)))
    return next(iter(found.values()), None)
