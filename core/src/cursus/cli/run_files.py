"""The files that a run can leave: the options that name them, and what writes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cursus.cli.inputs import refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from cursus.runtime.result import RunResult

Command = TypeVar("Command", bound="Callable[..., Any]")

NEW_FILE = click.Path(dir_okay=False, path_type=Path)
INPUTS = ("dag_file", "config_file")


def run_files(command: Command) -> Command:
    """Add `--report`, `--junit` and `--markdown`."""
    options = [
        click.option("--report", type=NEW_FILE, help="Also write an HTML report."),
        click.option("--junit", type=NEW_FILE, help="Also write JUnit XML, for a CI system."),
        click.option("--markdown", type=NEW_FILE,
                     help="Also write a summary in Markdown, for a pull request."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def check_run_files(values: dict[str, Any]) -> None:
    """Refuse, before anything runs, a file that cannot be written or that the command names twice."""
    from cursus.files import check_writable

    wanted = [values[name] for name in WRITERS if values[name] is not None]
    read = [values[name] for name in INPUTS if values[name] is not None]
    for number, path in enumerate(wanted):
        refuse_same_file(path, *wanted[:number], *read)
    for path in wanted:
        check_writable(path)


def write_run_files(result: RunResult, values: dict[str, Any]) -> None:
    """Write each file that was asked for, whatever became of the run."""
    for name, write in WRITERS.items():
        if values[name] is not None:
            write(result, values[name])
            click.echo(f"wrote {values[name]}", err=True)


def _write_report(result: RunResult, path: Path) -> None:
    from cursus.runtime.report import write_report

    write_report(result, Path(result.folder), path)


def _write_junit(result: RunResult, path: Path) -> None:
    from cursus.files import write_text
    from cursus.runtime.junit import junit_xml

    write_text(path, junit_xml(result))


def _write_markdown(result: RunResult, path: Path) -> None:
    from cursus.files import write_text
    from cursus.runtime.markdown import markdown_text

    write_text(path, markdown_text(result))


WRITERS: dict[str, Callable[[RunResult, Path], None]] = {
    "report": _write_report,
    "junit": _write_junit,
    "markdown": _write_markdown,
}
