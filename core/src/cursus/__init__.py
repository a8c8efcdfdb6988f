"""Cursus: one plan of a machine-learning pipeline, three products that agree."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cursus.catalog.documents import (
        generate_execution_document_for_pipeline,
        make_template_for_pipeline,
    )
    from cursus.dag import PipelineDAG
    from cursus.document import ExecutionDocumentGenerator
    from cursus.errors import CursusError
    from cursus.kernel.hookspecs import hookimpl
    from cursus.kernel.planner import PlanOptions, make_plan
    from cursus.kernel.plugins import load_plugins
    from cursus.kernel.step_type import Image, Input, Job, Output, Script, StepType
    from cursus.paths import OutputPath, Parameter
    from cursus.pipeline import PipelineDAGCompiler, compile_dag_to_pipeline

__all__ = [
    "CursusError",
    "ExecutionDocumentGenerator",
    "Image",
    "Input",
    "Job",
    "Output",
    "OutputPath",
    "Parameter",
    "PipelineDAG",
    "PipelineDAGCompiler",
    "PlanOptions",
    "Script",
    "StepType",
    "compile_dag_to_pipeline",
    "generate_execution_document_for_pipeline",
    "hookimpl",
    "load_plugins",
    "make_plan",
    "make_template_for_pipeline",
]

_HOMES = {
    "CursusError": "errors",
    "ExecutionDocumentGenerator": "document",
    "Image": "kernel.step_type",
    "Input": "kernel.step_type",
    "Job": "kernel.step_type",
    "Output": "kernel.step_type",
    "OutputPath": "paths",
    "Parameter": "paths",
    "PipelineDAG": "dag",
    "PipelineDAGCompiler": "pipeline",
    "PlanOptions": "kernel.planner",
    "Script": "kernel.step_type",
    "StepType": "kernel.step_type",
    "compile_dag_to_pipeline": "pipeline",
    "generate_execution_document_for_pipeline": "catalog.documents",
    "hookimpl": "kernel.hookspecs",
    "load_plugins": "kernel.plugins",
    "make_plan": "kernel.planner",
    "make_template_for_pipeline": "catalog.documents",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import cursus` stays cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cursus' has no attribute {name!r}")
    return getattr(import_module(f"cursus.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
