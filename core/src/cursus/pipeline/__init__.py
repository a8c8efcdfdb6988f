"""Plan -> pipeline definition: code bundles, rendering, checks, and the compiler that joins them."""

from cursus.pipeline.compiler import CompileOptions, PipelineDAGCompiler, compile_dag_to_pipeline
from cursus.pipeline.definition import Definition
from cursus.pipeline.render import RenderOptions, render

__all__ = [
    "CompileOptions",
    "Definition",
    "PipelineDAGCompiler",
    "RenderOptions",
    "compile_dag_to_pipeline",
    "render",
]
