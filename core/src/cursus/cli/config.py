"""`cursus config`: what a config file holds, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, INVALID, counted, echo_data
from cursus.cli.inputs import FILE, bind_config_option, format_option

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.config import ConfigEntry, ConfigFile
    from cursus.dag import PipelineDAG
    from cursus.errors import Problem
    from cursus.kernel.plugins import Plugins


@click.group("config")
def command() -> None:
    """Check a configuration file.

    \b
    Example:
      cursus config check -c config.json -d dag.json
    """


@command.command()
@click.option("-c", "--config", "config_file", type=FILE, required=True, help="Config file (JSON).")
@click.option("-d", "--dag", "dag_file", type=FILE, help="DAG file whose nodes need configs.")
@bind_config_option
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@format_option
def check(
    *,
    config_file: Path,
    dag_file: Path | None,
    bind_configs: dict[str, str],
    strict: bool,
    output_format: str,
) -> int:
    """Show each entry's class, plugin and unknown fields, and every problem.

    Exit code 1: there is an error; 2: two plugins claim a class, so that its entry cannot be checked.

    \b
    Example:
      cursus config check -c config.json
      cursus config check -c config.json -d dag.json --strict --format json
    """
    from cursus.config import read_config_file
    from cursus.dag import PipelineDAG
    from cursus.errors import errors_of, read_all
    from cursus.kernel.plugins import load_plugins

    plugins = load_plugins()
    configs, dag = read_all(
        lambda: read_config_file(config_file, plugins.config_classes()),
        lambda: None if dag_file is None else PipelineDAG.read_file(dag_file),
    )
    nodes, problems = _nodes(dag, configs, bind_configs)
    unowned = _unowned(configs, plugins)
    contested = bool(errors_of(unowned))
    problems = [*configs.all_problems(), *unowned, *problems]
    if strict:
        problems = [replace(problem, severity="error") for problem in problems]
    entries = [_entry_data(entry, plugins) for entry in configs.entries.values()]
    if output_format == "json":
        found = [problem.to_dict() for problem in problems]
        echo_data({"entries": entries, "nodes": nodes, "problems": found})
    else:
        _show(entries, nodes, problems)
    if contested:
        return INVALID
    return FAILED if errors_of(problems) else 0


def _nodes(
    dag: PipelineDAG | None, configs: ConfigFile, bind_configs: dict[str, str]
) -> tuple[dict[str, str | None], list[Problem]]:
    """Give the config key of each node of the DAG; None where it has none."""
    from cursus.config import match_nodes

    if dag is None:
        return {}, []
    chosen = {**configs.node_configs, **bind_configs}
    found, problems = match_nodes(dag.nodes, configs.entries, chosen, file=configs.path)
    keys = {node: found[node].key if node in found else None for node in dag.nodes}
    return keys, [*dag.check(), *problems.values()]


def _unowned(configs: ConfigFile, plugins: Plugins) -> list[Problem]:
    return [
        _no_owner(entry, plugins)
        for entry in configs.entries.values()
        if plugins.owner_of_class(entry.class_name) is None
    ]


def _no_owner(entry: ConfigEntry, plugins: Plugins) -> Problem:
    """Say that nobody owns a class, which others may, or that two plugins claim it, which is an error."""
    from cursus.errors import Problem

    claimed = entry.class_name in plugins.classes
    who = "two plugins claim" if claimed else "no plugin owns"
    return Problem(
        code="CUR0403" if claimed else "CUR0402",
        message=f"{entry.key}: {who} its class {entry.class_name}",
        fix=plugins.why_not(entry.class_name),
        place=entry.place,
        severity="error" if claimed else "warning",
    )


def _entry_data(entry: ConfigEntry, plugins: Plugins) -> dict[str, Any]:
    owned = plugins.owner_of_class(entry.class_name)
    config_class = None if owned is None else owned.step_type.config
    derived = [name for name in entry.unknown if hasattr(config_class, name)]
    return {
        "key": entry.key,
        "class": entry.class_name,
        "step_type": None if owned is None else owned.step_type.name,
        "plugin": None if owned is None else owned.plugin,
        "unknown": sorted(name for name in entry.unknown if name not in derived),
        "derived": sorted(derived),
        "bindings": dict(entry.bindings),
        "errors": sum(problem.severity == "error" for problem in entry.problems),
    }


def _show(
    entries: list[dict[str, Any]], nodes: dict[str, str | None], problems: list[Problem]
) -> None:
    for entry in entries:
        owner = f"{entry['step_type']}, {entry['plugin']}" if entry["plugin"] else "no plugin"
        click.echo(f"{entry['key']}  {entry['class']}  ({owner})")
        if entry["unknown"]:
            click.echo(f"    unknown, kept aside: {', '.join(entry['unknown'])}")
        if entry["derived"]:
            click.echo(f"    derived, computed anew: {', '.join(entry['derived'])}")
        for port, source in entry["bindings"].items():
            click.echo(f"    binding: {port} <- {source}")
    for node, key in nodes.items():
        click.echo(f"node {node} <- {key or 'no config'}")
    for problem in problems:
        click.echo(str(problem))
    errors = sum(problem.severity == "error" for problem in problems)
    counts = ((len(entries), "entry"), (errors, "error"), (len(problems) - errors, "warning"))
    click.echo(", ".join(counted(count, noun) for count, noun in counts))
