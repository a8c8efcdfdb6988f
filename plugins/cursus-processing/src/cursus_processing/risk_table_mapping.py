"""RiskTableMapping: categories become the risk that training data shows for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cursus.config.step_config import (
    BASE_EXAMPLE,
    Decimal,
    JobType,
    Whole,
)
from cursus.kernel.step_type import Input, Job, Output, Script, StepType
from cursus.paths import BundleFile
from pydantic import Field

from cursus_processing.processing_config import SKLEARN, ProcessingConfig, script_arguments

if TYPE_CHECKING:
    from pathlib import Path

HYPERPARAMETERS = "hyperparams/hyperparameters.json"


class RiskTableMappingConfig(ProcessingConfig):
    """Which columns are mapped, and when a category has too few rows to count."""

    job_type: JobType = "training"
    cat_field_list: tuple[str, ...] = ()
    label_name: str = "target"
    smooth_factor: Decimal = Field(default=0.01, ge=0)
    count_threshold: Whole = Field(default=5, ge=0)
    max_unique_threshold: Whole = Field(default=100, ge=1)


def _environment(config: RiskTableMappingConfig) -> dict[str, int | float]:
    return {
        "SMOOTH_FACTOR": config.smooth_factor,
        "COUNT_THRESHOLD": config.count_threshold,
        "MAX_UNIQUE_THRESHOLD": config.max_unique_threshold,
    }


def _files(config: RiskTableMappingConfig, _source: Path | None) -> dict[str, bytes]:
    """Make the script's hyperparameters of the config: it has no others."""
    data = {
        "cat_field_list": list(config.cat_field_list),
        "label_name": config.label_name,
        "smooth_factor": config.smooth_factor,
        "count_threshold": config.count_threshold,
        "max_unique_threshold": config.max_unique_threshold,
    }
    return {HYPERPARAMETERS: (json.dumps(data, indent=2) + "\n").encode()}


def _needs_tables(config: RiskTableMappingConfig) -> bool:
    return config.job_type != "training"


RISK_TABLE_MAPPING = StepType(
    name="RiskTableMapping",
    summary="Replace categories by the risk that training data shows for them.",
    config=RiskTableMappingConfig,
    example={**BASE_EXAMPLE, "cat_field_list": ["carrier", "origin"], "label_name": "late"},
    job=Job.processing(SKLEARN, environment=_environment, arguments=script_arguments, files=_files),
    inputs=(
        Input(
            name="input_data",
            kinds=("tabular splits",),
            path="/opt/ml/processing/input/data",
            aliases=("data_input",),
        ),
        Input(
            name="hyperparameters_s3_uri",
            kinds=("hyperparameters",),
            path="/opt/ml/code/hyperparams",
            required=False,
            fill=lambda _config: BundleFile(path=HYPERPARAMETERS),
            from_steps=False,
        ),
        Input(
            name="model_artifacts_input",
            kinds=("risk tables",),
            path="/opt/ml/processing/input/model_artifacts",
            required=_needs_tables,
            accepts=("RiskTableMapping.model_artifacts_output",),
            producer_job_type="training",
            aliases=("risk_tables",),
        ),
    ),
    outputs=(
        Output(name="processed_data", kind="tabular splits", path="/opt/ml/processing/output/data"),
        Output(
            name="model_artifacts_output",
            kind="risk tables",
            path="/opt/ml/processing/output/model_artifacts",
            aliases=("risk_tables",),
        ),
    ),
    script=Script(package="cursus_processing", file="risk_table_mapping.py"),
)
