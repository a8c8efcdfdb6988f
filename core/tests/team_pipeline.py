"""A team's plugin with one step type of each kind; the render tests install it as a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus import Image, Input, Job, Output, StepType, hookimpl
from cursus.config import BasePipelineConfig, ProcessingStepConfigBase
from cursus.errors import ImageUriError
from cursus.kernel.plan import StepOutput
from cursus.paths import BundleFile, SourceFolder, Uri
from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep


class SourceConfig(BasePipelineConfig):
    job_type: str | None = None


class CleanConfig(ProcessingStepConfigBase):
    job_type: str | None = None
    table: dict[str, str] = Field(default_factory=dict)
    extra: str | None = None
    serving: str | None = None


class PackConfig(ProcessingStepConfigBase):
    pass


class TrainConfig(BasePipelineConfig):
    training_entry_point: str = "run.py"
    training_instance_type: str = "ml.m5.4xlarge"
    training_instance_count: int = 1
    training_volume_size: int = 30


class ServeConfig(BasePipelineConfig):
    instance_type: str = "ml.m5.large"
    entry_point: str = "run.py"


class ScoreConfig(BasePipelineConfig):
    transform_instance_type: str = "ml.m5.large"
    transform_instance_count: int = 1
    content_type: str = "text/csv"
    join_source: str = "Input"


class PublishConfig(BasePipelineConfig):
    way: str = "step"


class BareConfig(BaseModel):
    role: str = ""


def publish(step: PlannedStep, plan: Plan) -> Any:
    way = step.attribute("way")
    if way == "silent":
        return None
    if way == "broken":
        raise ValueError("no endpoint")
    if way == "imageless":
        raise ImageUriError("no image for it")
    if way == "odd":
        return "a step"
    source = step.bindings["table"].source
    assert isinstance(source, StepOutput)
    return {
        "Type": "Lambda",
        "Arguments": {"table": plan.location(source)},
        "FunctionArn": "arn:aws:lambda",
    }


def extra(config: CleanConfig) -> Uri | None:
    return Uri(uri=config.extra) if config.extra else None


def serving(config: CleanConfig) -> SourceFolder | None:
    return SourceFolder(folder=config.serving) if config.serving else None


IN, OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
SKLEARN = Image(framework="sklearn", version="processing_framework_version")
XGBOOST = Image(framework="xgboost", version="framework_version")
SERVING = Image(framework="xgboost", version="framework_version", scope="inference")
TYPES: list[StepType[Any]] = [
    StepType(
        name="Source",
        summary="",
        config=SourceConfig,
        example={},
        job=Job(
            kind="service",
            stand_in="source",
            location=lambda _step, _plan, name: "s3://lake/day" if name == "table" else None,
        ),
        outputs=(Output(name="table", kind="table"), Output(name="notes", kind="notes")),
    ),
    StepType(
        name="Clean",
        summary="",
        config=CleanConfig,
        example={},
        job=Job.processing(
            SKLEARN,
            environment=lambda c: {"TABLE": c.table, "LABEL": "late"},
            arguments=lambda c: ("--job_type", c.job_type or "all"),
            overflow=frozenset({"TABLE"}),
        ),
        inputs=(
            Input(name="table", kinds=("table",), path=f"{IN}/table"),
            Input(
                name="notes",
                kinds=("notes",),
                path=f"{IN}/notes",
                required=False,
                accepts=("Source.notes",),
            ),
            Input(name="extra", kinds=("x",), path=f"{IN}/extra", required=False, fill=extra),
            Input(name="serving", kinds=("x",), path=f"{IN}/serving", required=False, fill=serving),
        ),
        outputs=(Output(name="cleaned", kind="table", path=f"{OUT}/cleaned"),),
    ),
    StepType(
        name="Train",
        summary="",
        config=TrainConfig,
        example={},
        job=Job.training(XGBOOST, files=lambda _config, _source: {"hyperparams/h.json": b"{}"}),
        inputs=(
            Input(
                name="table", kinds=("table",), path="/opt/ml/input/data", channels=("train", "val")
            ),
            Input(
                name="hyper",
                kinds=("x",),
                path="/opt/ml/code/hyperparams",
                required=False,
                fill=lambda _config: BundleFile(path="hyperparams/h.json"),
            ),
            Input(name="prior", kinds=("x",), path="/opt/ml/input/data/prior", required=False),
        ),
        outputs=(
            Output(
                name="model",
                kind="model",
                path="/opt/ml/model",
                reference="ModelArtifacts.S3ModelArtifacts",
            ),
        ),
    ),
    StepType(
        name="Serve",
        summary="",
        config=ServeConfig,
        example={},
        job=Job(
            kind="model", image=SERVING, instance_type="instance_type", entry_point="entry_point"
        ),
        inputs=(Input(name="model_data", kinds=("model", "packaged model"), path="/opt/ml/model"),),
        outputs=(Output(name="model_name", kind="model name", reference="ModelName"),),
    ),
    StepType(
        name="Pack",
        summary="",
        config=PackConfig,
        example={},
        job=Job.processing(SKLEARN),
        inputs=(Input(name="model_input", kinds=("model",), path=f"{IN}/model"),),
        outputs=(Output(name="packaged", kind="packaged model", path=OUT),),
    ),
    StepType(
        name="Score",
        summary="",
        config=ScoreConfig,
        example={},
        job=Job(
            kind="transform",
            instance_type="transform_instance_type",
            instance_count="transform_instance_count",
        ),
        inputs=(
            Input(name="model_name", kinds=("model name",), path="/m"),
            Input(name="data", kinds=("table",), path="/d"),
        ),
        outputs=(Output(name="scores", kind="scores", reference="TransformOutput.S3OutputPath"),),
    ),
    StepType(
        name="Publish",
        summary="",
        config=PublishConfig,
        example={},
        job=Job.custom(publish),
        inputs=(Input(name="table", kinds=("table",), path="/t"),),
    ),
    StepType(name="Bare", summary="", config=BareConfig, example={}, job=Job.custom(publish)),
]


@hookimpl
def cursus_step_types() -> list[StepType[Any]]:
    return TYPES
