"""Registration: a packaged model goes to the model registry, a service step."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cursus.config import BasePipelineConfig
from cursus.config.step_config import BASE_EXAMPLE, Filled, LowerCase
from cursus.kernel.step_type import Input, Job, StepType
from pydantic import AliasChoices, Field

from cursus_registration.document import extract
from cursus_registration.document_check import check_document
from cursus_registration.feeding import unconnected
from cursus_registration.inference_types import (
    ContentTypes,
    InputVariables,
    InstanceType,
    OutputVariables,
)
from cursus_registration.platform_step import render


class RegistrationConfig(BasePipelineConfig):
    """Who owns the model, what it predicts, and what its inference takes and gives.

    Input variables are name -> type, or a list of [name, type] pairs; types are NUMERIC and TEXT.
    """

    model_owner: Filled
    model_domain: Filled = Field(
        validation_alias=AliasChoices("model_domain", "model_registration_domain")
    )
    model_objective: Filled = Field(
        validation_alias=AliasChoices("model_objective", "model_registration_objective")
    )
    framework: Annotated[Literal["xgboost", "sklearn", "pytorch", "tensorflow"], LowerCase]
    inference_entry_point: Filled
    inference_instance_type: InstanceType = "ml.m5.large"
    source_model_inference_content_types: ContentTypes = ("text/csv",)
    source_model_inference_response_types: ContentTypes = ("application/json",)
    source_model_inference_input_variable_list: InputVariables = Field(default_factory=dict)
    source_model_inference_output_variable_list: OutputVariables = Field(
        default_factory=lambda: {"legacy-score": "NUMERIC"}
    )

    @property
    def inference_environment(self) -> dict[str, str]:
        """Give the environment of the inference container."""
        return {
            "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
            "SAGEMAKER_PROGRAM": self.inference_entry_point,
            "SAGEMAKER_REGION": self.aws_region,
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        }

    @property
    def variable_schema(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """Give the variables as a schema, which files hold and the document does not."""
        given = self.source_model_inference_input_variable_list
        inputs = dict(given).items()
        outputs = self.source_model_inference_output_variable_list.items()
        return {
            "input": {"variables": [{"name": name, "type": kind} for name, kind in inputs]},
            "output": {"variables": [{"name": name, "type": kind} for name, kind in outputs]},
        }


def _region(config: RegistrationConfig) -> str:
    return config.region


JOB: Job[Any] = Job(kind="service", stand_in="sink", render=render)

REGISTRATION = StepType(
    name="Registration",
    summary="Register a packaged model.",
    config=RegistrationConfig,
    example={
        **BASE_EXAMPLE,
        "framework_version": "1.7-1",
        "model_owner": "demo-team",
        "model_domain": "flights",
        "model_objective": "late_flights",
        "framework": "xgboost",
        "inference_entry_point": "xgboost_inference.py",
        "source_model_inference_input_variable_list": {"distance": "NUMERIC", "carrier": "TEXT"},
    },
    job=JOB,
    inputs=(
        Input(
            name="PackagedModel", kinds=("packaged model",), path="/opt/ml/processing/input/model"
        ),
        Input(
            name="GeneratedPayloadSamples",
            kinds=("payload samples",),
            path="/opt/ml/processing/mims_payload",
        ),
    ),
    suffix=_region,
    extract=extract,
    document=("PROCESSING_STEP", "MimsModelRegistrationProcessingStep"),
    document_names=(
        "ModelRegistration-{suffix}",
        "Registration_{suffix}",
        "model_registration",
        "Registration",
        "register_model",
    ),
    documented=True,
    check_document=check_document,
    document_warnings=unconnected,
)
