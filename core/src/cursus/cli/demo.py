"""`cursus demo`: the whole way on real data, by the same commands that a user would type."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

import click

from cursus.cli import FAILED, cli

ALL_ROWS = "all"


def _rows(_ctx: click.Context, _param: click.Parameter, value: str) -> int | None:
    """Read a number of rows; None is all of them."""
    smallest, largest = 2_000, 336_776
    if value == ALL_ROWS:
        return None
    if not value.isdigit() or not smallest <= int(value) <= largest:
        wanted = f"{ALL_ROWS!r} nor a number from {smallest} to {largest}"
        raise click.BadParameter(f"{value!r} is neither {wanted}")
    return int(value)


@click.command("demo")
@click.option(
    "--rows",
    callback=_rows,
    metavar="N|all",
    default="60000",
    show_default=True,
    help="Flights to use, or all.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cursus-demo"),
    show_default=True,
    help="Where everything is written.",
)
def command(rows: int | None, folder: Path) -> int:
    """Plan, compile, document and run a real pipeline, and write a report.

    The data are the flights that left New York in 2013; the model tells which arrive more than 15 minutes late.

    \b
    Example:
      cursus demo
      cursus demo --rows all --folder flights
    """
    started = time.monotonic()
    dag_file, config_file = _write_inputs(folder, rows)
    inputs = ["-d", str(dag_file), "-c", str(config_file)]
    definition, document = folder / "definition.json", folder / "execution_document.json"
    report, workspace = folder / "report.html", folder / "workspace"
    _run(["plan", *inputs])
    _run(["compile", *inputs, "-o", str(definition), "--bundles", str(folder / "bundles")])
    _run(["exec-doc", "generate", *inputs, "-o", str(document)])
    run = ["runtime", "test-pipeline", *inputs, "--data", str(folder / "data")]
    status = _run([*run, "--workspace", str(workspace), "--report", str(report)])
    click.echo(f"\nDone in {time.monotonic() - started:.1f} s:")
    _show_places([dag_file, config_file, definition, document, report])
    if status != 0:
        return FAILED
    _show_figures(workspace)
    return 0


def _write_inputs(folder: Path, rows: int | None) -> tuple[Path, Path]:
    from cursus.demo.flights import read_flights, write_shards
    from cursus.demo.project import write_project

    flights = read_flights(rows)
    written = write_shards(flights, folder / "data")
    for name, count in written.items():
        click.echo(f"{folder / 'data' / name}: {count:,} flights")
    return write_project(folder)


def _run(args: list[str]) -> int:
    """Print a command as a user would type it, and run it."""
    click.secho(f"\n$ cursus {shlex.join(args)}", bold=True)
    status = cli.main(args=args, prog_name="cursus", standalone_mode=False)
    return status if isinstance(status, int) else 0


def _show_places(files: list[Path]) -> None:
    for file in files:
        click.echo(f"  {file}")


def _show_figures(workspace: Path) -> None:
    """Print the model's quality as the run measured it, on the flights of October to December."""
    from cursus.runtime import read_result

    result = read_result(_latest_result(workspace))
    evaluated = result.step("XGBoostModelEval_calibration").metrics
    calibrated = result.step("ModelCalibration_calibration").metrics
    click.echo(
        f"AUC {evaluated['auc_roc']:.4f} on {evaluated['rows']:,.0f} flights of October to December;"
    )
    click.echo(
        f"calibration error (ECE) {calibrated['before.ece']:.4f} before, {calibrated['after.ece']:.4f} after."
    )


def _latest_result(workspace: Path) -> Path:
    return max((workspace / "runs").glob("*/result.json"), key=lambda path: path.stat().st_mtime)
