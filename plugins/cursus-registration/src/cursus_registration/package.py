"""Package: model, inference scripts and calibration become one archive for serving."""

from __future__ import annotations

from cursus.config import ProcessingStepConfigBase
from cursus.config.step_config import BASE_EXAMPLE
from cursus.kernel.step_type import Fault, Image, Input, Job, Output, Script, StepType
from cursus.paths import SourceFolder

INFERENCE_SCRIPTS = {
    "xgboost": Script(package="cursus_registration", file="xgboost_inference.py"),
    "pytorch": Script(package="cursus_registration", file="pytorch_inference.py"),
}


class PackageConfig(ProcessingStepConfigBase):
    """Where the inference scripts are: inference_scripts_dir, else source_dir, else the shipped script."""

    processing_entry_point: str | None = "package.py"
    inference_scripts_dir: str | None = None
    model_type: str | None = None
    model_objective: str | None = None


def _environment(config: PackageConfig) -> dict[str, str | None]:
    return {
        "PIPELINE_NAME": config.pipeline_name,
        "REGION": config.region,
        "MODEL_TYPE": config.model_type,
        "BUCKET_NAME": config.bucket,
        "PIPELINE_VERSION": config.pipeline_version,
        "MODEL_OBJECTIVE": config.model_objective,
    }


def _check(config: PackageConfig) -> list[Fault]:
    if not config.processing_script_arguments:
        return []
    field = "processing_script_arguments"
    message = f"{field} are ignored: Package passes no arguments to its script"
    fix = "leave them out; a script of your own can read a file of its source folder"
    return [Fault(field=field, message=message, fix=fix, severity="warning")]


def _inference_scripts(config: PackageConfig) -> SourceFolder:
    return SourceFolder(
        folder=config.inference_scripts_dir or config.source_dir,
        fallback=INFERENCE_SCRIPTS.get(config.model_class.lower()),
    )


PACKAGE = StepType(
    name="Package",
    summary="Pack model, inference scripts and calibration as one archive.",
    config=PackageConfig,
    example=BASE_EXAMPLE,
    job=Job.processing(
        Image(framework="sklearn", version="processing_framework_version"),
        environment=_environment,
    ),
    inputs=(
        Input(name="model_input", kinds=("model",), path="/opt/ml/processing/input/model"),
        Input(
            name="inference_scripts_input",
            kinds=("scripts",),
            path="/opt/ml/processing/input/script",
            required=False,
            fill=_inference_scripts,
            from_steps=False,
        ),
        Input(
            name="calibration_model",
            kinds=("calibration model",),
            path="/opt/ml/processing/input/calibration",
            required=False,
            accepts=("ModelCalibration.calibration_output",),
        ),
    ),
    outputs=(
        Output(name="packaged_model", kind="packaged model", path="/opt/ml/processing/output"),
    ),
    script=Script(
        package="cursus_registration", file="package.py", older_names=("mims_package.py",)
    ),
    check=_check,
)
