"""The command line: one module per command, loaded when it is called."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from cursus.errors import CursusError, InvalidInputError, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1
INVALID = 2

COMMANDS = {
    "catalog": ("catalog", "List and show the pipelines that plugins contribute."),
    "compile": ("compile", "Render a pipeline definition from a DAG and a config."),
    "config": ("config", "Check a configuration file."),
    "dag": ("dag", "Check a DAG file."),
    "demo": ("demo", "Run the whole way on real data: plan, compile, document, run, report."),
    "deploy": ("deploy", "Create or update a pipeline on SageMaker, with its code."),
    "exec-doc": ("exec_doc", "Make, check and merge execution documents."),
    "executions": ("executions", "List and describe the executions of a deployed pipeline."),
    "explain": ("explain", "Describe an error code."),
    "lint": ("lint", "Find S3 paths made as text from pipeline parameters."),
    "plan": ("plan", "Show what a DAG and a config make: steps, bindings, outputs."),
    "pipeline": ("pipeline", "Compare and draw pipeline definitions."),
    "plugins": ("plugins", "List installed plugins, their step types and their faults."),
    "portability": ("portability", "Prove that every output of a pipeline follows the prefix."),
    "runtime": ("runtime", "Run a pipeline on this machine."),
    "start": ("start", "Start a deployed pipeline with values for its parameters."),
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of `cursus.cli` that are imported when they are called."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Give the width of help texts, which click would find by importing shutil and all compressions."""
        extra.setdefault("terminal_width", _text_width())
        return super().make_context(info_name, args, parent, **extra)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Name the commands."""
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import the module of a command; None where there is none."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cursus.cli.{COMMANDS[name][0]}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelt one gets the closest name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)


def _text_width() -> int:
    """Give the width of help texts by click's own rule."""
    narrowest, widest, margin = 50, 80, 2
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns
    except (OSError, ValueError):
        columns = widest
    return max(min(columns, widest) - margin, narrowest)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cursus-core", prog_name="cursus")
def cli() -> None:
    """Turn a DAG and a config into a SageMaker pipeline, an execution document and a local run.

    \b
    Example:
      cursus demo
      cursus plan -d dag.json -c config.json --explain
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line; a CursusError becomes a message on stderr and an exit code."""
    _start_fast()
    try:
        status = cli.main(args=None if args is None else list(args), standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except click.Abort:
        click.echo("Aborted.", err=True)
        sys.exit(FAILED)
    except CursusError as exc:
        _show(exc)
        sys.exit(INVALID if isinstance(exc, (InvalidInputError, OutputError)) else FAILED)
    except OSError as exc:
        _refused_by_system(exc)
        sys.exit(FAILED if isinstance(exc, BrokenPipeError) else INVALID)
    sys.exit(status if isinstance(status, int) else 0)


def _start_fast() -> None:
    """Spare a short process what pays only in a long one: collecting garbage, pydantic's scan for plugins."""
    gc.set_threshold(100_000, 20, 20)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def _show(exc: CursusError) -> None:
    click.echo(str(exc), err=True)
    if isinstance(exc, InvalidInputError):
        count = counted(len(exc.problems), "problem")
        codes = sorted({problem.code for problem in exc.problems})
        click.echo(f"\n{count}; more on each: cursus explain {' '.join(codes)}", err=True)


def _refused_by_system(exc: OSError) -> None:
    """Say which file the system refused; one without a name is stdout, which gets nothing more."""
    if exc.filename is not None:
        click.echo(f"{exc.filename}: {exc.strerror}", err=True)
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else the interpreter fails at its last flush
    if not isinstance(exc, BrokenPipeError):
        click.echo(f"the output cannot be written: {exc.strerror or exc}", err=True)


def counted(count: int, noun: str) -> str:
    """Give a number with its noun: `1 problem`, `2 problems`, `2 entries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def echo_data(data: Any) -> None:
    """Print data as JSON on stdout."""
    import json

    click.echo(json.dumps(data, indent=2, default=str))


def echo_rows(rows: Sequence[tuple[str, ...]], numbers_from: int | None = None) -> None:
    """Print rows in columns; those from `numbers_from` on stand at the right of their column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    first = len(widths) if numbers_from is None else numbers_from
    for row in rows:
        cells = [
            text.ljust(width) if number < first else text.rjust(width)
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
