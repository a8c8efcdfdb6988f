"""The registration's part of the execution document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cursus_registration.feeding import load_test_configs
from cursus_registration.inference_image import inference_image

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep

    from cursus_registration.payload import PayloadConfig
    from cursus_registration.registration import RegistrationConfig


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
    package, found = load_test_configs(step, plan)
    if package is None or found is None:
        return None
    payload = cast("PayloadConfig", found.config)
    info = {
        "sample_payload_s3_bucket": payload.bucket,
        "sample_payload_s3_key": payload.sample_payload_s3_key,
        "expected_tps": payload.expected_tps,
        "max_latency_in_millisecond": payload.max_latency_in_millisecond,
        "max_acceptable_error_rate": payload.max_acceptable_error_rate,
        "instance_type_list": [*payload.load_test_instance_type_list],
    }
    return {key: value for key, value in info.items() if value is not None}
