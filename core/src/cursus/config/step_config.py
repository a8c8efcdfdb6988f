"""The two config classes that every step type's config builds on."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    field_validator,
    model_validator,
)

from cursus.config.help_texts import is_help_text
from cursus.config.rules import validated_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AWS_REGIONS = {"NA": "us-east-1", "EU": "eu-west-1", "FE": "us-west-2"}
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
STEP_CONFIG = ConfigDict(frozen=True, extra="forbid", defer_build=True, protected_namespaces=())
# The required fields of every step, for the examples of step types.
BASE_EXAMPLE = {
    "author": "demo",
    "bucket": "demo-bucket",
    "role": "arn:aws:iam::123456789012:role/DemoRole",
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
}


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def _given_or_left_out(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank; leave it out or write null")
    return value


def _no_help_text(value: str) -> str:
    if is_help_text(value):
        raise ValueError(f"{value!r:.60} is the help text of a template; write a value of your own")
    return value


def _part_of_a_path(value: str) -> str:
    """Refuse what an S3 URI cannot hold or nobody sees in it; S3 takes a blank between other characters."""
    if value != value.strip():
        raise ValueError(f"{value!r} begins or ends with a blank, and it becomes part of S3 paths")
    if not value.isprintable():
        raise ValueError(
            f"{value!r} has a line break or another character that S3 paths cannot have"
        )
    return value


def _bucket_name(value: str) -> str:
    """Take what S3 has or had as a name: older buckets have capitals and underscores too."""
    if not BUCKET.fullmatch(value):
        raise ValueError(
            f"{value!r} cannot be an S3 bucket; write its bare name, such as team-bucket"
        )
    return value


def _not_a_truth_value(value: Any) -> Any:
    """Refuse true where a number is meant: pydantic would take it for 1."""
    if isinstance(value, bool):
        raise ValueError(f"is {value}; it should be a number")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


UpperCase = BeforeValidator(_upper)
LowerCase = BeforeValidator(_lower)
RegionCode = Annotated[Literal["NA", "EU", "FE"], UpperCase]
Filled = Annotated[str, AfterValidator(_not_blank), AfterValidator(_no_help_text)]
# A text that may be missing, but is not blank where it is given.
FilledIfGiven = Annotated[str, AfterValidator(_given_or_left_out), AfterValidator(_no_help_text)]
PathPart = Annotated[Filled, AfterValidator(_part_of_a_path)]
Bucket = Annotated[Filled, AfterValidator(_bucket_name)]
RetryableFault = Literal[
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
]
Whole = Annotated[int, BeforeValidator(_not_a_truth_value)]
Decimal = Annotated[float, BeforeValidator(_not_a_truth_value)]
JobType = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


def _today() -> str:
    return datetime.now().astimezone().strftime("%Y-%m-%d")


class RetryPolicy(BaseModel):
    """When the pipeline service starts a failed step again, in the service's own terms.

    After `interval_seconds`, then each time `backoff_rate` times as long, until `max_attempts` or
    `expire_after_minutes`, of which one is given. `SageMaker.*` are faults of a job that is created or runs,
    `Step.*` those of the call that creates it.
    """

    model_config = STEP_CONFIG

    exception_types: tuple[RetryableFault, ...] = Field(min_length=1)
    interval_seconds: Whole = Field(default=1, ge=0)
    backoff_rate: Decimal = Field(default=2.0, ge=0)
    max_attempts: Whole | None = Field(default=None, ge=1, le=20)
    expire_after_minutes: Whole | None = Field(default=None, ge=1, le=14400)

    @model_validator(mode="wrap")
    @classmethod
    def _ends_once(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        return validated_with(_one_end, value, validate)


def _one_end(policy: Mapping[str, Any]) -> Iterator[str]:
    if (policy.get("max_attempts") is None) == (policy.get("expire_after_minutes") is None):
        yield "give max_attempts or expire_after_minutes, and not both"


class BasePipelineConfig(BaseModel):
    """The fields that all steps of a pipeline share.

    `max_runtime_seconds` is in seconds. Derived values (`aws_region`, `pipeline_name`, ...) are properties: a
    file's copy of them is ignored.
    """

    model_config = STEP_CONFIG

    author: PathPart
    bucket: Bucket
    role: Filled
    region: RegionCode
    service_name: PathPart
    pipeline_version: PathPart
    model_class: PathPart = "xgboost"
    current_date: str = Field(default_factory=_today)
    framework_version: str = "2.1.0"
    py_version: str = "py310"
    source_dir: str | None = None
    enable_caching: bool = False
    use_secure_pypi: bool = False
    max_runtime_seconds: Whole = Field(default=172800, ge=60, le=432000)
    image_uri: FilledIfGiven | None = None
    subnets: tuple[str, ...] | None = None
    security_group_ids: tuple[str, ...] | None = None
    enable_network_isolation: bool | None = None
    project_root_folder: str | None = None
    step_name_override: str | None = None
    output_path_token: str | None = None
    retry_policies: tuple[RetryPolicy, ...] = ()

    @property
    def aws_region(self) -> str:
        """Give the AWS region of the region code."""
        return AWS_REGIONS[self.region]

    @property
    def pipeline_name(self) -> str:
        """Give the name that all versions of the pipeline share."""
        return f"{self.author}-{self.service_name}-{self.model_class}-{self.region}"

    @property
    def pipeline_description(self) -> str:
        """Give the sentence that describes the pipeline."""
        return f"{self.service_name} {self.model_class} Model {self.region}"

    @property
    def pipeline_s3_loc(self) -> str:
        """Give the S3 location that outputs go to where no prefix is given at start."""
        return f"s3://{self.bucket}/MODS/{self.pipeline_name}_{self.pipeline_version}"

    @property
    def effective_source_dir(self) -> str | None:
        """Give the source folder that counts for this step."""
        return self.source_dir


class ProcessingStepConfigBase(BasePipelineConfig):
    """The fields of a Processing step; volume size in GB."""

    processing_instance_count: Whole = Field(default=1, ge=1, le=10)
    processing_volume_size: Whole = Field(default=500, ge=10, le=1000)
    processing_instance_type_large: str = "ml.m5.4xlarge"
    processing_instance_type_small: str = "ml.m5.2xlarge"
    use_large_processing_instance: bool = False
    skip_volume_kms: bool | None = None
    processing_source_dir: str | None = None
    processing_entry_point: str | None = None
    processing_script_arguments: tuple[str, ...] | None = None
    processing_framework_version: str = "1.2-1"

    @field_validator("processing_entry_point")
    @classmethod
    def _entry_point_is_relative(cls, value: str | None) -> str | None:
        if value is not None and (value.startswith("s3://") or PurePosixPath(value).is_absolute()):
            raise ValueError(
                "must be relative to the source folder, not an S3 URI or an absolute path"
            )
        return value

    @property
    def effective_source_dir(self) -> str | None:
        """Give the source folder that counts for this step."""
        return self.processing_source_dir or self.source_dir

    @property
    def effective_instance_type(self) -> str:
        """Give the large or the small instance type, as the flag says."""
        if self.use_large_processing_instance:
            return self.processing_instance_type_large
        return self.processing_instance_type_small
