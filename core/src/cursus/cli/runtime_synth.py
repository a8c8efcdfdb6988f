"""`cursus runtime synth`, and the options of synthetic data that other commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cursus.cli.inputs import FILE, bindings_of, join_inputs, plan_files, show_warnings
from cursus.runtime.synthesis.names import SCENARIOS, SIZES, SYNTHETIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins
    from cursus.runtime.synthesis.recipe import Recipe

Command = TypeVar("Command", bound="Callable[..., Any]")
NAMES = ("profile", "size", "seed", "scenario")


class DataSource(click.ParamType[Any]):
    """`synthetic`, or a folder that is there."""

    name = "synthetic|FOLDER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the word itself, or the folder."""
        if value == SYNTHETIC:
            return value
        return click.Path(exists=True, file_okay=False, path_type=Path).convert(value, param, ctx)


def synthetic_options(command: Command) -> Command:
    """Add the options that say which synthetic data is made."""
    options = [
        click.option("--profile", type=FILE, help="Data profile (YAML); default: from the configs."),
        click.option("--size", type=click.Choice(list(SIZES)),
                     help="1,000, 50,000 or 1,000,000 rows; default: those of the profile."),
        click.option("--scenario", type=click.Choice(SCENARIOS),
                     help="What is odd about the data; default: standard."),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Default: the profile's."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def find_data(plan: Plan, plugins: Plugins, values: Mapping[str, Any]) -> Path | None:
    """Give the folder that `--data` names; synthetic data is made in the workspace."""
    if values["data"] == SYNTHETIC:
        from cursus.runtime.synthesis.data_folder import data_in_workspace

        return data_in_workspace(plan, plugins, _recipe(plan, values), values["workspace"])
    given = [f"--{name}" for name in NAMES if values[name] is not None]
    if given:
        raise click.UsageError(f"{', '.join(given)} is for --data {SYNTHETIC}")
    folder: Path | None = values["data"]
    return folder


def _optional_inputs(command: Command) -> Command:
    return join_inputs(command, required=False)


@click.command("synth")
@_optional_inputs
@click.option("--pipeline", metavar="ID", help="A pipeline of the catalog, instead of -d and -c.")
@synthetic_options
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path),
              help="Folder to write; it must be new or empty.")  # fmt: skip
@click.option("--write-profile", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the data profile to edit, and no data.")  # fmt: skip
def synth(**values: Any) -> None:
    """Write synthetic data for every step of a pipeline that loads some, as --data takes it.

    \b
    Example:
      cursus runtime synth --pipeline xgboost_simple -o data/
      cursus runtime synth -d dag.json -c config.json --write-profile profile.yaml
      cursus runtime synth -d dag.json -c config.json --profile profile.yaml \\
          --size medium --scenario nulls --seed 7 -o data/
    """
    from cursus.files import write_text
    from cursus.runtime.synthesis.data_folder import write_data
    from cursus.runtime.synthesis.profile_file import profile_text

    target = _one_target(values)
    plan, plugins, catalog = _plan(values)
    recipe = _recipe(plan, values, catalog)
    if values["output"] is None:
        click.echo(write_text(target, profile_text(recipe.profile)))
        return
    write_data(plan, plugins, recipe, target)
    for path in sorted(path for path in target.rglob("*") if path.is_file()):
        click.echo(path)


def _one_target(values: Mapping[str, Any]) -> Path:
    given = [values[name] for name in ("output", "write_profile") if values[name] is not None]
    if len(given) != 1:
        raise click.UsageError("give -o for data, or --write-profile for a profile alone")
    target: Path = given[0]
    return target


def _plan(values: Mapping[str, Any]) -> tuple[Plan, Plugins, Mapping[str, Any]]:
    """Plan what is named; an entry of the catalog brings its profile."""
    from cursus.kernel.planner import PlanOptions

    options = PlanOptions(
        node_configs=values["bind_configs"], bindings=bindings_of(values["binds"])
    )
    dag_file, config_file, pipeline = (
        values[name] for name in ("dag_file", "config_file", "pipeline")
    )
    if pipeline is not None and dag_file is None and config_file is None:
        return _catalog_plan(pipeline, options)
    if pipeline is not None or dag_file is None or config_file is None:
        raise click.UsageError("give -d and -c, or --pipeline alone")
    plan, plugins = plan_files(dag_file, config_file, options)
    show_warnings(plan)
    return plan, plugins, {}


def _catalog_plan(pipeline: str, options: Any) -> tuple[Plan, Plugins, Mapping[str, Any]]:
    from cursus.catalog import read_catalog
    from cursus.config import read_config_text
    from cursus.kernel.planner import make_plan
    from cursus.kernel.plugins import load_plugins

    plugins = load_plugins()
    entry = read_catalog(plugins).find(pipeline).entry
    text = entry.config_text()
    if text is None:
        raise click.UsageError(f"{entry.id} has no config in the catalog; give -d and -c")
    configs = read_config_text(text, plugins.config_classes())
    return make_plan(entry.dag(), configs, plugins, options), plugins, entry.profile


def _recipe(
    plan: Plan, values: Mapping[str, Any], catalog: Mapping[str, Any] | None = None
) -> Recipe:
    from cursus.runtime.synthesis.recipe import Wishes, make_recipe

    wishes = Wishes(**{name: values[name] for name in NAMES})
    return make_recipe(plan, wishes, catalog)
