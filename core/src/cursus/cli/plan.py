"""`cursus plan`: the steps, where each input comes from and why, where each output goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cursus.binding import source_text
from cursus.cli import echo_data
from cursus.cli.inputs import bindings_of, format_option, plan_files, plan_inputs, show_warnings
from cursus.paths import Parameter, StepProperty, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.paths import OutputPath


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
        "inputs": {
            n: {"from": source_text(b.source), "why": b.reason} for n, b in step.bindings.items()
        },
        "outputs": {name: to_json(path) for name, path in step.outputs.items()},
        "environment": dict(step.environment),
        "arguments": list(step.arguments),
    }


def _explain(step: PlannedStep) -> None:
    for name, binding in step.bindings.items():
        click.echo(f"       {name} <- {source_text(binding.source)}  [{binding.reason}]")
    for name, path in step.outputs.items():
        click.echo(f"       {name} -> {_place(path)}")


def _place(path: OutputPath) -> str:
    """Write a location as a person reads it: run-time pieces in braces."""
    return "/".join(_piece(piece) for piece in (path.base, *path.parts))


def _piece(piece: str | Parameter | StepProperty) -> str:
    if isinstance(piece, Parameter):
        return f"{{{piece.name}}}"
    return f"{{{piece.step}.{piece.path}}}" if isinstance(piece, StepProperty) else piece
