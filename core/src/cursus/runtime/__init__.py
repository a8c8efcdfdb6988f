"""The local run of a whole pipeline: `PipelineExecutor`, `PipelineDAGResolver` and what they give."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cursus.runtime.execute import run_pipeline
    from cursus.runtime.executor import (
        PipelineExecutionResult,
        PipelineExecutor,
        StepExecutionResult,
    )
    from cursus.runtime.options import RunOptions
    from cursus.runtime.resolver import PipelineDAGResolver, PipelineExecutionPlan
    from cursus.runtime.result import RunResult, StepResult, read_result

_HOMES = {
    "PipelineDAGResolver": "resolver",
    "PipelineExecutionPlan": "resolver",
    "PipelineExecutionResult": "executor",
    "PipelineExecutor": "executor",
    "RunOptions": "options",
    "RunResult": "result",
    "StepExecutionResult": "executor",
    "StepResult": "result",
    "read_result": "result",
    "run_pipeline": "execute",
}

__all__ = [
    "PipelineDAGResolver",
    "PipelineExecutionPlan",
    "PipelineExecutionResult",
    "PipelineExecutor",
    "RunOptions",
    "RunResult",
    "StepExecutionResult",
    "StepResult",
    "read_result",
    "run_pipeline",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for: the package itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
