"""`cursus pipeline`: compare and draw pipeline definitions."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, echo_data
from cursus.cli.inputs import FILE, bindings_of, format_option, join_inputs, refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.pipeline.difference import Change
    from cursus.pipeline.picture import Picture

NEW_FILE = click.Path(dir_okay=False, path_type=Path)
MERMAID = (".mmd", ".mermaid")
HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


@click.group("pipeline")
def command() -> None:
    """Compare and draw pipeline definitions, whichever system made them.

    \b
    Example:
      cursus pipeline diff old.json new.json
      cursus pipeline draw --definition pipeline.json -o pipeline.svg
    """


@command.command()
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@format_option
def diff(before: Path, after: Path, output_format: str) -> int:
    """Compare two definitions by meaning: BEFORE and AFTER are JSON files; exit code 1 where they differ.

    The order of steps, parameters and named items means nothing. A code bundle that changed is named once.

    \b
    Example:
      cursus pipeline diff old.json new.json
    """
    from cursus.errors import read_all
    from cursus.pipeline.difference import differences
    from cursus.pipeline.view import view_definition_file

    views = read_all(lambda: view_definition_file(before), lambda: view_definition_file(after))
    changes = differences(*views)
    if output_format == "json":
        echo_data({"equal": not changes, "changes": [asdict(change) for change in changes]})
    else:
        _show(changes)
    return FAILED if changes else 0


@command.command()
@partial(join_inputs, required=False)
@click.option("--definition", type=FILE, help="Any pipeline definition (JSON).")
@click.option("--format", "output_format", type=click.Choice(["svg", "mermaid"]),
              help="How to draw; default: by the name of the file, else svg.")  # fmt: skip
@click.option("--down", "is_down", is_flag=True, help="Draw from top to bottom.")
@click.option("-o", "--output", type=NEW_FILE, help="File to write; default: stdout.")
def draw(output_format: str | None, *, is_down: bool, output: Path | None, **values: Any) -> None:
    """Draw a DAG, a plan (with -c) or a definition as SVG or Mermaid text.

    \b
    Example:
      cursus pipeline draw -d dag.json -c config.json -o pipeline.svg
      cursus pipeline draw --definition pipeline.json --format mermaid
    """
    from cursus.files import write_text
    from cursus.pipeline.picture import as_mermaid, drawn

    if output is not None:
        given = (values[name] for name in ("dag_file", "config_file", "definition"))
        refuse_same_file(output, *filter(None, given))
    title, picture = _picture(values)
    is_mermaid = output is not None and output.suffix in MERMAID
    if output_format == "mermaid" or (output_format is None and is_mermaid):
        text = as_mermaid(picture, is_down=is_down)
    else:
        text = drawn(picture, title, is_down=is_down)
    if output is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"wrote {write_text(output, text)}")


def _picture(values: dict[str, Any]) -> tuple[str, Picture]:
    from cursus.dag import PipelineDAG
    from cursus.pipeline import picture
    from cursus.pipeline.view import view_definition_file

    dag, config, definition = values["dag_file"], values["config_file"], values["definition"]
    if (dag is None) == (definition is None):
        raise click.UsageError("give -d or --definition")
    planned = config or values["binds"] or values["bind_configs"]
    if planned and (definition is not None or config is None):
        raise click.UsageError("-c, --bind and --bind-config belong to a plan: give -d and -c")
    if definition is not None:
        return definition.stem, picture.picture_of_definition(view_definition_file(definition))
    if config is None:
        return dag.stem, picture.picture_of_dag(PipelineDAG.from_file(dag))
    return dag.stem, _picture_of_files(values)


def _picture_of_files(values: dict[str, Any]) -> Picture:
    from cursus.cli.inputs import plan_files, show_warnings
    from cursus.kernel.planner import PlanOptions
    from cursus.pipeline.picture import picture_of_plan

    options = PlanOptions(
        node_configs=values["bind_configs"], bindings=bindings_of(values["binds"])
    )
    plan, _ = plan_files(values["dag_file"], values["config_file"], options)
    show_warnings(plan)
    return picture_of_plan(plan)


def _show(changes: Iterable[Change]) -> None:
    """Print the changes under a line for each step."""
    heading, count = None, 0
    for change in changes:
        count += 1
        own = _heading(change)
        if own != heading:
            click.echo(own)
            heading = own
        click.echo(f"  {_line(change)}")
    click.echo(f"{count} difference{'' if count == 1 else 's'}" if count else "no difference")


def _heading(change: Change) -> str:
    if change.kind in ("parameter", "code", "definition"):
        return {"parameter": "parameters", "code": "code changed"}.get(change.kind, change.kind)
    return "steps" if change.kind.startswith("step ") else change.step


def _line(change: Change) -> str:
    if change.kind == "code":
        ends = [HASH.sub(r"\1...", str(text)) for text in (change.before, change.after)]
        return f"~ {change.path} {' -> '.join(ends)}, used by {', '.join(change.steps)}"
    if change.kind == "step renamed":
        return f"~ {change.before} is likely to be {change.after} now ({change.path})"
    if change.kind in ("step added", "step removed"):
        return f"{_sign(change)} {change.step} ({change.after or change.before})"
    name = f"{change.kind} " if change.kind not in ("parameter", "definition") else ""
    return f"{_sign(change)} {name}{change.path}".rstrip() + f": {_values(change)}"


def _sign(change: Change) -> str:
    if change.before is None:
        return "+"
    return "-" if change.after is None else "~"


def _values(change: Change) -> str:
    return " -> ".join(text for text in (change.before, change.after) if text is not None)
