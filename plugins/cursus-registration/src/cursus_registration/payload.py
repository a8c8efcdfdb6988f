"""Payload: samples of the requests that a model will get, for its load test."""

from __future__ import annotations

import re
from typing import Any

from cursus.config import ProcessingStepConfigBase
from cursus.config.step_config import BASE_EXAMPLE, Decimal, FilledIfGiven, Whole
from cursus.kernel.step_type import Image, Input, Job, Output, Script, StepType
from cursus.paths import Uri
from pydantic import Field, field_validator

from cursus_registration.inference_types import ContentTypes, InstanceType

VARIABLE_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class PayloadConfig(ProcessingStepConfigBase):
    """What requests look like, and what the load test expects of the model.

    `special_field_values` and `field_defaults` give values for single fields; `custom_payload_path` (S3 URI or local
    path) gives samples of the user's own instead.
    """

    processing_entry_point: str | None = "payload.py"
    expected_tps: Whole = Field(ge=1)
    max_latency_in_millisecond: Whole = Field(ge=100, le=10000)
    max_acceptable_error_rate: Decimal = Field(default=0.2, ge=0, le=1)
    source_model_inference_content_types: ContentTypes = ("text/csv",)
    source_model_inference_response_types: ContentTypes = ("application/json",)
    default_numeric_value: Decimal = 0.0
    default_text_value: str = "DEFAULT_TEXT"
    field_defaults: dict[str, Any] | None = None
    special_field_values: dict[str, str] | None = None
    custom_payload_path: str | None = None
    sample_payload_s3_key: FilledIfGiven | None = None
    load_test_instance_type_list: tuple[InstanceType, ...] = Field(
        default=("ml.m5.4xlarge",), min_length=1
    )

    @field_validator("special_field_values")
    @classmethod
    def _names_are_environment_names(cls, values: dict[str, str] | None) -> dict[str, str] | None:
        wrong = [name for name in values or {} if not VARIABLE_NAME.fullmatch(name)]
        if wrong:
            raise ValueError(
                f"{wrong[0]!r} cannot be part of an environment name; put it into field_defaults"
            )
        return values


def _environment(config: PayloadConfig) -> dict[str, Any]:
    special = config.special_field_values or {}
    return {
        "CONTENT_TYPES": ",".join(config.source_model_inference_content_types),
        "DEFAULT_NUMERIC_VALUE": config.default_numeric_value,
        "DEFAULT_TEXT_VALUE": config.default_text_value,
        "FIELD_DEFAULTS": config.field_defaults,
        **{f"SPECIAL_FIELD_{name}": value for name, value in sorted(special.items())},
    }


def _arguments(config: PayloadConfig) -> tuple[str, ...]:
    return config.processing_script_arguments or ()


def _custom_payload(config: PayloadConfig) -> Uri | None:
    path = config.custom_payload_path
    return None if path is None else Uri(uri=path)


PAYLOAD = StepType(
    name="Payload",
    summary="Make request samples for a model's load test.",
    config=PayloadConfig,
    example={**BASE_EXAMPLE, "expected_tps": 2, "max_latency_in_millisecond": 800},
    job=Job.processing(
        Image(framework="sklearn", version="processing_framework_version"),
        environment=_environment,
        arguments=_arguments,
        overflow=frozenset({"FIELD_DEFAULTS", "DEFAULT_TEXT_VALUE"}),
    ),
    inputs=(
        Input(name="model_input", kinds=("model",), path="/opt/ml/processing/input/model"),
        Input(
            name="custom_payload_input",
            kinds=("payload samples",),
            path="/opt/ml/processing/input/custom_payload",
            required=False,
            fill=_custom_payload,
            from_steps=False,
        ),
    ),
    outputs=(
        Output(name="payload_sample", kind="payload samples", path="/opt/ml/processing/output"),
    ),
    script=Script(
        package="cursus_registration", file="payload.py", older_names=("mims_payload.py",)
    ),
)
