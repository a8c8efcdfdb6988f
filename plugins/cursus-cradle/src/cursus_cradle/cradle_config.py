"""The config of a Cradle step: what is read, how it is transformed, what is written, on which cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from cursus.config import BasePipelineConfig
from cursus.config.rules import validated_with
from cursus.config.step_config import STEP_CONFIG, Filled, JobType, UpperCase, Whole
from pydantic import BaseModel, Field, ModelWrapValidatorHandler, model_validator

from cursus_cradle.data_sources import DataSourcesSpecificationConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OutputFormat = Annotated[Literal["CSV", "UNESCAPED_TSV", "JSON", "ION", "PARQUET"], UpperCase]
SaveMode = Annotated[Literal["ERRORIFEXISTS", "OVERWRITE", "APPEND", "IGNORE"], UpperCase]
ClusterType = Annotated[Literal["STANDARD", "SMALL", "MEDIUM", "LARGE"], UpperCase]


class JobSplitOptionsConfig(BaseModel):
    """Whether the job is split by days, and how the parts are merged."""

    model_config = STEP_CONFIG

    split_job: bool = False
    days_per_split: Whole = Field(default=7, ge=1)
    merge_sql: str | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _split_jobs_are_merged(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        return validated_with(_merge_faults, value, validate)


def _merge_faults(options: Mapping[str, Any]) -> Iterator[str]:
    if options.get("split_job") is True and not str(options.get("merge_sql") or "").strip():
        yield "split_job needs merge_sql, by which the parts are joined"


class TransformSpecificationConfig(BaseModel):
    """The SQL that makes the output of the sources."""

    model_config = STEP_CONFIG

    transform_sql: Filled
    job_split_options: JobSplitOptionsConfig = Field(default_factory=JobSplitOptionsConfig)


class OutputSpecificationConfig(BaseModel):
    """What is written; job_type and pipeline_s3_loc are the step's own, whatever is given here."""

    model_config = STEP_CONFIG

    output_schema: tuple[Filled, ...] = Field(min_length=1)
    job_type: JobType = "training"
    pipeline_s3_loc: str | None = None
    output_format: OutputFormat = "PARQUET"
    output_save_mode: SaveMode = "ERRORIFEXISTS"
    output_file_count: Whole = Field(default=0, ge=0)
    keep_dot_in_output_schema: bool = False
    include_header_in_s3_output: bool = True

    @property
    def output_path(self) -> str | None:
        """Give where the data goes; None where the specification stands alone, without its step."""
        if self.pipeline_s3_loc is None:
            return None
        return f"{self.pipeline_s3_loc}/data-load/{self.job_type}"


class CradleJobSpecificationConfig(BaseModel):
    """Who runs the job, and on what."""

    model_config = STEP_CONFIG

    cradle_account: Filled
    cluster_type: ClusterType = "STANDARD"
    extra_spark_job_arguments: str | None = ""
    job_retry_count: Whole = Field(default=1, ge=0)


class CradleDataLoadingConfig(BasePipelineConfig):
    """A Cradle data loading step."""

    job_type: JobType
    data_sources_spec: DataSourcesSpecificationConfig
    transform_spec: TransformSpecificationConfig
    output_spec: OutputSpecificationConfig
    cradle_job_spec: CradleJobSpecificationConfig
    s3_input_override: str | None = None

    @model_validator(mode="after")
    def _output_is_of_this_step(self) -> CradleDataLoadingConfig:
        own = {"job_type": self.job_type, "pipeline_s3_loc": self.pipeline_s3_loc}
        # The model is frozen for its users; here it is still being made.
        object.__setattr__(self, "output_spec", self.output_spec.model_copy(update=own))
        return self
