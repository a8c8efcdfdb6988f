"""`cursus plan`: the steps, where each input comes from and why, where each output goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cursus.alternatives import alternatives
from cursus.binding import source_text
from cursus.cli import echo_data
from cursus.cli.inputs import (
    bindings_of,
    layout_option,
    plan_files,
    plan_inputs,
    problems_as,
    report_option,
    show_sarif,
    show_warnings,
)
from cursus.paths import Expression, Parameter, piece_name, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.paths import OutputPath, StepProperty


@click.command("plan")
@plan_inputs
@click.option("--explain", is_flag=True, help="Show where every input comes from and why.")
@layout_option
@report_option
def command(  # noqa: PLR0913 - one argument for each option
    *,
    dag_file: Path,
    config_file: Path,
    source_root: Path | None,
    binds: dict[str, str],
    bind_configs: dict[str, str],
    explain: bool,
    layout: str,
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
        node_configs=bind_configs,
        bindings=bindings_of(binds),
        source_root=source_root,
        layout=layout,
    )
    with problems_as(output_format):
        plan, _ = plan_files(dag_file, config_file, options)
    show_warnings(plan)
    if output_format == "sarif":
        show_sarif(plan.warnings)
        return
    if output_format == "json":
        echo_data(plan_data(plan))
        return
    for number, step in enumerate(plan, start=1):
        click.echo(f"{number:3}  {step.name}  ({step.step_type.name}, {step.plugin})")
        if explain:
            _explain(plan, step)
    click.echo(f"{len(plan.steps)} steps, {sum(len(s.bindings) for s in plan)} inputs bound")


def plan_data(plan: Plan) -> dict[str, Any]:
    """Give a plan as plain data."""
    return {
        "steps": [_step_data(plan, step) for step in plan],
        "warnings": [w.to_dict() for w in plan.warnings],
    }


def _step_data(plan: Plan, step: PlannedStep) -> dict[str, Any]:
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
        "not_taken": {
            port.name: {other.source: other.why for other in alternatives(plan, step, port)}
            for port in step.step_type.inputs
        },
        "outputs": {name: to_json(path) for name, path in step.outputs.items()},
        "environment": dict(step.environment),
        "arguments": list(step.arguments),
    }


def _explain(plan: Plan, step: PlannedStep) -> None:
    click.echo(f"       config {step.config_key} of node {step.node}")
    for port in step.step_type.inputs:
        binding = step.bindings.get(port.name)
        if binding is None:
            click.echo(f"       {port.name} <- nothing  [optional, and not bound]")
        else:
            click.echo(f"       {port.name} <- {source_text(binding.source)}  [{binding.reason}]")
        for other in alternatives(plan, step, port):
            click.echo(f"           not {other.source}: {other.why}")
    for name, path in step.outputs.items():
        click.echo(f"       {name} -> {_place(path)}")


def _place(path: OutputPath) -> str:
    """Write a location as a person reads it: run-time pieces in braces."""
    return "/".join(_piece(piece) for piece in (path.base, *path.parts))


def _piece(piece: str | Parameter | StepProperty | Expression) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Expression):
        return f"{{{piece_name(piece)}}}"
    return f"{{{piece.name if isinstance(piece, Parameter) else f'{piece.step}.{piece.path}'}}}"
