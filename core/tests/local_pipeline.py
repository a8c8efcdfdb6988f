"""A team's plugin for local runs: a source, scripts of both kinds, a model and a sink; tests bring the scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cursus import Image, Input, Job, Output, StepType, hookimpl
from cursus.config import BasePipelineConfig, ProcessingStepConfigBase
from cursus.paths import BundleFile, Uri

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep

IN, OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
SKLEARN = Image(framework="sklearn", version="processing_framework_version")
XGBOOST = Image(framework="xgboost", version="framework_version")


class LoadConfig(BasePipelineConfig):
    job_type: str | None = None


class PrepareConfig(ProcessingStepConfigBase):
    job_type: str | None = None
    prior: str | None = None


class LearnConfig(BasePipelineConfig):
    job_type: str | None = None
    training_entry_point: str = "Learn.py"
    training_instance_type: str = "ml.m5.4xlarge"
    training_instance_count: int = 1
    training_volume_size: int = 30


class JudgeConfig(ProcessingStepConfigBase):
    job_type: str | None = None


class PlainConfig(ProcessingStepConfigBase):
    job_type: str | None = None


class ServeConfig(BasePipelineConfig):
    instance_type: str = "ml.m5.large"
    entry_point: str = "serve.py"


class ScoreConfig(BasePipelineConfig):
    pass


class EnrolConfig(BasePipelineConfig):
    owner: str = "team-7"


def prior(config: PrepareConfig) -> Uri | None:
    return Uri(uri=config.prior) if config.prior else None


def enrolment(step: PlannedStep, _plan: Plan) -> dict[str, str]:
    return {"model_owner": step.attribute("owner")}


TYPES: list[StepType[Any]] = [
    StepType(
        name="Load",
        summary="",
        config=LoadConfig,
        example={},
        job=Job(kind="service", stand_in="source"),
        outputs=(
            Output(name="DATA", kind="tabular"),
            Output(name="SIGNATURE", kind="signature"),
        ),
    ),
    StepType(
        name="Prepare",
        summary="",
        config=PrepareConfig,
        example={},
        job=Job.processing(
            SKLEARN,
            environment=lambda _config: {"LABEL": "late"},
            arguments=lambda config: ("--job_type", config.job_type or "all"),
        ),
        inputs=(
            Input(name="DATA", kinds=("tabular",), path=f"{IN}/data"),
            Input(
                name="SIGNATURE",
                kinds=("signature",),
                path=f"{IN}/signature",
                required=False,
                accepts=("Load.SIGNATURE",),
            ),
            Input(name="prior", kinds=("x",), path=f"{IN}/prior", required=False, fill=prior),
        ),
        outputs=(Output(name="processed", kind="tabular splits", path=OUT),),
    ),
    StepType(
        name="Learn",
        summary="",
        config=LearnConfig,
        example={},
        job=Job.training(
            XGBOOST,
            source_dir="source_dir",
            files=lambda _config, _source: {"hyper/h.json": json.dumps({"eta": 0.3}).encode()},
        ),
        inputs=(
            Input(
                name="input_path",
                kinds=("tabular splits",),
                path="/opt/ml/input/data",
                channels=("train", "val"),
            ),
            Input(
                name="hyper",
                kinds=("x",),
                path="/opt/ml/code/hyper",
                required=False,
                fill=lambda _config: BundleFile(path="hyper/h.json"),
            ),
        ),
        outputs=(
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
        ),
    ),
    StepType(
        name="Judge",
        summary="",
        config=JudgeConfig,
        example={},
        job=Job.processing(SKLEARN),
        inputs=(
            Input(name="model_input", kinds=("model",), path=f"{IN}/model"),
            Input(name="evaluation", kinds=("predictions",), path=f"{IN}/evaluation"),
        ),
        outputs=(Output(name="metrics", kind="metrics", path=f"{OUT}/metrics"),),
    ),
    StepType(
        name="Plain",
        summary="",
        config=PlainConfig,
        example={},
        job=Job.processing(SKLEARN),
        outputs=(Output(name="thing", kind="thing", path=OUT),),
    ),
    StepType(
        name="Serve",
        summary="",
        config=ServeConfig,
        example={},
        job=Job(kind="model", image=XGBOOST, instance_type="instance_type"),
        inputs=(Input(name="model_data", kinds=("model",), path="/m"),),
        outputs=(Output(name="model_name", kind="model name", reference="ModelName"),),
    ),
    StepType(
        name="Score",
        summary="",
        config=ScoreConfig,
        example={},
        job=Job(kind="custom", render=lambda _step, _plan: None),
        inputs=(Input(name="model_name", kinds=("model name",), path="/m"),),
    ),
    StepType(
        name="Enrol",
        summary="",
        config=EnrolConfig,
        example={},
        job=Job(kind="service", stand_in="sink"),
        inputs=(Input(name="model", kinds=("model",), path="/m"),),
        extract=enrolment,
    ),
]


@hookimpl
def cursus_step_types() -> list[StepType[Any]]:
    return TYPES
