"""`cursus runtime`: run a pipeline on this machine, and write the report of a run."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED
from cursus.cli.inputs import (
    FILE,
    bindings_of,
    format_option,
    plan_files,
    plan_inputs,
    show_warnings,
)
from cursus.cli.run_files import NEW_FILE, check_run_files, run_files, write_run_files
from cursus.cli.run_history import compare, history
from cursus.cli.runtime_synth import DataSource, find_data, synth, synthetic_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins
    from cursus.runtime.options import RunOptions
    from cursus.runtime.result import RunResult


@click.group("runtime")
def command() -> None:
    """Run a pipeline on this machine, with data really handed over.

    \b
    Example:
      cursus runtime test-pipeline -d dag.json -c config.json --data data/
      cursus runtime report pipeline_testing/runs/<run>/result.json -o report.html
      cursus runtime history
    """


command.add_command(history)
command.add_command(compare)


@command.command("test-pipeline")
@plan_inputs
@click.option("--data", type=DataSource(),
              help="synthetic, or a folder with the data of the loading steps, by node name.")  # fmt: skip
@synthetic_options
@click.option("--workspace", type=click.Path(file_okay=False, path_type=Path),
              default=Path("pipeline_testing"), show_default=True, help="Where runs are kept.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(min=1), help="Scripts at once; default: the cores.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=3600.0,
              show_default=True, metavar="SECONDS", help="Time limit of each script.")  # fmt: skip
@click.option("--memory-limit", type=click.FloatRange(min=16), default=8192.0,
              show_default=True, metavar="MB", help="Memory limit of each script.")  # fmt: skip
@run_files
@format_option
def test_pipeline(*, output_format: str, **values: Any) -> int:
    """Run every step of a pipeline for real; exit code 0 passed, 1 failed or interrupted, 2 input.

    \b
    Example:
      cursus runtime test-pipeline -d dag.json -c config.json --data synthetic
      cursus runtime test-pipeline -d dag.json -c config.json --data data/ --jobs 4 \\
          --timeout 600 --memory-limit 4096 --report report.html --junit junit.xml
    """
    from cursus.kernel.planner import PlanOptions

    planning = PlanOptions(
        node_configs=values["bind_configs"],
        bindings=bindings_of(values["binds"]),
        source_root=values["source_root"],
    )
    plan, plugins = plan_files(values["dag_file"], values["config_file"], planning)
    show_warnings(plan)
    check_run_files(values)
    values["data"] = find_data(plan, plugins, values)
    result = _run(plan, plugins, values)
    for warning in result.warnings[len(plan.warnings) :]:
        click.echo(f"warning: {warning}", err=True)
    write_run_files(result, values)
    _show(result, output_format)
    return 0 if result.status == "passed" else FAILED


command.add_command(synth)


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


def _run(plan: Plan, plugins: Plugins, values: dict[str, Any]) -> RunResult:
    """Run to the end or to an interruption; the result of an interrupted run is the last that was shown."""
    from cursus.runtime.execute import run_pipeline
    from cursus.runtime.terminal import progress

    shown: list[RunResult] = []
    with progress(sys.stderr) as watch:

        def keep(result: RunResult) -> None:
            shown[:] = [result]
            watch(result)

        try:
            with _ending_like_interrupts():
                return run_pipeline(plan, plugins, _options(values, keep))
        except KeyboardInterrupt:
            if not shown:
                raise
    return shown[0]


@contextmanager
def _ending_like_interrupts() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the run as Ctrl-C does; a second one does not disturb that end."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [signal.Signals[name] for name in names]

    def interrupt(_number: int, _frame: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in numbers}
    for number, kept in before.items():
        if kept != signal.SIG_IGN:  # of nohup
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, kept in before.items():
            signal.signal(number, kept)


def _options(values: dict[str, Any], watch: Callable[[RunResult], None]) -> RunOptions:
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
