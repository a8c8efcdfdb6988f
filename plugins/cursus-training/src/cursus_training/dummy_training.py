"""DummyTraining: a pretrained model takes the place of a training step's output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.config import ProcessingStepConfigBase
from cursus.config.step_config import BASE_EXAMPLE
from cursus.kernel.step_type import Image, Input, Job, Output, Script, StepType
from cursus.paths import BundleFile, Uri

from cursus_training.hyperparameters import BUNDLE_FILE, json_file

if TYPE_CHECKING:
    from pathlib import Path


class DummyTrainingConfig(ProcessingStepConfigBase):
    """Where the pretrained model is (S3 URI or local path), unless an edge gives it, and its hyperparameters."""

    pretrained_model_path: str | None = None
    hyperparameters: dict[str, Any] | None = None


def _arguments(config: DummyTrainingConfig) -> tuple[str, ...]:
    return config.processing_script_arguments or ()


def _files(config: DummyTrainingConfig, _source: Path | None) -> dict[str, bytes]:
    given = config.hyperparameters
    return {} if given is None else {BUNDLE_FILE: json_file(given)}


def _pretrained(config: DummyTrainingConfig) -> Uri | None:
    path = config.pretrained_model_path
    return None if path is None else Uri(uri=path)


def _hyperparameters(config: DummyTrainingConfig) -> BundleFile | None:
    return None if config.hyperparameters is None else BundleFile(path=BUNDLE_FILE)


DUMMY_TRAINING = StepType(
    name="DummyTraining",
    summary="Pass on a pretrained model as if it had been trained here.",
    config=DummyTrainingConfig,
    example={**BASE_EXAMPLE, "pretrained_model_path": "s3://demo-bucket/models/model.tar.gz"},
    job=Job.processing(
        Image(framework="sklearn", version="processing_framework_version"),
        arguments=_arguments,
        files=_files,
    ),
    inputs=(
        Input(
            name="model_artifacts_input",
            kinds=("model",),
            path="/opt/ml/processing/input/model_artifacts_input",
            # Without a path in the config, a model must come over an edge.
            required=lambda config: config.pretrained_model_path is None,
            accepts=("XGBoostTraining.model_output", "PyTorchTraining.model_output"),
            fill=_pretrained,
            aliases=("model_input",),
        ),
        Input(
            name="hyperparameters_s3_uri",
            kinds=("hyperparameters",),
            path="/opt/ml/processing/input/hyperparameters_s3_uri",
            required=False,
            fill=_hyperparameters,
            from_steps=False,
        ),
    ),
    outputs=(Output(name="model_output", kind="model", path="/opt/ml/processing/output/model"),),
    script=Script(package="cursus_training", file="dummy_training.py"),
)
