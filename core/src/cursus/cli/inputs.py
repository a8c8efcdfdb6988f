"""The options that name a DAG, a config and how to join them, and the plan that they make."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cursus.cli import INVALID, echo_data
from cursus.errors import InvalidInputError, read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cursus.errors import Problem
    from cursus.kernel.plan import Plan
    from cursus.kernel.planner import PlanOptions
    from cursus.kernel.plugins import Plugins

Command = TypeVar("Command", bound="Callable[..., Any]")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def plan_inputs(command: Command) -> Command:
    """Add the options from which `plan_files` makes a plan."""
    help_text = "Folder of the configs' relative source folders."
    return join_inputs(click.option("--source-root", type=FOLDER, help=help_text)(command))


def join_inputs(
    command: Command, *, required: bool = True, file_type: click.Path[Path] = FILE
) -> Command:
    """Add the options that name a DAG and a config, and those that say how to join them."""
    options = [
        click.option("-d", "--dag", "dag_file", type=file_type, required=required,
                     help="DAG file (JSON)."),
        click.option("-c", "--config", "config_file", type=file_type, required=required,
                     help="Config file (JSON)."),
        click.option("--bind", "binds", multiple=True, metavar="NODE.INPUT=VALUE", callback=_pairs,
                     help='Bind a port: producer:output, s3://..., or {"parameter": "NAME"}.'),
        bind_config_option,
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def layout_option(command: Command) -> Command:
    """Add `--layout`, the rule of output paths."""
    from cursus.layouts import DEFAULT, LAYOUTS

    return click.option(
        "--layout", type=click.Choice(list(LAYOUTS)), default=DEFAULT, show_default=True,
        help="The rule of output paths below the prefix.",
    )(command)  # fmt: skip


def bind_config_option(command: Command) -> Command:
    """Add `--bind-config NODE=KEY`."""
    return click.option(
        "--bind-config", "bind_configs", multiple=True, metavar="NODE=KEY", callback=_pairs,
        help="Give a DAG node a config by its key.",
    )(command)  # fmt: skip


def refuse_same_file(target: Path, *others: Path) -> None:
    """Refuse to write a file that the same command reads or writes under another option."""
    if os.path.realpath(target) in map(os.path.realpath, others):
        raise click.UsageError(
            f"{target} is given twice, or read by this command; nothing is overwritten, give another file"
        )


def format_option(command: Command, *more: str) -> Command:
    """Add `--format text|json`, and what else the command can print."""
    return click.option(
        "--format", "output_format", type=click.Choice(["text", "json", *more]), default="text",
        show_default=True, help="How to print the result.",
    )(command)  # fmt: skip


def report_option(command: Command) -> Command:
    """Add `--format text|json|sarif`, where SARIF is the log of all problems."""
    return format_option(command, "sarif")


@contextmanager
def problems_as(output_format: str) -> Iterator[None]:
    """Print what is wrong with the input as SARIF on stdout where that was asked for, and exit as always."""
    try:
        yield
    except InvalidInputError as exc:
        if output_format == "sarif":
            show_sarif(exc.problems)
            click.get_current_context().exit(INVALID)
        raise


def show_sarif(problems: Iterable[Problem]) -> None:
    """Print problems as SARIF on stdout."""
    from cursus.sarif import problems_log

    echo_data(problems_log(problems))


def _pairs(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, sign, right = value.partition("=")
        if not sign or not name or not right:
            raise click.BadParameter(f"{value!r} is not of the form NAME=VALUE")
        pairs[name] = right
    return pairs


def bindings_of(binds: dict[str, str]) -> dict[str, Any]:
    """Read the values of `--bind`: JSON objects as such, all else as text."""
    return {
        name: _bound(name, text) if text.startswith("{") else text for name, text in binds.items()
    }


def _bound(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        hint = 'write {"parameter": "NAME"}'
        raise click.BadParameter(
            f"{text!r:.60} of {name} is not JSON ({exc}); {hint}", param_hint="--bind"
        ) from exc


def plan_files(dag_file: Path, config_file: Path, options: PlanOptions) -> tuple[Plan, Plugins]:
    """Read a DAG and a config file and plan them; all problems of both come in one error."""
    from cursus.config import read_config_file
    from cursus.dag import PipelineDAG
    from cursus.kernel.planner import make_plan
    from cursus.kernel.plugins import load_plugins

    plugins = load_plugins()
    dag, configs = read_all(
        lambda: PipelineDAG.read_file(dag_file),
        lambda: read_config_file(config_file, plugins.config_classes()),
    )
    return make_plan(dag, configs, plugins, options), plugins


def show_warnings(plan: Plan) -> None:
    """Print a plan's warnings on stderr."""
    for warning in plan.warnings:
        click.echo(str(warning), err=True)
