"""`cursus compile`: a DAG and a config become a pipeline definition and its code bundles."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import echo_data, echo_rows
from cursus.cli.inputs import (
    bindings_of,
    layout_option,
    plan_inputs,
    problems_as,
    refuse_same_file,
    report_option,
    show_sarif,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.pipeline.definition import Definition
    from cursus.pipeline.report import CompilationReport, InputOrigin

NO_PARAMETERS = "none"
BUNDLES = "bundles"


@click.command("compile")
@plan_inputs
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Definition to write."
)
@click.option("--bundles", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the code bundles; default: bundles/ beside the definition.")  # fmt: skip
@click.option("--validate-only", is_flag=True, help="Check all and write nothing.")
@click.option("--explain", is_flag=True, help="Show where every input comes from and why.")
@click.option(
    "--prefix-parameter", metavar="NAME", help="Call the prefix so instead of EXECUTION_S3_PREFIX."
)
@click.option("--parameters", multiple=True, metavar="NAME[=DEFAULT]",
              help="Parameters that the pipeline has, or an S3 URI as the prefix; 'none' for no parameter.")  # fmt: skip
@click.option(
    "--code-location", metavar="URI", help="Where code bundles go; default: <pipeline_s3_loc>/code."
)
@click.option("--role", metavar="ARN", help="Role of the jobs; default: the configs' role.")
@click.option("--strict", is_flag=True, help="Take warnings as errors.")
@layout_option
@report_option
def command(*, output: Path | None, validate_only: bool, **values: Any) -> None:
    """Render a pipeline definition; offline, without credentials.

    \b
    Example:
      cursus compile -d dag.json -c config.json -o pipeline.json
      cursus compile -d dag.json -c config.json --validate-only --explain
      cursus compile -d dag.json -c config.json --validate-only --format sarif
      cursus compile -d dag.json -c config.json -o pipeline.json --parameters EXECUTION_S3_PREFIX
    """
    if output is None and not validate_only:
        raise click.UsageError("give -o FILE, or --validate-only")
    if output is not None:
        refuse_same_file(output, values["dag_file"], values["config_file"])
    with problems_as(values["output_format"]):
        definition, report = _compile(values, left_out=() if output is None else (output,))
    for warning in definition.warnings:
        click.echo(str(warning), err=True)
    written: Sequence[Path] = ()
    if output is not None and not validate_only:
        written = definition.write(output, values["bundles"] or output.parent / BUNDLES)
    if values["output_format"] == "sarif":
        show_sarif(definition.warnings)
    elif values["output_format"] == "json":
        echo_data(_data(report, written))
    else:
        _show(report, written, explain=values["explain"])


def _compile(
    values: dict[str, Any], left_out: tuple[Path, ...]
) -> tuple[Definition, CompilationReport]:
    from cursus.dag import PipelineDAG
    from cursus.pipeline.compiler import CompileOptions, PipelineDAGCompiler

    options = CompileOptions(
        prefix_parameter=values["prefix_parameter"],
        code_location=values["code_location"],
        source_root=values["source_root"],
        node_configs=values["bind_configs"],
        bindings=bindings_of(values["binds"]),
        left_out=left_out,
        layout=values["layout"],
        strict=values["strict"],
    )
    compiler = PipelineDAGCompiler(
        values["config_file"],
        role=values["role"],
        pipeline_parameters=_parameters(values["parameters"]),
        options=options,
    )
    return compiler.compile_with_report(PipelineDAG.read_file(values["dag_file"]))


def _parameters(texts: tuple[str, ...]) -> list[str | tuple[str, str]] | None:
    """Read `--parameters`; None where it is not given."""
    if not texts:
        return None
    if NO_PARAMETERS in texts and len(set(texts)) > 1:
        raise click.UsageError("--parameters none stands alone; leave it out, or the others")
    pairs = [text.partition("=") for text in texts if text != NO_PARAMETERS]
    return [
        (name, default) if sign and not name.startswith("s3://") else f"{name}{sign}{default}"
        for name, sign, default in pairs
    ]


def _data(report: CompilationReport, written: Sequence[Path]) -> dict[str, Any]:
    return {
        "pipeline": report.pipeline_name,
        "steps": list(report.steps),
        "parameters": list(report.parameters),
        "inputs": [asdict(origin) for origin in report.resolution.inputs],
        "warnings": [warning.to_dict() for warning in report.warnings],
        "written": [str(path) for path in written],
    }


def _show(report: CompilationReport, written: Sequence[Path], *, explain: bool) -> None:
    if explain:
        _show_inputs(report.resolution.inputs)
    click.echo(
        f"{report.pipeline_name}: {len(report.steps)} steps, {len(report.parameters)} parameters, "
        f"{len(report.warnings)} warnings"
    )
    for path in written:
        click.echo(f"wrote {path}")


def _show_inputs(origins: Sequence[InputOrigin]) -> None:
    rows = [("INPUT", "FROM", "WHY", "READS", "CONFIG")]
    rows += [(f"{o.step}.{o.input}", o.source, o.reason, o.reads, o.config_key) for o in origins]
    echo_rows(rows)
    refused = [(o, other) for o in origins for other in o.refused]
    if refused:
        click.echo("\nNOT TAKEN")
    for origin, other in refused:
        click.echo(f"{origin.step}.{origin.input}: not {other.source}, {other.why}")
    click.echo()
