"""DummyDataLoading: data from a folder or from S3 takes the place of a Cradle step's output."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cursus.config import ProcessingStepConfigBase
from cursus.config.step_config import BASE_EXAMPLE, JobType, UpperCase, Whole
from cursus.kernel.step_type import Image, Input, Job, Output, Script, StepType
from cursus.paths import Uri
from pydantic import Field


class DummyDataLoadingConfig(ProcessingStepConfigBase):
    """Where the data is (S3 URI or local path) and how it is written; shard size in rows."""

    job_type: JobType
    data_source: str = Field(min_length=1)
    write_data_shards: bool = False
    shard_size: Whole = Field(default=10000, ge=1)
    output_format: Annotated[Literal["CSV", "JSON", "PARQUET"], UpperCase] = "CSV"


def _environment(config: DummyDataLoadingConfig) -> dict[str, Any]:
    return {
        "WRITE_DATA_SHARDS": config.write_data_shards,
        "SHARD_SIZE": config.shard_size,
        "OUTPUT_FORMAT": config.output_format,
    }


def _arguments(config: DummyDataLoadingConfig) -> tuple[str, ...]:
    return ("--job_type", config.job_type, *(config.processing_script_arguments or ()))


DUMMY_DATA_LOADING = StepType(
    name="DummyDataLoading",
    summary="Load data from a folder or from S3 in place of Cradle.",
    config=DummyDataLoadingConfig,
    example={**BASE_EXAMPLE, "job_type": "training", "data_source": "s3://demo-bucket/flights"},
    job=Job.processing(
        Image(framework="sklearn", version="processing_framework_version"),
        environment=_environment,
        arguments=_arguments,
    ),
    inputs=(
        Input(
            name="INPUT_DATA",
            kinds=("tabular",),
            path="/opt/ml/processing/input/data",
            fill=lambda config: Uri(uri=config.data_source),
            from_steps=False,
        ),
    ),
    outputs=(
        Output(name="DATA", kind="tabular", path="/opt/ml/processing/output/data"),
        Output(name="METADATA", kind="metadata", path="/opt/ml/processing/output/metadata"),
        Output(name="SIGNATURE", kind="signature", path="/opt/ml/processing/output/signature"),
    ),
    script=Script(
        package="cursus_cradle", file="dummy_data_loading.py", requirements=("pandas>=1.2",)
    ),
)
