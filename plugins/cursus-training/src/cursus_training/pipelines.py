"""The pipelines that this plugin contributes to the catalog, each with a config on flights to try it with."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cursus.catalog import CatalogEntry

from cursus_training.pipeline_config import PROFILE, config_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    Edge = tuple[str, str]


def pipelines() -> list[CatalogEntry]:
    """Give all eight pipelines."""
    return [*_xgboost_pipelines(), *_pytorch_pipelines(), _dummy_pipeline()]


def _xgboost_pipelines() -> list[CatalogEntry]:
    model = "XGBoostTraining"
    simple = [*_training(model), *_prepared("calibration")]
    calibration = "ModelCalibration_training"
    calibrated = [(model, calibration), ("TabularPreprocessing_calibration", calibration)]
    evaluation = _evaluation(model, "evaluation", "XGBoostModelEval")
    return [
        _entry(
            "xgboost_simple",
            simple,
            description="Train an XGBoost model and prepare calibration data beside it.",
            complexity="simple",
            features=("training",),
        ),
        _entry(
            "xgboost_training_with_calibration",
            [*simple, *calibrated],
            description="Train an XGBoost model and calibrate its scores.",
            complexity="standard",
            features=("training", "calibration"),
        ),
        _entry(
            "xgboost_training_with_evaluation",
            [*_training(model), *evaluation],
            description="Train an XGBoost model and evaluate it on data of its own.",
            complexity="standard",
            features=("training", "evaluation"),
        ),
        _complete("xgboost_complete_e2e", "XGBoost"),
    ]


def _pytorch_pipelines() -> list[CatalogEntry]:
    model = "PyTorchTraining"
    evaluated = [*_training(model), *_evaluation(model, "validation", "PyTorchModelEval")]
    return [
        _entry(
            "pytorch_training",
            evaluated,
            description="Train a PyTorch model and evaluate it on validation data.",
            complexity="standard",
            features=("training", "evaluation"),
            aliases=("training",),
        ),
        _entry(
            "pytorch_standard_e2e",
            [*evaluated, *_registered(model)],
            description="Train, evaluate, package and register a PyTorch model.",
            complexity="comprehensive",
            task_type="end_to_end",
            features=("training", "evaluation", "packaging", "registration"),
            aliases=("standard_e2e",),
        ),
        _complete("pytorch_complete_e2e", "PyTorch", aliases=("complete_e2e",)),
    ]


def _dummy_pipeline() -> CatalogEntry:
    return _entry(
        "dummy_e2e_basic",
        _registered("DummyTraining"),
        description="Package and register a pretrained model.",
        complexity="simple",
        task_type="end_to_end",
        features=("packaging", "registration"),
    )


def _complete(name: str, family: str, **fields: Any) -> CatalogEntry:
    """Train, evaluate, calibrate, package and register."""
    model, evaluation = f"{family}Training", f"{family}ModelEval_calibration"
    return _entry(
        name,
        [
            *_training(model),
            *_evaluation(model, "calibration", evaluation),
            *_chain(evaluation, "ModelCalibration_calibration", "Package"),
            *_registered(model),
        ],
        description=f"Train, evaluate, calibrate, package and register a model with {family}.",
        complexity="comprehensive",
        task_type="end_to_end",
        features=("training", "evaluation", "calibration", "packaging", "registration"),
        **fields,
    )


def _entry(name: str, edges: list[Edge], **fields: Any) -> CatalogEntry:
    framework = name.partition("_")[0]
    nodes = tuple(dict.fromkeys(node for edge in edges for node in edge))
    return CatalogEntry(
        id=name,
        nodes=nodes,
        edges=tuple(edges),
        framework=framework,
        config=config_file(nodes, framework),
        profile=PROFILE,
        **{"task_type": "training", **fields},
    )


def _chain(*nodes: str) -> Iterable[Edge]:
    return pairwise(nodes)


def _prepared(job_type: str) -> Iterable[Edge]:
    return _chain(f"CradleDataLoading_{job_type}", f"TabularPreprocessing_{job_type}")


def _training(model: str) -> Iterable[Edge]:
    return _chain("CradleDataLoading_training", "TabularPreprocessing_training", model)


def _evaluation(model: str, job_type: str, evaluation: str) -> Iterable[Edge]:
    data = f"TabularPreprocessing_{job_type}"
    return [*_prepared(job_type), (model, evaluation), (data, evaluation)]


def _registered(model: str) -> list[Edge]:
    return [
        (model, "Package"),
        (model, "Payload"),
        ("Package", "Registration"),
        ("Payload", "Registration"),
    ]
