"""`cursus lint`: find S3 paths that are made as text from pipeline parameters, and rewrite them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cursus.cli import FAILED, INVALID, echo_data

if TYPE_CHECKING:
    from cursus.errors import Problem
    from cursus.lint import LintReport


@click.command("lint")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATHS..."
)
@click.option(
    "--fix", "mode", flag_value="fix", help="Rewrite what can be rewritten with the same meaning."
)
@click.option(
    "--diff", "mode", flag_value="diff", help="Show what --fix would change, and change nothing."
)
@click.option(
    "--select",
    metavar="CODES",
    default="",
    help="Only these codes or beginnings of codes, by commas.",
)
@click.option(
    "--ignore",
    metavar="CODES",
    default="",
    help="Not these codes or beginnings of codes, by commas.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N",
              help="Processes that share many files; default: one for each core.")  # fmt: skip
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "sarif"]), default="text",
    show_default=True, help="How to print the result.",
)  # fmt: skip
def command(
    paths: tuple[Path, ...], mode: str | None, jobs: int | None, output_format: str, **codes: str
) -> int:
    """Find S3 paths in PATHS that are made as text from values that can be pipeline parameters.

    Files are checked as they are, folders with all .py files below them. Exits with 1 when findings remain, with 2
    when a file cannot be read or is not Python.

    \b
    Example:
      cursus lint builders/
      cursus lint builders/ --diff
      cursus lint builders/ --fix
    """
    from cursus.lint import Selection, lint_paths

    if mode == "diff" and output_format != "text":
        raise click.UsageError("--diff prints text; give it without --format")
    selection = Selection(**{name: _codes(text, f"--{name}") for name, text in codes.items()})
    report = lint_paths(
        paths,
        selection,
        fixing=mode is not None,
        writing=mode != "diff",
        jobs=jobs or _cores(),
    )
    if mode == "diff":
        _show_changes(report)
    else:
        _show(report, output_format)
    for problem in report.unchecked:
        click.echo(str(problem), err=True)
    if report.unchecked:
        return INVALID
    return FAILED if report.findings or (mode == "diff" and report.changes) else 0


def _cores() -> int:
    """Count the cores that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _codes(text: str, option: str) -> tuple[str, ...]:
    """Read a list of codes; one that begins no code of the linter is a usage error."""
    from cursus.codes.lint import LINT_CODES

    codes = tuple(code.strip().upper() for code in text.split(",") if code.strip())
    unknown = [code for code in codes if not any(known.startswith(code) for known in LINT_CODES)]
    if unknown:
        raise click.BadParameter(
            f"no such code: {', '.join(unknown)}; there are {', '.join(sorted(LINT_CODES))}",
            param_hint=option,
        )
    return codes


def _show(report: LintReport, output_format: str) -> None:
    if output_format == "json":
        echo_data(
            {
                "checked": report.checked,
                "fixed": report.fixed,
                "findings": [finding.to_dict() for finding in report.findings],
                "unchecked": [problem.to_dict() for problem in report.unchecked],
            }
        )
    elif output_format == "sarif":
        echo_data(_sarif(report))
    else:
        for finding in report.findings:
            click.echo(str(finding))
        click.echo(_summary(report))


def _sarif(report: LintReport) -> dict[str, object]:
    """Give the report as a SARIF log whose files are named relative to the working folder."""
    from cursus.sarif import Finding, finding_of, sarif_log

    found = [
        Finding(
            code=each.code,
            message=f"{each.message}. Fix: {each.fix}.",
            file=Path(os.path.relpath(each.file)),
            line=each.line,
            column=each.column,
            end_line=each.end_line,
            end_column=each.end_column,
        )
        for each in report.findings
    ]
    unchecked = [replace(finding_of(each), file=_relative(each)) for each in report.unchecked]
    return sarif_log([*found, *unchecked])


def _relative(problem: Problem) -> Path | None:
    file = problem.place.file
    return None if file is None else Path(os.path.relpath(file))


def _summary(report: LintReport) -> str:
    count = len(report.findings)
    found = "no findings" if not count else f"{count} finding{'' if count == 1 else 's'}"
    fixed = f", {report.fixed} fixed" if report.fixed else ""
    codes = sorted({finding.code for finding in report.findings})
    more = f"; more on each: cursus explain {' '.join(codes)}" if codes else ""
    files = f"{report.checked} file{'' if report.checked == 1 else 's'}"
    return f"{found}{fixed} in {files}{more}"


def _show_changes(report: LintReport) -> None:
    """Print the changes as a unified diff, and on stderr what would be left."""
    from difflib import unified_diff

    from cursus.lint.source_file import lines_of

    for change in report.changes:
        name = change.file.as_posix()
        lines = unified_diff(lines_of(change.before), lines_of(change.after), name, name)
        for line in lines:
            click.echo(line, nl=not line.endswith(("\n", "\r")))
    for finding in report.findings:
        click.echo(str(finding), err=True)
    click.echo(_summary(report).replace(" fixed in", " to be fixed in"), err=True)
