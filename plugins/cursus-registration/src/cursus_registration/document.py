"""The registration's part of the execution document."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from cursus.kernel.plan import StepOutput

from cursus_registration.inference_image import inference_image

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep

    from cursus_registration.payload import PayloadConfig
    from cursus_registration.registration import RegistrationConfig

log = logging.getLogger(__name__)
PORTS = {"Package": "PackagedModel", "Payload": "GeneratedPayloadSamples"}


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
    package = _feeding_step("Package", step, plan)
    payload = _feeding_step("Payload", step, plan)
    if package is None or payload is None:
        return None
    config = cast("PayloadConfig", payload.config)
    info = {
        "sample_payload_s3_bucket": config.bucket,
        "sample_payload_s3_key": config.sample_payload_s3_key,
        "expected_tps": config.expected_tps,
        "max_latency_in_millisecond": config.max_latency_in_millisecond,
        "max_acceptable_error_rate": config.max_acceptable_error_rate,
        "instance_type_list": [*config.load_test_instance_type_list],
    }
    return {key: value for key, value in info.items() if value is not None}


def _feeding_step(type_name: str, step: PlannedStep, plan: Plan) -> PlannedStep | None:
    """Find the step of a type that feeds the registration: bound to it, next to it, before it, or the only one."""
    binding = step.bindings.get(PORTS[type_name])
    if binding is not None and isinstance(binding.source, StepOutput):
        return plan.steps[binding.source.node]
    candidates = [other for other in plan if other.step_type.name == type_name]
    before = set(plan.ancestors(step.node))
    groups = (
        [other for other in candidates if other.node in step.dependencies],
        [other for other in candidates if other.node in before],
        candidates,
    )
    nearest = next((group for group in groups if group), [])
    if len(nearest) > 1:
        nodes = ", ".join(other.node for other in nearest)
        raise ValueError(
            f"{step.node} could use any of the {type_name} steps {nodes}; "
            f'bind its input, as in "bindings": {{"{PORTS[type_name]}": "{nearest[0].node}:..."}}'
        )
    if nearest is candidates and candidates:
        log.info("%s uses %s, the only %s step", step.node, candidates[0].node, type_name)
    return nearest[0] if nearest else None
