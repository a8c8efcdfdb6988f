"""XGBoostTraining and PyTorchTraining: SageMaker Training jobs on train, val and test splits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cursus.config import BasePipelineConfig
from cursus.config.step_config import BASE_EXAMPLE, JobType, Whole
from cursus.kernel.step_type import Fault, Image, Input, Job, Output, Script, StepType
from cursus.paths import BundleFile
from pydantic import Field

from cursus_training.hyperparameters import (
    BUNDLE_FILE,
    Hyperparameters,
    XGBoostHyperparameters,
    hyperparameter_faults,
    hyperparameters_file,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.plan import Plan, PlannedStep

XGBOOST_VERSION = re.compile(r"\d+\.\d+-\d+")


class TrainingConfig(BasePipelineConfig):
    """The fields of a Training step; volume size in GB.

    Hyperparameters come from here, else from hyperparameters.json of the source folder; `check` and the code
    bundle ask for them, so that a document can be made without.
    """

    training_entry_point: str
    job_type: JobType | None = None
    training_instance_type: str = Field(pattern=r"^ml\.")
    training_instance_count: Whole = Field(default=1, ge=1)
    training_volume_size: Whole = Field(default=30, ge=1)
    hyperparameters: dict[str, Any] | None = None
    skip_hyperparameters_s3_uri: bool = True
    use_precomputed_imputation: bool = False
    use_precomputed_risk_tables: bool = False
    use_precomputed_features: bool = False


class XGBoostTrainingConfig(TrainingConfig):
    """An XGBoost training step; framework_version must be one of the XGBoost image, such as 1.7-1."""

    training_instance_type: str = Field(default="ml.m5.4xlarge", pattern=r"^ml\.")


class PyTorchTrainingConfig(TrainingConfig):
    """A PyTorch training step."""

    training_instance_type: str = Field(default="ml.g5.12xlarge", pattern=r"^ml\.")


def xgboost_version_faults(config: BasePipelineConfig) -> list[Fault]:
    """Check that framework_version is one of the XGBoost image; the base default is a PyTorch version."""
    if config.image_uri is not None or XGBOOST_VERSION.fullmatch(config.framework_version):
        return []
    message = f"framework_version {config.framework_version!r} is no version of the XGBoost image"
    fix = 'set framework_version to one such as "1.7-1"'
    return [Fault(field="framework_version", message=message, fix=fix)]


def _environment(config: TrainingConfig) -> dict[str, str | bool]:
    return {"USE_SECURE_PYPI": config.use_secure_pypi, "REGION": config.region}


def _check_xgboost(config: XGBoostTrainingConfig) -> list[Fault]:
    given = config.hyperparameters
    return [
        *xgboost_version_faults(config),
        *hyperparameter_faults(XGBoostHyperparameters, given, config.source_dir),
    ]


def _check_pytorch(config: PyTorchTrainingConfig) -> list[Fault]:
    return hyperparameter_faults(Hyperparameters, config.hyperparameters, config.source_dir)


def _xgboost_files(config: XGBoostTrainingConfig, source: Path | None) -> dict[str, bytes]:
    return hyperparameters_file(XGBoostHyperparameters, config.hyperparameters, source)


def _pytorch_files(config: PyTorchTrainingConfig, source: Path | None) -> dict[str, bytes]:
    return hyperparameters_file(Hyperparameters, config.hyperparameters, source)


def _extract(_step: PlannedStep, _plan: Plan) -> dict[str, Any]:
    return {}


INPUTS: tuple[Input[Any], ...] = (
    Input(
        name="input_path",
        kinds=("tabular splits",),
        path="/opt/ml/input/data",
        producer_job_type="training",
        channels=("train", "val", "test"),
    ),
    Input(
        name="hyperparameters_s3_uri",
        kinds=("hyperparameters",),
        path="/opt/ml/code/hyperparams",
        required=False,
        fill=lambda _config: BundleFile(path=BUNDLE_FILE),
        from_steps=False,
    ),
    Input(
        name="model_artifacts_input",
        kinds=("risk tables",),
        path="/opt/ml/input/data/model_artifacts_input",
        required=False,
        accepts=("RiskTableMapping.model_artifacts_output",),
        producer_job_type="training",
    ),
)
OUTPUTS = (
    Output(
        name="model_output",
        kind="model",
        path="/opt/ml/model",
        reference="ModelArtifacts.S3ModelArtifacts",
        archive="model.tar.gz",
    ),
    Output(
        name="evaluation_output",
        kind="predictions",
        path="/opt/ml/output/data",
        reference="OutputDataConfig.S3OutputPath",
        archive="output.tar.gz",
    ),
)
EXAMPLE_HYPERPARAMETERS = {
    "full_field_list": ["flight_id", "late", "month", "hour", "distance", "carrier", "origin"],
    "tab_field_list": ["month", "hour", "distance"],
    "cat_field_list": ["carrier", "origin"],
    "id_name": "flight_id",
    "label_name": "late",
    "multiclass_categories": [0, 1],
}

XGBOOST_TRAINING = StepType(
    name="XGBoostTraining",
    summary="Train an XGBoost model.",
    config=XGBoostTrainingConfig,
    example={
        **BASE_EXAMPLE,
        "framework_version": "1.7-1",
        "training_entry_point": "xgboost_training.py",
        "hyperparameters": {**EXAMPLE_HYPERPARAMETERS, "num_round": 20, "max_depth": 4},
    },
    job=Job.training(
        Image(framework="xgboost", version="framework_version"),
        environment=_environment,
        files=_xgboost_files,
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    script=Script(
        package="cursus_training",
        file="xgboost_training.py",
        older_names=("xgboost_train.py",),
        requirements=("numpy", "pandas>=1.2", "scikit-learn", "xgboost"),
    ),
    folder="xgboost_training",
    check=_check_xgboost,
    extract=_extract,
    document="TRAINING_STEP",
)

PYTORCH_TRAINING = StepType(
    name="PyTorchTraining",
    summary="Train a PyTorch model.",
    config=PyTorchTrainingConfig,
    example={
        **BASE_EXAMPLE,
        "model_class": "pytorch",
        "training_entry_point": "pytorch_training.py",
        "hyperparameters": EXAMPLE_HYPERPARAMETERS,
    },
    job=Job.training(
        Image(framework="pytorch", version="framework_version", py_version="py_version"),
        environment=_environment,
        files=_pytorch_files,
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    script=Script(
        package="cursus_training",
        file="pytorch_training.py",
        older_names=("pytorch_train.py",),
        requirements=("numpy", "pandas>=1.2", "scikit-learn", "torch"),
    ),
    folder="pytorch_training",
    check=_check_pytorch,
    extract=_extract,
    document="TRAINING_STEP",
)
