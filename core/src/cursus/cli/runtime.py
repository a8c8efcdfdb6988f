"""`cursus runtime`: run a pipeline on this machine, and write the report of a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED
from cursus.cli.inputs import (
    FILE,
    FOLDER,
    bindings_of,
    format_option,
    plan_files,
    plan_inputs,
    show_warnings,
)

if TYPE_CHECKING:
    from cursus.runtime.options import RunOptions
    from cursus.runtime.result import RunResult

NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("runtime")
def command() -> None:
    """Run a pipeline on this machine, with data really handed over.

    \b
    Example:
      cursus runtime test-pipeline -d dag.json -c config.json --data data/
      cursus runtime report pipeline_testing/runs/<run>/result.json -o report.html
    """


@command.command("test-pipeline")
@plan_inputs
@click.option(
    "--data", type=FOLDER, help="Folder with the data of the loading steps, by node name."
)
@click.option("--workspace", type=click.Path(file_okay=False, path_type=Path),
              default=Path("pipeline_testing"), show_default=True, help="Where runs are kept.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(min=1), help="Scripts at once; default: the cores.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=3600.0,
              show_default=True, metavar="SECONDS", help="Time limit of each script.")  # fmt: skip
@click.option("--memory-limit", type=click.FloatRange(min=16), default=8192.0,
              show_default=True, metavar="MB", help="Memory limit of each script.")  # fmt: skip
@click.option("--report", type=NEW_FILE, help="Also write an HTML report.")
@format_option
def test_pipeline(
    *,
    report: Path | None,
    output_format: str,
    **values: Any,
) -> int:
    """Run every step of a pipeline for real; exit code 0 passed, 1 failed, 2 input.

    \b
    Example:
      cursus runtime test-pipeline -d dag.json -c config.json --data data/
      cursus runtime test-pipeline -d dag.json -c config.json --data data/ --jobs 4 \\
          --timeout 600 --memory-limit 4096 --report report.html
    """
    from cursus.kernel.planner import PlanOptions
    from cursus.runtime.execute import run_pipeline
    from cursus.runtime.terminal import progress

    planning = PlanOptions(
        node_configs=values["bind_configs"],
        bindings=bindings_of(values["binds"]),
        source_root=values["source_root"],
    )
    plan, plugins = plan_files(values["dag_file"], values["config_file"], planning)
    show_warnings(plan)
    with progress(sys.stderr) as watch:
        result = run_pipeline(plan, plugins, _options(values, watch))
    _show(result, output_format)
    if report is not None:
        _write_report(result, report)
    return 0 if result.status == "passed" else FAILED


@command.command("report")
@click.argument("result_file", metavar="RESULT.json", type=FILE)
@click.option("-o", "--output", type=NEW_FILE, required=True, help="HTML file to write.")
def report_command(result_file: Path, output: Path) -> None:
    """Write the HTML report of a run: one file that opens offline.

    \b
    Example:
      cursus runtime report pipeline_testing/runs/<run>/result.json -o report.html
    """
    from cursus.runtime.report import write_report
    from cursus.runtime.result import read_result

    write_report(read_result(result_file), result_file.parent, output)
    click.echo(f"wrote {output}")


def _options(values: dict[str, Any], watch: Any) -> RunOptions:
    from cursus.isolation import Limits
    from cursus.runtime.options import RunOptions, count_cores

    return RunOptions(
        data=values["data"],
        workspace=values["workspace"],
        jobs=values["jobs"] or count_cores(),
        limits=Limits(seconds=values["timeout"], memory_mb=values["memory_limit"]),
        watch=watch,
    )


def _show(result: RunResult, output_format: str) -> None:
    if output_format == "json":
        click.echo(result.model_dump_json(indent=2))
        return
    from cursus.runtime.terminal import show_result

    show_result(result, sys.stdout)


def _write_report(result: RunResult, report: Path) -> None:
    from cursus.runtime.report import write_report

    write_report(result, Path(result.folder), report)
    click.echo(f"wrote {report}", err=True)
