"""What the commands of `cursus exec-doc` share: what they read, where it goes, and the one standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli.inputs import refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cursus.config import ConfigFile
    from cursus.dag import PipelineDAG
    from cursus.document import DocumentOptions
    from cursus.errors import Problem

DOCUMENT = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
TARGET = click.Path(allow_dash=True, path_type=Path)
STREAM = Path("-")


def output_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-o FILE` and `--format json|yaml`."""
    target = click.option(
        "-o", "--output", type=TARGET, default=STREAM, help="File to write; - (default): stdout."
    )
    kind = click.option(
        "--format",
        "kind",
        type=click.Choice(["json", "yaml"]),
        help="Format of the result (default: that of the file name, else json).",
    )
    return target(kind(function))


def pipeline_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--pipeline ID`."""
    help_text = "Pipeline of the catalog, in place of a DAG file."
    return click.option("--pipeline", metavar="ID", help=help_text)(function)


def check_dag_choice(values: dict[str, Any]) -> None:
    """Refuse two DAGs."""
    if values["dag_file"] is not None and values["pipeline"] is not None:
        raise click.UsageError("-d and --pipeline both name the DAG; give one of them")


def refuse_second_stream(*files: Path | str | None) -> None:
    """Refuse `-` given twice: nothing is left for the second reader of the standard input."""
    if sum(file is not None and Path(file) == STREAM for file in files) > 1:
        raise click.UsageError("- is given twice; stdin can be read only once, give a file")


def refuse_overwriting(output: Path, *inputs: Path | str | None) -> None:
    """Refuse to write a document over what the same command reads."""
    if output != STREAM:
        files = (Path(file) for file in inputs if file is not None)
        refuse_same_file(output, *(file for file in files if file != STREAM))


def read_inputs(values: dict[str, Any], options: DocumentOptions) -> Sequence[Any]:
    """Give DAG and generator, from files or from the catalog; what is wrong with both comes in one error."""
    from cursus.document import ExecutionDocumentGenerator
    from cursus.errors import read_all

    dag_file, config_file = values["dag_file"], values["config_file"]
    if values["pipeline"] is not None:
        from cursus.catalog.documents import generator_for_pipeline

        config = _config_source(config_file)
        generator, entry = generator_for_pipeline(values["pipeline"], config, options)
        return entry.dag(), generator
    return read_all(
        lambda: read_dag(dag_file),
        lambda: ExecutionDocumentGenerator(_config_source(config_file), options=options),
    )


def read_dag(file: Path) -> PipelineDAG:
    """Read a DAG and keep its faults; `-` is the standard input."""
    from cursus.dag import DAG_JSON, PipelineDAG

    return PipelineDAG.read(DAG_JSON.read_text(file, _stream(file)), file=file)


def show_on_stderr(problems: Iterable[Problem]) -> None:
    """Print problems on stderr."""
    for problem in problems:
        click.echo(str(problem), err=True)


def _config_source(file: Path | None) -> Any:
    """Give what a generator takes as its config: a file that it reads, or what the standard input holds."""
    return _config_from_stream() if file == STREAM else file


def _config_from_stream() -> ConfigFile:
    from cursus.config import read_config_text
    from cursus.config.sections import CONFIG_JSON
    from cursus.kernel.plugins import load_plugins

    text = CONFIG_JSON.read_text(STREAM, _stream(STREAM))
    return read_config_text(text, load_plugins().config_classes(), file=STREAM)


def _stream(file: Path) -> Any:
    return sys.stdin.buffer if file == STREAM else None
