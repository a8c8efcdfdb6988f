"""ModelCalibration: scores become probabilities."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cursus.config.step_config import BASE_EXAMPLE, Decimal, JobType, LowerCase, Whole
from cursus.kernel.step_type import Fault, Input, Job, Output, Script, StepType
from pydantic import Field

from cursus_processing.processing_config import SKLEARN, ProcessingConfig, script_arguments

BINARY_CLASSES = 2


class ModelCalibrationConfig(ProcessingConfig):
    """Which columns are label and scores, and by which method they are calibrated."""

    job_type: JobType = "calibration"
    label_field: str
    calibration_method: Annotated[Literal["gam", "isotonic", "platt"], LowerCase] = "gam"
    score_field: str = "prob_class_1"
    score_field_prefix: str = "prob_class_"
    monotonic_constraint: bool = True
    gam_splines: Whole = Field(default=10, gt=0)
    error_threshold: Decimal = Field(default=0.05, ge=0, le=1)
    is_binary: bool = True
    num_classes: Whole = Field(default=2, ge=2)
    multiclass_categories: tuple[int | str, ...] = (0, 1)
    calibration_sample_points: Whole = Field(default=1000, gt=0)


def _environment(config: ModelCalibrationConfig) -> dict[str, Any]:
    return {
        "CALIBRATION_METHOD": config.calibration_method,
        "LABEL_FIELD": config.label_field,
        "SCORE_FIELD": config.score_field,
        "SCORE_FIELD_PREFIX": config.score_field_prefix,
        # Of all flags, these two are written as Python does: readers of older pipelines know them so.
        "MONOTONIC_CONSTRAINT": str(config.monotonic_constraint),
        "GAM_SPLINES": config.gam_splines,
        "ERROR_THRESHOLD": config.error_threshold,
        "IS_BINARY": str(config.is_binary),
        "NUM_CLASSES": config.num_classes,
        "MULTICLASS_CATEGORIES": config.multiclass_categories,
        "CALIBRATION_SAMPLE_POINTS": config.calibration_sample_points,
    }


def _check(config: ModelCalibrationConfig) -> list[Fault]:
    if config.is_binary and config.num_classes != BINARY_CLASSES:
        message = f"is_binary is true, and num_classes is {config.num_classes}"
        fix = "set num_classes to 2, or is_binary to false"
        return [Fault(field="num_classes", message=message, fix=fix)]
    if not config.is_binary and len(config.multiclass_categories) != config.num_classes:
        count = len(config.multiclass_categories)
        message = (
            f"num_classes is {config.num_classes}, and {count} multiclass_categories are listed"
        )
        fix = "list one category for each class"
        return [Fault(field="multiclass_categories", message=message, fix=fix)]
    return []


MODEL_CALIBRATION = StepType(
    name="ModelCalibration",
    summary="Turn a model's scores into calibrated probabilities.",
    config=ModelCalibrationConfig,
    example={**BASE_EXAMPLE, "label_field": "late"},
    job=Job.processing(
        SKLEARN,
        environment=_environment,
        arguments=script_arguments,
        overflow=frozenset({"MULTICLASS_CATEGORIES"}),
    ),
    inputs=(
        Input(
            name="evaluation_data",
            kinds=("predictions",),
            path="/opt/ml/processing/input/eval_data",
        ),
    ),
    outputs=(
        Output(
            name="calibration_output",
            kind="calibration model",
            path="/opt/ml/processing/output/calibration",
        ),
        Output(name="metrics_output", kind="metrics", path="/opt/ml/processing/output/metrics"),
        Output(
            name="calibrated_data",
            kind="predictions",
            path="/opt/ml/processing/output/calibrated_data",
        ),
    ),
    script=Script(
        package="cursus_processing",
        file="model_calibration.py",
        requirements=("numpy", "pandas>=1.2", "scikit-learn", "scipy"),
    ),
    check=_check,
)
