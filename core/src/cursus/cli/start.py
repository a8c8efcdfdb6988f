"""`cursus start`: a deployed pipeline is started with values for its parameters."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, echo_data
from cursus.cli.aws_options import access_of, aws_options, pairs_of
from cursus.cli.executions import execution_data, show_execution, warn_of_steps
from cursus.cli.inputs import format_option

if TYPE_CHECKING:
    from cursus.pipeline.executions import Execution
    from cursus.pipeline.starting import Start


@click.command("start")
@click.argument("pipeline")
@click.option("--prefix", metavar="URI", help="S3 URI below which everything is written.")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="Value of a parameter."
)
@click.option("--display-name", help="Name of the execution.")
@click.option("--client-token", help="Two starts with one token (32 to 128 characters) are one.")
@click.option("--parallelism", type=click.IntRange(min=1), help="How many steps run at once.")
@click.option(
    "--wait", is_flag=True, help="Wait for the end; exit code 1 where it is not a success."
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=86400.0,
              show_default=True, metavar="SECONDS", help="How long --wait waits.")  # fmt: skip
@aws_options
@format_option
def command(*, pipeline: str, output_format: str, **values: Any) -> int:
    """Start a deployed pipeline; every parameter without a value is named first.

    \b
    Example:
      cursus start flights-pipeline --prefix s3://bucket/runs/today --param VPC_SUBNET=subnet-1
      cursus start flights-pipeline --prefix s3://bucket/runs/today --wait --format json
    """
    from cursus.pipeline.executions import SUCCEEDED, wait_for
    from cursus.pipeline.starting import StartOptions, start

    access = access_of(values)
    options = StartOptions(
        display_name=values["display_name"],
        client_token=values["client_token"],
        parallelism=values["parallelism"],
    )
    given = pairs_of(values["params"], "--param")
    started = start(
        pipeline, prefix=values["prefix"], values=given, session=access, options=options
    )
    if output_format == "text":
        click.echo(f"started {started.arn}")
    ended = wait_for(started.arn, access, seconds=values["timeout"]) if values["wait"] else None
    _show(started, ended, output_format)
    return 0 if ended is None or ended.status == SUCCEEDED else FAILED


def _show(started: Start, ended: Execution | None, output_format: str) -> None:
    if output_format == "json":
        execution = None if ended is None else execution_data(ended)
        echo_data({**asdict(started), "execution": execution})
    elif ended is not None:
        show_execution(ended)
    if ended is not None:
        warn_of_steps(ended)
