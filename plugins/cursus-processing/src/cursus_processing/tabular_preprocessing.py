"""TabularPreprocessing: shards of tables become train, val and test splits, or one split."""

from __future__ import annotations

from typing import Annotated, Literal

from cursus.config.step_config import BASE_EXAMPLE, Decimal, UpperCase
from cursus.kernel.step_type import Fault, Input, Job, Output, Script, StepType
from pydantic import AfterValidator, AliasChoices, Field

from cursus_processing.processing_config import SKLEARN, ProcessingConfig, script_arguments


def _without_commas(names: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [name for name in names if "," in name]
    if wrong:
        raise ValueError(f"column {wrong[0]!r} holds a comma, by which the script separates names")
    return names


Columns = Annotated[tuple[str, ...], AfterValidator(_without_commas)]
Ratio = Annotated[Decimal, Field(gt=0, lt=1)]


class TabularPreprocessingConfig(ProcessingConfig):
    """Which column is the label, how rows are split, and what columns hold."""

    label_name: str | None = Field(
        default=None, validation_alias=AliasChoices("label_name", "label_field")
    )
    train_ratio: Ratio = 0.7
    test_val_ratio: Ratio = 0.5
    output_format: Annotated[Literal["CSV", "PARQUET"], UpperCase] = "CSV"
    categorical_columns: Columns | None = None
    numerical_columns: Columns | None = None
    text_columns: Columns | None = None
    date_columns: Columns | None = None


def _environment(config: TabularPreprocessingConfig) -> dict[str, str | float | None]:
    return {
        "LABEL_FIELD": config.label_name,
        "TRAIN_RATIO": config.train_ratio,
        "TEST_VAL_RATIO": config.test_val_ratio,
        "CATEGORICAL_COLUMNS": _joined(config.categorical_columns),
        "NUMERICAL_COLUMNS": _joined(config.numerical_columns),
        "TEXT_COLUMNS": _joined(config.text_columns),
        "DATE_COLUMNS": _joined(config.date_columns),
        "OUTPUT_FORMAT": config.output_format,
    }


def _joined(names: tuple[str, ...] | None) -> str | None:
    return ",".join(names) if names else None


def _check(config: TabularPreprocessingConfig) -> list[Fault]:
    if config.job_type != "training" or config.label_name:
        return []
    message = "training data is split by its label, and no label_name is given"
    return [Fault(field="label_name", message=message, fix="set label_name to the label's column")]


TABULAR_PREPROCESSING = StepType(
    name="TabularPreprocessing",
    summary="Join shards of tabular data and split them into train, val and test.",
    config=TabularPreprocessingConfig,
    example={**BASE_EXAMPLE, "job_type": "training", "label_name": "late"},
    job=Job.processing(
        SKLEARN,
        environment=_environment,
        arguments=script_arguments,
        overflow=frozenset(
            {"CATEGORICAL_COLUMNS", "NUMERICAL_COLUMNS", "TEXT_COLUMNS", "DATE_COLUMNS"}
        ),
    ),
    inputs=(
        Input(name="DATA", kinds=("tabular",), path="/opt/ml/processing/input/data"),
        Input(
            name="DATA_SECONDARY",
            kinds=("tabular",),
            path="/opt/ml/processing/input/data_secondary",
            required=False,
        ),
        Input(
            name="SIGNATURE",
            kinds=("signature",),
            path="/opt/ml/processing/input/signature",
            required=False,
            accepts=("CradleDataLoading.SIGNATURE", "DummyDataLoading.SIGNATURE"),
        ),
    ),
    outputs=(
        Output(name="processed_data", kind="tabular splits", path="/opt/ml/processing/output"),
    ),
    script=Script(
        package="cursus_processing",
        file="tabular_preprocessing.py",
        older_names=("tabular_preprocess.py",),
        requirements=("numpy", "pandas>=1.2"),
    ),
    check=_check,
)
