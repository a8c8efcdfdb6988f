"""`cursus catalog`: the pipelines that plugins contribute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, echo_data
from cursus.cli.inputs import format_option, refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.catalog import Catalog, Listing
    from cursus.kernel.plugins import Plugins

NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("catalog")
def command() -> None:
    """List, show and export the pipelines that plugins contribute.

    \b
    Example:
      cursus catalog list
      cursus catalog export xgboost_simple --dag dag.json --config config.json
    """


@command.command("list")
@format_option
def list_entries(output_format: str) -> None:
    """List all pipelines, and the distributions that they lack.

    \b
    Example:
      cursus catalog list --format json
    """
    catalog, plugins = _catalog()
    _show(catalog.listings, plugins, output_format)


@command.command()
@click.argument("name")
@format_option
def show(name: str, output_format: str) -> None:
    """Show a pipeline's nodes and edges, by its id or an alias.

    \b
    Example:
      cursus catalog show xgboost_complete_e2e
    """
    catalog, plugins = _catalog()
    listing = catalog.find(name)
    entry = listing.entry
    if output_format == "json":
        graph = {"nodes": list(entry.nodes), "edges": [list(edge) for edge in entry.edges]}
        echo_data({**_data(listing, plugins), "dag": graph})
        return
    _show([listing], plugins, output_format)
    for node in entry.nodes:
        targets = ", ".join(target for source, target in entry.edges if source == node)
        click.echo(f"    {node}{f' -> {targets}' if targets else ''}")


@command.command()
@click.argument("name")
@click.option("--dag", "dag_file", type=NEW_FILE, required=True, help="DAG file to write.")
@click.option("--config", "config_file", type=NEW_FILE, help="Config file to write.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def export(name: str, *, dag_file: Path, config_file: Path | None, force: bool) -> int:
    """Write a pipeline's DAG, and its config to start from, as files.

    \b
    Example:
      cursus catalog export xgboost_simple --dag dag.json --config config.json
    """
    from cursus.files import write_text

    files = [dag_file] if config_file is None else [dag_file, config_file]
    refuse_same_file(dag_file, *files[1:])
    there = [str(file) for file in files if file.is_file()]
    if there and not force:
        raise click.UsageError(f"{' and '.join(there)} would be overwritten; give --force for that")
    entry = _catalog()[0].find(name).entry
    text = entry.config_text()
    if config_file is not None and text is None:
        click.echo(f"{entry.id} has no config; leave --config out", err=True)
        return FAILED
    click.echo(write_text(dag_file, entry.dag().to_json()))
    if config_file is not None and text is not None:
        click.echo(write_text(config_file, text))
    return 0


@command.command()
@click.option("--framework", help="Such as xgboost or pytorch.")
@click.option("--task", help="Such as training or end_to_end.")
@click.option("--feature", "features", multiple=True, help="Such as calibration; may be repeated.")
@format_option
def recommend(
    framework: str | None, task: str | None, features: tuple[str, ...], output_format: str
) -> int:
    """Name the pipelines that meet every wish, the smallest first.

    \b
    Example:
      cursus catalog recommend --framework xgboost --task end_to_end
    """
    catalog, plugins = _catalog()
    found = catalog.recommend(framework, task, features)
    _show(found, plugins, output_format)
    if found:
        return 0
    frameworks, tasks = catalog.values("framework"), catalog.values("task_type")
    click.echo(
        f"no pipeline meets that; frameworks: {', '.join(frameworks)}; tasks: {', '.join(tasks)}",
        err=True,
    )
    return FAILED


def _catalog() -> tuple[Catalog, Plugins]:
    from cursus.catalog import read_catalog
    from cursus.kernel.plugins import load_plugins

    plugins = load_plugins()
    return read_catalog(plugins), plugins


def _without_script(listing: Listing, plugins: Plugins) -> list[str]:
    """Name the step types whose script their plugin does not ship, so that the user's own must be given."""
    known = plugins.step_types
    scripts = {name: known[name].script for name in listing.entry.step_types if name in known}
    return [name for name, script in scripts.items() if script and script.path() is None]


def _data(listing: Listing, plugins: Plugins) -> dict[str, Any]:
    return {**listing.to_dict(), "without_script": _without_script(listing, plugins)}


def _show(listings: Sequence[Listing], plugins: Plugins, output_format: str) -> None:
    if output_format == "json":
        echo_data([_data(listing, plugins) for listing in listings])
        return
    for listing in listings:
        entry = listing.entry
        size = f"{entry.node_count} nodes, {entry.edge_count} edges"
        click.echo(f"{entry.id}  {entry.framework}, {entry.task_type}, {entry.complexity}, {size}")
        click.echo(f"    {entry.description}")
        if entry.aliases:
            click.echo(f"    also known as {', '.join(entry.aliases)}")
        for missing in listing.missing:
            click.echo(f"    lacks {missing.step_type}: {missing.reason}")
        bare = ", ".join(_without_script(listing, plugins))
        if bare:
            click.echo(f"    no script is shipped for {bare}: give your own in the config")
