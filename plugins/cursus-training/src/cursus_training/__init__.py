"""Cursus plugin: training, models for serving, batch transform, and the catalog's pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.kernel.hookspecs import hookimpl

if TYPE_CHECKING:
    from cursus.catalog import CatalogEntry
    from cursus.kernel.step_type import StepType


@hookimpl
def cursus_step_types() -> list[StepType[Any]]:
    """Give the step types of this plugin."""
    from cursus_training.batch_transform import BATCH_TRANSFORM
    from cursus_training.dummy_training import DUMMY_TRAINING
    from cursus_training.models import PYTORCH_MODEL, XGBOOST_MODEL
    from cursus_training.training import PYTORCH_TRAINING, XGBOOST_TRAINING

    return [
        XGBOOST_TRAINING,
        PYTORCH_TRAINING,
        DUMMY_TRAINING,
        XGBOOST_MODEL,
        PYTORCH_MODEL,
        BATCH_TRANSFORM,
    ]


@hookimpl
def cursus_pipelines() -> list[CatalogEntry]:
    """Give the pipelines of the catalog."""
    from cursus_training.pipelines import pipelines

    return pipelines()
