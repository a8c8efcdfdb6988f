"""Cursus plugin: a step that asks people to approve a packaged model, done by the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus import Input, Job, StepType, hookimpl
from cursus.config import BasePipelineConfig
from pydantic import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.kernel.plan import Plan, PlannedStep


class ModelApprovalConfig(BasePipelineConfig):
    """Who approves, and by when, in days."""

    approvers: tuple[str, ...] = Field(min_length=1)
    deadline_days: int = Field(default=5, ge=1, le=30)


MODEL_APPROVAL = StepType(
    name="ModelApproval",
    summary="Ask people to approve a packaged model.",
    config=ModelApprovalConfig,
    example={
        "author": "ada",
        "bucket": "team-bucket",
        "role": "arn:aws:iam::123456789012:role/Pipeline",
        "region": "NA",
        "service_name": "Flights",
        "pipeline_version": "1.0.0",
        "approvers": ["ada"],
    },
    job=Job(kind="service", stand_in="sink"),
    inputs=(Input(name="model", kinds=("packaged model",), path="/opt/ml/processing/input/model"),),
    document=("PROCESSING_STEP", "ModelApprovalStep"),
    documented=True,
)


@hookimpl
def cursus_step_types() -> list[StepType[Any]]:
    """Give the step types of this plugin."""
    return [MODEL_APPROVAL]


@hookimpl
def cursus_extract_step_config(step: PlannedStep, plan: Plan) -> Mapping[str, Any] | None:
    """Say what the platform needs to know about the approval; leave all other steps to others."""
    if not isinstance(step.config, ModelApprovalConfig):
        return None
    return {
        "approvers": [*step.config.approvers],
        "deadlineDays": step.config.deadline_days,
        "pipeline": step.config.pipeline_name,
        "waitsFor": [plan.steps[node].name for node in step.dependencies if node in plan.steps],
    }
