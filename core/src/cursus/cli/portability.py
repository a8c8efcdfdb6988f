"""`cursus portability`: prove that every output of a pipeline follows the prefix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, echo_data, echo_rows
from cursus.cli.inputs import FILE, bindings_of, format_option, join_inputs, layout_option
from cursus.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cursus.catalog import Listing
    from cursus.kernel.planner import PlanOptions
    from cursus.pipeline.portability import Location, Proof

WORDS = {"moves": "moves", "fixed by nature": "fixed", "not portable": "ERROR"}
HASH = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one pipeline: its proof, or why there is none; `is_lacking`: a plugin is not installed."""

    name: str
    proof: Proof | None = None
    reason: str = ""
    is_lacking: bool = False

    @property
    def is_portable(self) -> bool:
        """Say whether the proof was made and holds."""
        return self.proof is not None and self.proof.is_portable


@click.command("portability")
@partial(join_inputs, required=False)
@click.option(
    "--pipeline",
    "pipeline_id",
    metavar="ID",
    help="A pipeline of the catalog; its own config, or -c.",
)
@click.option(
    "--all", "is_all", is_flag=True, help="Every pipeline of the catalog with its own config."
)
@click.option(
    "--definition", type=FILE, help="Any pipeline definition (JSON), whichever system made it."
)
@click.option("--prefix", "prefixes", multiple=True, metavar="URI",
              help="Prefixes to put in instead of the four built-in ones; three or more.")  # fmt: skip
@click.option(
    "--prefix-parameter", metavar="NAME", help="The prefix parameter; default: EXECUTION_S3_PREFIX."
)
@click.option("--allow", "allowed", multiple=True, metavar="URI",
              help="A location that may stay fixed, with all below it; may be repeated.")  # fmt: skip
@layout_option
@format_option
def command(output_format: str, **values: Any) -> int:
    """Put several prefixes into a definition and show that every output moves with them.

    Exit code 0: portable; 1: not, or not proven.

    \b
    Example:
      cursus portability -d dag.json -c config.json
      cursus portability --all
      cursus portability --definition pipeline.json --prefix-parameter OutputPrefix
    """
    results = list(_results(values))
    if output_format == "json":
        data = [_data(result) for result in results]
        echo_data(data if values["is_all"] else data[0])
    elif values["is_all"]:
        for result in results:
            _show_line(result)
    else:
        _show_proof(results[0])
    checked = [result for result in results if not result.is_lacking]
    return 0 if checked and all(result.is_portable for result in checked) else FAILED


def _results(values: dict[str, Any]) -> Iterator[Result]:
    """Make the proofs of the one source that was named."""
    dag, config = values["dag_file"], values["config_file"]
    named = [dag, values["pipeline_id"], values["is_all"] or None, values["definition"]]
    if sum(source is not None for source in named) != 1 or (dag is not None and config is None):
        raise click.UsageError("give one of -d with -c, --pipeline, --all and --definition")
    if config is not None and not (dag or values["pipeline_id"]):
        raise click.UsageError("-c belongs to -d or --pipeline")
    if values["definition"] is not None and (values["binds"] or values["bind_configs"]):
        raise click.UsageError(
            "--bind and --bind-config say how to compile; a definition is compiled"
        )
    if values["definition"] is not None:
        return iter([_of_definition(values)])
    if dag is not None:
        return iter([_of_files(values)])
    return _of_catalog(values)


def _of_definition(values: dict[str, Any]) -> Result:
    from cursus.paths import PREFIX
    from cursus.pipeline.portability import PREFIXES, Known, prove_portability
    from cursus.pipeline.view import view_definition_file

    file: Path = values["definition"]
    proof = prove_portability(
        view_definition_file(file),
        values["prefix_parameter"] or PREFIX.name,
        values["prefixes"] or PREFIXES,
        Known(allowed=values["allowed"]),
    )
    return Result(name=str(file), proof=proof)


def _of_files(values: dict[str, Any]) -> Result:
    from cursus.cli.inputs import plan_files

    plan, _ = plan_files(values["dag_file"], values["config_file"], _options(values))
    return _proven(str(values["dag_file"]), lambda: plan, values)


def _of_catalog(values: dict[str, Any]) -> Iterator[Result]:
    from cursus.catalog import read_catalog
    from cursus.kernel.plugins import load_plugins

    plugins = load_plugins()
    catalog = read_catalog(plugins)
    if not values["is_all"]:
        yield _of_entry(catalog.find(values["pipeline_id"]), plugins, values)
        return
    for listing in catalog.listings:
        try:
            yield _of_entry(listing, plugins, values)
        except InvalidInputError as exc:
            yield Result(name=listing.entry.id, reason=f"it does not compile: {exc.problems[0]}")


def _of_entry(listing: Listing, plugins: Any, values: dict[str, Any]) -> Result:
    """Prove an entry of the catalog; one that lacks a plugin or a config is named with what it lacks."""
    from cursus.config import read_config_file, read_config_text
    from cursus.kernel.planner import make_plan

    entry = listing.entry
    lacking = [f"{m.step_type}: {m.reason}" for m in listing.missing]
    text = entry.config_text()
    file = values["config_file"]
    if text is None and file is None:
        lacking.append("it brings no config; give yours with --pipeline and -c")
    if lacking:
        return Result(name=entry.id, reason="; ".join(lacking), is_lacking=True)
    classes = plugins.config_classes()
    configs = (
        read_config_text(text or "", classes) if file is None else read_config_file(file, classes)
    )
    return _proven(
        entry.id, lambda: make_plan(entry.dag(), configs, plugins, _options(values)), values
    )


def _proven(name: str, plan_of: Callable[[], Any], values: dict[str, Any]) -> Result:
    from cursus.pipeline import render
    from cursus.pipeline.portability import PREFIXES, prove_rendered

    plan = plan_of()
    prefixes = values["prefixes"] or PREFIXES
    return Result(name=name, proof=prove_rendered(plan, render(plan), prefixes, values["allowed"]))


def _options(values: dict[str, Any]) -> PlanOptions:
    from cursus.kernel.planner import PlanOptions
    from cursus.pipeline.parameters import read_parameters

    return PlanOptions(
        parameters=read_parameters(None, prefix_name=values["prefix_parameter"]).standard,
        node_configs=values["bind_configs"],
        bindings=bindings_of(values["binds"]),
        layout=values["layout"],
    )


def _data(result: Result) -> dict[str, Any]:
    proof = result.proof
    return {
        "pipeline": result.name,
        "portable": result.is_portable if proof else None,
        "reason": result.reason,
        "prefixes": list(proof.prefixes) if proof else [],
        "locations": [_location_data(found) for found in proof.locations] if proof else [],
        "problems": [problem.to_dict() for problem in proof.problems] if proof else [],
    }


def _location_data(found: Location) -> dict[str, Any]:
    return {
        "step": found.step,
        "path": found.path,
        "output": found.is_output,
        "verdict": found.verdict,
        "reason": found.reason,
        "values": list(found.values),
    }


def _show_line(result: Result) -> None:
    if result.proof is None:
        word = "not checked" if result.is_lacking else "FAILED"
        click.echo(f"{result.name}: {word}: {result.reason}")
        return
    click.echo(f"{result.name}: {_summary(result.proof)}")
    for problem in result.proof.problems:
        click.echo(str(problem))


def _summary(proof: Proof) -> str:
    outputs = sum(found.is_output for found in proof.of("moves"))
    inputs = len(proof.of("moves")) - outputs
    count = len(proof.problems)
    faults = f"{count} problem{'' if count == 1 else 's'}"
    verdict = "portable" if proof.is_portable else f"NOT portable ({faults})"
    return (
        f"{verdict}: {outputs} outputs and {inputs} inputs move with the prefix, "
        f"{len(proof.of('fixed by nature'))} locations are fixed by nature"
    )


def _show_proof(result: Result) -> None:
    if result.proof is None:
        _show_line(result)
        return
    from cursus.pipeline.view import port_name

    proof = result.proof
    rows = [
        (WORDS[found.verdict], found.step, port_name(found.path), _where(found))
        for found in proof.locations
    ]
    echo_rows(rows)
    click.echo(f"prefixes put in: {', '.join(proof.prefixes)}")
    click.echo(f"{result.name}: {_summary(proof)}")
    for problem in proof.problems:
        click.echo(str(problem), err=True)


def _where(found: Location) -> str:
    """Write a location, hashes shortened, with the reason where it stays."""
    place = HASH.sub(r"\1...", found.where)
    return place if found.verdict == "moves" else f"{place}  ({found.reason})"
