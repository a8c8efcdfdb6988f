"""BatchTransform: a SageMaker model scores prepared data."""

from __future__ import annotations

from typing import Annotated, Literal

from cursus.config import BasePipelineConfig
from cursus.config.step_config import BASE_EXAMPLE, JobType, Whole
from cursus.kernel.step_type import Input, Job, Output, StepType
from pydantic import BeforeValidator, Field


def _any_case(*values: str) -> BeforeValidator:
    known = {value.lower(): value for value in values}
    return BeforeValidator(lambda given: known.get(str(given).lower(), given))


SplitType = Annotated[
    Literal["None", "Line", "RecordIO", "TFRecord"],
    _any_case("None", "Line", "RecordIO", "TFRecord"),
]
AssembleWith = Annotated[Literal["None", "Line"], _any_case("None", "Line")]
JoinSource = Annotated[Literal["None", "Input"], _any_case("None", "Input")]


class BatchTransformStepConfig(BasePipelineConfig):
    """How data is cut into requests, and which columns go in and come out (JSONPath filters)."""

    job_type: JobType
    transform_instance_type: str = Field(default="ml.m5.large", pattern=r"^ml\.")
    transform_instance_count: Whole = Field(default=1, ge=1)
    content_type: str = "text/csv"
    accept: str = "text/csv"
    split_type: SplitType = "Line"
    assemble_with: AssembleWith = "Line"
    input_filter: str = "$[1:]"
    output_filter: str = "$[-1]"
    join_source: JoinSource = "Input"


BATCH_TRANSFORM = StepType(
    name="BatchTransform",
    summary="Score prepared data with a SageMaker model.",
    config=BatchTransformStepConfig,
    example={**BASE_EXAMPLE, "job_type": "testing"},
    job=Job(
        kind="transform",
        instance_type="transform_instance_type",
        instance_count="transform_instance_count",
    ),
    inputs=(
        Input(name="model_name", kinds=("model name",), path="/opt/ml/model"),
        Input(name="processed_data", kinds=("tabular splits",), path="/opt/ml/input/data"),
    ),
    outputs=(
        Output(
            name="transform_output",
            kind="predictions",
            reference="TransformOutput.S3OutputPath",
        ),
    ),
)
