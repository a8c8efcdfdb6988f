"""XGBoostModelEval and PyTorchModelEval: a model's predictions and metrics on data that it was not trained on."""

from __future__ import annotations

import re
from typing import Any

from cursus.config.step_config import (
    BASE_EXAMPLE,
    JobType,
)
from cursus.kernel.step_type import Fault, Image, Input, Job, Output, Script, StepType

from cursus_processing.processing_config import ProcessingConfig, script_arguments

XGBOOST_VERSION = re.compile(r"\d+\.\d+-\d+")


class ModelEvalConfig(ProcessingConfig):
    """Which columns are id and label; older files say it in nested hyperparameters."""

    job_type: JobType = "calibration"
    id_name: str | None = None
    label_name: str | None = None
    hyperparameters: dict[str, Any] | None = None
    eval_metric_choices: tuple[str, ...] = ("auc", "average_precision", "f1_score")
    use_large_processing_instance: bool = True

    def column(self, field: str) -> str | None:
        """Give the column that a field names, else the hyperparameter of that name."""
        named: str | None = getattr(self, field) or (self.hyperparameters or {}).get(field)
        return named


class XGBoostModelEvalConfig(ModelEvalConfig):
    """Evaluation runs in the image of an XGBoost version, best the one that trained the model."""

    xgboost_framework_version: str = "1.5-1"


class PyTorchModelEvalConfig(ModelEvalConfig):
    """Evaluation runs in the image of the config's framework_version and py_version."""


def _environment(config: ModelEvalConfig) -> dict[str, str | None]:
    return {"ID_FIELD": config.column("id_name"), "LABEL_FIELD": config.column("label_name")}


def _check(config: ModelEvalConfig) -> list[Fault]:
    return [
        Fault(
            field=field,
            message=f"the {what} column is named neither by {field} nor by hyperparameters",
            fix=f"set {field}",
        )
        for field, what in (("id_name", "id"), ("label_name", "label"))
        if not config.column(field)
    ]


def _check_xgboost(config: XGBoostModelEvalConfig) -> list[Fault]:
    faults = _check(config)
    version = config.xgboost_framework_version
    if config.image_uri is None and not XGBOOST_VERSION.fullmatch(version):
        message = f"{version!r} is no version of the XGBoost image"
        fix = 'write one such as "1.7-1", the one that trained the model'
        faults.append(Fault(field="xgboost_framework_version", message=message, fix=fix))
    return faults


INPUTS: tuple[Input[Any], ...] = (
    Input(name="model_input", kinds=("model",), path="/opt/ml/processing/input/model"),
    Input(
        name="processed_data",
        kinds=("tabular splits",),
        path="/opt/ml/processing/input/eval_data",
    ),
)
OUTPUTS = (
    Output(name="eval_output", kind="predictions", path="/opt/ml/processing/output/eval"),
    Output(
        name="metrics_output",
        kind="metrics",
        path="/opt/ml/processing/output/metrics",
        property_file="metrics.json",
    ),
)
EXAMPLE = {**BASE_EXAMPLE, "id_name": "flight_id", "label_name": "late"}

XGBOOST_MODEL_EVAL = StepType(
    name="XGBoostModelEval",
    summary="Score data with an XGBoost model and measure it.",
    config=XGBoostModelEvalConfig,
    example={**EXAMPLE, "xgboost_framework_version": "1.7-1"},
    job=Job.processing(
        Image(framework="xgboost", version="xgboost_framework_version"),
        environment=_environment,
        arguments=script_arguments,
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    script=Script(
        package="cursus_processing",
        file="xgboost_model_eval.py",
        older_names=("xgboost_model_evaluation.py", "model_evaluation_xgb.py"),
        requirements=("numpy", "pandas>=1.2", "scikit-learn", "xgboost"),
    ),
    folder="xgboost_model_eval",
    check=_check_xgboost,
)

PYTORCH_MODEL_EVAL = StepType(
    name="PyTorchModelEval",
    summary="Score data with a PyTorch model and measure it.",
    config=PyTorchModelEvalConfig,
    example={**EXAMPLE, "model_class": "pytorch"},
    job=Job.processing(
        Image(framework="pytorch", version="framework_version", py_version="py_version"),
        environment=_environment,
        arguments=script_arguments,
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    script=Script(
        package="cursus_processing",
        file="pytorch_model_eval.py",
        older_names=("pytorch_model_evaluation.py",),
        requirements=("numpy", "pandas>=1.2", "scikit-learn", "torch"),
    ),
    folder="pytorch_model_eval",
    check=_check,
)
