"""`cursus runtime history` and `compare`: the runs of a workspace, and two of them side by side."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, counted, echo_data, echo_rows
from cursus.cli.inputs import format_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from cursus.runtime.comparison import Comparison, StepComparison, StepFigures
    from cursus.runtime.history import History, PastRun

workspace_option = click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path("pipeline_testing"),
    show_default=True, help="Where runs are kept.",
)  # fmt: skip
VERDICTS = {"passed": "passed", "failed": "failed", "running": "not finished"}


@click.command()
@workspace_option
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many to list.")  # fmt: skip
@format_option
def history(*, workspace: Path, limit: int, output_format: str) -> None:
    """List the runs of a workspace, the newest first; folders that hold no readable result are named.

    \b
    Example:
      cursus runtime history --limit 5
    """
    from cursus.runtime.history import read_history

    found = read_history(workspace, limit)
    if output_format == "json":
        echo_data({
            "runs": [_run_data(run) for run in found.runs],
            "older": found.older,
            "unreadable": [problem.to_dict() for problem in found.unreadable],
        })  # fmt: skip
        return
    _show_history(found, workspace)


@click.command()
@click.argument("before", metavar="RUN_A")
@click.argument("after", metavar="RUN_B")
@click.option("--threshold", type=click.FloatRange(min=0), default=0.2, show_default=True,
              help="Share by which a step's time and memory may grow.")  # fmt: skip
@workspace_option
@format_option
def compare(
    *, before: str, after: str, threshold: float, workspace: Path, output_format: str
) -> int:
    """Compare two runs step by step; exit code 1 where RUN_B is worse than RUN_A.

    A run is its folder, its result.json, or its id in the workspace. Worse is: a step that passed does not, or it takes
    more time or memory than the threshold allows, and at least 0.5 s or 50 MB more.

    \b
    Example:
      cursus runtime compare 20250304-101502-a1b2 20250304-113000-c3d4
      cursus runtime compare main/result.json pipeline_testing/runs/<run> --threshold 0.5
    """
    from cursus.errors import read_all
    from cursus.runtime.comparison import compare_runs
    from cursus.runtime.history import find_run
    from cursus.runtime.result import read_result

    results = read_all(
        lambda: read_result(find_run(before, workspace)),
        lambda: read_result(find_run(after, workspace)),
    )
    found = compare_runs(*results, threshold=threshold)
    if output_format == "json":
        echo_data(_comparison_data(found))
    else:
        _show_comparison(found)
    return FAILED if found.worse else 0


def _run_data(run: PastRun) -> dict[str, Any]:
    result = run.result
    return {
        "run_id": result.run_id,
        "folder": str(run.folder),
        "started": result.started.isoformat(),
        "pipeline": result.pipeline,
        "status": result.status,
        "error": result.error,
        "passed": result.count("passed"),
        "failed": len(result.failures),
        "skipped": result.count("skipped"),
        "steps": len(result.steps),
        "wall_seconds": result.wall_seconds,
        "peak_memory_mb": result.peak_memory_mb,
    }


def _show_history(found: History, workspace: Path) -> None:
    if not found.runs:
        click.echo(f"{workspace} holds no run that can be read")
    else:
        heading = ("run", "started", "pipeline", "verdict", "passed", "failed", "skipped",
                   "time s", "peak MB")  # fmt: skip
        echo_rows([heading, *map(_run_row, found.runs)], numbers_from=4)
    if found.older:
        click.echo(f"{counted(found.older, 'older run')}; --limit shows more")
    for problem in found.unreadable:
        click.echo(f"\n{problem}", err=True)


def _run_row(run: PastRun) -> tuple[str, ...]:
    result = run.result
    name = result.run_id if run.folder.name == result.run_id else f"{run.folder.name} (renamed)"
    return (
        name,
        result.started.strftime("%Y-%m-%d %H:%M:%S"),
        result.pipeline or "-",
        VERDICTS[result.status],
        str(result.count("passed")),
        str(len(result.failures)),
        str(result.count("skipped")),
        f"{result.wall_seconds:.1f}",
        f"{result.peak_memory_mb:,.0f}",
    )


def _comparison_data(found: Comparison) -> dict[str, Any]:
    runs = {"before": found.before, "after": found.after}
    return {
        "worse": [asdict(worse) for worse in found.worse],
        "threshold": found.threshold,
        **{
            name: {"run_id": run.run_id, "pipeline": run.pipeline, "status": run.status,
                   "started": run.started.isoformat(), "wall_seconds": run.wall_seconds,
                   "peak_memory_mb": run.peak_memory_mb}
            for name, run in runs.items()
        },
        "steps": [asdict(step) for step in found.steps],
    }  # fmt: skip


def _show_comparison(found: Comparison) -> None:
    runs = (("before", found.before), ("after", found.after))
    echo_rows([
        (name, run.run_id, run.pipeline or "-", VERDICTS[run.status], f"{run.wall_seconds:.1f} s",
         f"{run.peak_memory_mb:,.0f} MB")
        for name, run in runs
    ])  # fmt: skip
    click.echo()
    heading = ("step", "status", "time s", "peak MB", "rows in", "rows out", "outputs")
    echo_rows([heading, *map(_step_row, found.steps)])
    click.echo()
    for message in dict.fromkeys(worse.message for worse in found.worse):
        nodes = [w.node or "the run" for w in found.worse if w.message == message]
        click.echo(f"{', '.join(nodes)}: {message}")
    count = len(found.worse)
    click.echo(f"{counted(count, 'thing')} got worse" if count else "nothing got worse")


def _step_row(step: StepComparison) -> tuple[str, ...]:
    def both(figure: Callable[[StepFigures], str]) -> str:
        """Say a figure once where both runs have the same."""
        ends = ["-" if run is None else figure(run) for run in (step.before, step.after)]
        return ends[0] if ends[0] == ends[1] else " -> ".join(ends)

    return (
        step.node,
        both(lambda run: run.status),
        both(lambda run: f"{run.seconds:.1f}"),
        both(lambda run: f"{run.memory_mb:,.0f}" if run.memory_mb else "-"),
        both(lambda run: "-" if run.rows_in is None else f"{run.rows_in:,}"),
        both(lambda run: "-" if run.rows_out is None else f"{run.rows_out:,}"),
        _outputs(step),
    )


def _outputs(step: StepComparison) -> str:
    contents = set(step.outputs.values())
    if len(contents) <= 1:
        return next(iter(contents), "-")
    return ", ".join(f"{name} {content}" for name, content in step.outputs.items())
