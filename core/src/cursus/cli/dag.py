"""`cursus dag`: check a DAG file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cursus.cli import echo_data
from cursus.cli.inputs import FILE, format_option

if TYPE_CHECKING:
    from pathlib import Path


@click.group("dag")
def command() -> None:
    """Check DAG files."""


@command.command("validate")
@click.argument("file", type=FILE)
@format_option
def validate(file: Path, output_format: str) -> None:
    """Check that FILE is a graph that can be planned, and print its steps in run order.

    \b
    Example:
      cursus dag validate dag.json
    """
    from cursus.dag import PipelineDAG

    dag = PipelineDAG.from_file(file)
    order = dag.topological_sort()
    if output_format == "json":
        echo_data({"nodes": len(dag.nodes), "edges": len(dag.edges), "order": order})
        return
    click.echo(f"{file}: {len(dag.nodes)} nodes, {len(dag.edges)} edges, no cycle")
    for number, node in enumerate(order, start=1):
        after = ", ".join(dag.get_dependencies(node))
        click.echo(f"{number:3}  {node}" + (f"  after {after}" if after else ""))
