"""XGBoostModel and PyTorchModel: a trained model becomes a SageMaker model for serving."""

from __future__ import annotations

from typing import Any

from cursus.config import BasePipelineConfig
from cursus.config.step_config import BASE_EXAMPLE
from cursus.kernel.step_type import Image, Input, Job, Output, Script, StepType
from pydantic import Field

from cursus_training.training import xgboost_version_faults


class ModelConfig(BasePipelineConfig):
    """On which instance type a model serves, and which script of the source folder serves it."""

    instance_type: str = Field(default="ml.m5.large", pattern=r"^ml\.")
    entry_point: str = "inference.py"


class XGBoostModelStepConfig(ModelConfig):
    """An XGBoost model; framework_version must be one of the XGBoost image, such as 1.7-1."""


class PyTorchModelStepConfig(ModelConfig):
    """A PyTorch model."""


def _job(image: Image) -> Job[Any]:
    return Job(kind="model", image=image, instance_type="instance_type", entry_point="entry_point")


INPUTS: tuple[Input[Any], ...] = (
    Input(name="model_data", kinds=("model", "packaged model"), path="/opt/ml/model"),
)
OUTPUTS = (Output(name="model_name", kind="model name", reference="ModelName"),)

XGBOOST_MODEL = StepType(
    name="XGBoostModel",
    summary="Create a SageMaker model of an XGBoost model.",
    config=XGBoostModelStepConfig,
    example={**BASE_EXAMPLE, "framework_version": "1.7-1"},
    job=_job(Image(framework="xgboost", version="framework_version", scope="inference")),
    inputs=INPUTS,
    outputs=OUTPUTS,
    script=Script(
        package="cursus_registration", file="xgboost_inference.py", older_names=("inference.py",)
    ),
    folder="xgboost_model",
    check=xgboost_version_faults,
)

PYTORCH_MODEL = StepType(
    name="PyTorchModel",
    summary="Create a SageMaker model of a PyTorch model.",
    config=PyTorchModelStepConfig,
    example={**BASE_EXAMPLE, "model_class": "pytorch"},
    job=_job(
        Image(
            framework="pytorch",
            version="framework_version",
            py_version="py_version",
            scope="inference",
        )
    ),
    inputs=INPUTS,
    outputs=OUTPUTS,
    script=Script(
        package="cursus_registration", file="pytorch_inference.py", older_names=("inference.py",)
    ),
    folder="pytorch_model",
)
