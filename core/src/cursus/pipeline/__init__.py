"""Plan -> pipeline definition: code bundles, rendering, checks, the compiler that joins them; deploying and starting."""

from cursus.pipeline.aws import AwsAccess
from cursus.pipeline.compiler import CompileOptions, PipelineDAGCompiler, compile_dag_to_pipeline
from cursus.pipeline.definition import Definition
from cursus.pipeline.definition_file import ReadOptions, read_definition
from cursus.pipeline.deploy import Deployment, DeployOptions, deploy
from cursus.pipeline.executions import (
    Execution,
    StepExecution,
    describe_execution,
    list_executions,
    wait_for,
)
from cursus.pipeline.render import RenderOptions, render
from cursus.pipeline.sdk import to_sdk
from cursus.pipeline.starting import Start, StartOptions, start

__all__ = [
    "AwsAccess",
    "CompileOptions",
    "Definition",
    "DeployOptions",
    "Deployment",
    "Execution",
    "PipelineDAGCompiler",
    "ReadOptions",
    "RenderOptions",
    "Start",
    "StartOptions",
    "StepExecution",
    "compile_dag_to_pipeline",
    "deploy",
    "describe_execution",
    "list_executions",
    "read_definition",
    "render",
    "start",
    "to_sdk",
    "wait_for",
]
