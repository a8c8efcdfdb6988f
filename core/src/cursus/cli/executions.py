"""`cursus executions`: what became of a pipeline that was started."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import echo_data, echo_rows
from cursus.cli.aws_options import access_of, aws_options
from cursus.cli.inputs import format_option

if TYPE_CHECKING:
    from datetime import datetime

    from cursus.pipeline.executions import Execution


@click.group("executions")
def command() -> None:
    """List and describe the executions of a deployed pipeline.

    \b
    Example:
      cursus executions list flights-pipeline
      cursus executions describe flights-pipeline
    """


@command.command("list")
@click.argument("pipeline")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many to list, the newest first.")  # fmt: skip
@aws_options
@format_option
def list_command(*, pipeline: str, limit: int, output_format: str, **values: Any) -> None:
    """List a pipeline's executions, the newest first.

    \b
    Example:
      cursus executions list flights-pipeline --limit 5
    """
    from cursus.pipeline.executions import list_executions

    found = list_executions(pipeline, access_of(values), limit=limit)
    if output_format == "json":
        echo_data([execution_data(execution) for execution in found])
        return
    if not found:
        click.echo(f"{pipeline} has no execution")
    echo_rows([(e.status, _time(e.started), e.name or "", e.arn) for e in found])


@command.command()
@click.argument("named", metavar="PIPELINE|ARN")
@aws_options
@format_option
def describe(*, named: str, output_format: str, **values: Any) -> None:
    """Describe an execution with its steps: the newest of a pipeline, or the one of an ARN.

    Where the steps alone cannot be listed, a warning says why.

    \b
    Example:
      cursus executions describe flights-pipeline --format json
    """
    from cursus.pipeline.executions import describe_execution

    execution = describe_execution(named, access_of(values))
    if output_format == "json":
        echo_data(execution_data(execution))
    else:
        show_execution(execution)
    warn_of_steps(execution)


def execution_data(execution: Execution) -> dict[str, Any]:
    """Give an execution as JSON data; times are ISO 8601."""
    data = asdict(execution)
    data["values"] = dict(execution.values)
    problem = execution.steps_unlisted
    data["steps_unlisted"] = None if problem is None else problem.to_dict()
    for part in (data, *data["steps"]):
        part["started"], part["ended"] = _time(part["started"]), _time(part["ended"])
    return data


def show_execution(execution: Execution) -> None:
    """Print an execution with its steps."""
    click.echo(f"{execution.status}  {_time(execution.started)}  {execution.arn}")
    if execution.failure:
        click.echo(f"  {execution.failure}")
    for name, value in execution.values:
        click.echo(f"  {name} = {value}")
    echo_rows(
        [
            (
                f"  {s.status}",
                s.name,
                _time(s.started),
                _duration(s.started, s.ended),
                s.failure or "",
            )
            for s in execution.steps
        ]
    )


def warn_of_steps(execution: Execution) -> None:
    """Say on stderr why the steps are missing."""
    if execution.steps_unlisted is not None:
        click.echo(str(execution.steps_unlisted), err=True)


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")


def _duration(started: datetime | None, ended: datetime | None) -> str:
    return f"{(ended - started).total_seconds():.0f} s" if started and ended else ""
