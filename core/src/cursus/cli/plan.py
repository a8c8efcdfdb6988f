"""`cursus plan`: the steps, where each input comes from and why, where each output goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cursus.cli import echo_data
from cursus.cli.inputs import bindings_of, format_option, plan_files, plan_inputs, show_warnings
from cursus.kernel.plan import StepOutput
from cursus.paths import Parameter, SourceFolder, Uri, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.plan import Binding, Plan, PlannedStep


@click.command("plan")
@plan_inputs
@click.option("--explain", is_flag=True, help="Show where every input comes from and why.")
@format_option
def command(  # noqa: PLR0913 - one argument for each option
    *,
    dag_file: Path,
    config_file: Path,
    source_root: Path | None,
    binds: dict[str, str],
    bind_configs: dict[str, str],
    explain: bool,
    output_format: str,
) -> None:
    """Show what a DAG and a config make: steps in order, bindings, outputs.

    \b
    Example:
      cursus plan -d dag.json -c config.json --explain
      cursus plan -d dag.json -c config.json --bind XGBoostTraining.input_path=Prep:processed_data
    """
    from cursus.kernel.planner import PlanOptions

    options = PlanOptions(
        node_configs=bind_configs, bindings=bindings_of(binds), source_root=source_root
    )
    plan, _ = plan_files(dag_file, config_file, options)
    show_warnings(plan)
    if output_format == "json":
        echo_data(plan_data(plan))
        return
    for number, step in enumerate(plan, start=1):
        click.echo(f"{number:3}  {step.name}  ({step.step_type.name}, {step.plugin})")
        if explain:
            _explain(step)
    click.echo(f"{len(plan.steps)} steps, {sum(len(s.bindings) for s in plan)} inputs bound")


def plan_data(plan: Plan) -> dict[str, Any]:
    """Give a plan as plain data."""
    return {
        "steps": [_step_data(step) for step in plan],
        "warnings": [w.to_dict() for w in plan.warnings],
    }


def _step_data(step: PlannedStep) -> dict[str, Any]:
    return {
        "node": step.node,
        "name": step.name,
        "step_type": step.step_type.name,
        "plugin": step.plugin,
        "config": step.config_key,
        "dependencies": list(step.dependencies),
        "inputs": {n: {"from": source_text(b), "why": b.reason} for n, b in step.bindings.items()},
        "outputs": {name: to_json(path) for name, path in step.outputs.items()},
        "environment": dict(step.environment),
        "arguments": list(step.arguments),
    }


def source_text(binding: Binding) -> str:
    """Name where an input comes from."""
    match binding.source:
        case StepOutput(node=node, output=output):
            return f"{node}:{output}"
        case Uri(uri=uri):
            return uri
        case Parameter(name=name):
            return f"parameter {name}"
        case SourceFolder(folder=folder):
            return f"source folder {folder or '(shipped script)'}"
        case file:
            return f"code bundle, {file.path}"


def _explain(step: PlannedStep) -> None:
    for name, binding in step.bindings.items():
        click.echo(f"       {name} <- {source_text(binding)}  [{binding.reason}]")
    for name, path in step.outputs.items():
        pieces = [
            piece if isinstance(piece, str) else f"{{{piece.name}}}"
            for piece in (path.base, *path.parts)
        ]  # type: ignore[union-attr]
        click.echo(f"       {name} -> {'/'.join(pieces)}")
