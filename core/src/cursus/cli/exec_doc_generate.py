"""`cursus exec-doc generate`: one document, or those of a whole folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, counted
from cursus.cli.inputs import FOLDER, bindings_of, join_inputs, refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cursus.catalog.document_folder import CaseResult, DocumentFolder
    from cursus.document import DocumentOptions, FilledDocument
    from cursus.errors import Problem

DOCUMENT = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
TARGET = click.Path(allow_dash=True, path_type=Path)
REPORT = click.Path(dir_okay=False, path_type=Path)
STREAM = Path("-")
REPORT_VERSION = "1.0"


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


@click.command()
@partial(join_inputs, required=False)
@click.option("--pipeline", metavar="ID", help="Pipeline of the catalog, in place of a DAG file.")
@click.option("--template", metavar="FILE", help="Document to fill (JSON or YAML).")
@click.option("--prefix", metavar="URI", help="S3 URI below which outputs go.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--all", "folder", type=FOLDER,
              help="Make a document for every config below this folder; -o is a folder then, --template a "
              "file name in each case's folder, and a prefix holds {case}.")  # fmt: skip
@click.option("--report", type=REPORT, help="With --all: file for what became of each case (JSON).")
@output_options
def generate(**values: Any) -> int:
    """Fill a template from a DAG and a config, or make a document; with --all, for a whole folder.

    Exit code 1: with --all, a document could not be made.

    \b
    Example:
      cursus exec-doc generate -d dag.json -c config.json -o document.json
      cursus exec-doc generate -d dag.json -c config.json --template - --prefix s3://bucket/run < template.json
      cursus exec-doc generate --pipeline xgboost_complete_e2e -c config.json -o document.yaml
      cursus exec-doc generate --all configs -o documents --prefix s3://bucket/run/{case} --report report.json
    """
    from cursus.document import DocumentOptions

    options = DocumentOptions(
        prefix=values["prefix"],
        node_configs=values["bind_configs"],
        bindings=bindings_of(values["binds"]),
        strict=values["strict"],
    )
    if values["dag_file"] is not None and values["pipeline"] is not None:
        raise click.UsageError("-d and --pipeline both name the DAG; give one of them")
    if values["folder"] is not None:
        return _generate_all(values, options)
    _generate_one(values, options)
    return 0


def show_on_stderr(problems: Iterable[Problem]) -> None:
    """Print problems on stderr."""
    for problem in problems:
        click.echo(str(problem), err=True)


def _generate_one(values: dict[str, Any], options: DocumentOptions) -> None:
    from cursus.document.document_file import write_document

    if values["report"] is not None:
        raise click.UsageError("--report says what became of many cases; it needs --all")
    if values["output"].is_dir():
        raise click.UsageError(f"-o {values['output']} is a folder; give a file")
    if values["output"] != STREAM:
        names = (values[name] for name in ("dag_file", "config_file", "template"))
        refuse_same_file(values["output"], *(Path(name) for name in names if name is not None))
    filled = _filled(values, options)
    show_on_stderr(filled.warnings)
    write_document(filled.document, values["output"], values["kind"])


def _filled(values: dict[str, Any], options: DocumentOptions) -> FilledDocument:
    from cursus.document.document_file import read_document
    from cursus.errors import read_all

    name = values["template"]
    file = None if name is None else DOCUMENT.convert(name, None, click.get_current_context())
    (dag, generator), template = read_all(
        lambda: _inputs(values, options),
        lambda: None if file is None else read_document(file),
    )
    filled: FilledDocument = generator.fill(dag, template, template_file=file)
    return filled


def _inputs(values: dict[str, Any], options: DocumentOptions) -> Sequence[Any]:
    """Read the DAG and the config, from files or from the catalog; what is wrong with both comes in one error."""
    from cursus.dag import PipelineDAG
    from cursus.document import ExecutionDocumentGenerator
    from cursus.errors import read_all

    dag_file, config_file, pipeline = (
        values[name] for name in ("dag_file", "config_file", "pipeline")
    )
    if pipeline is not None:
        from cursus.catalog.documents import generator_for_pipeline

        generator, entry = generator_for_pipeline(pipeline, config_file, options)
        return entry.dag(), generator
    if dag_file is None or config_file is None:
        raise click.UsageError(
            "give a DAG and a config (-d FILE -c FILE), or --pipeline ID, or --all FOLDER"
        )
    return read_all(
        lambda: PipelineDAG.read_file(dag_file),
        lambda: ExecutionDocumentGenerator(config_file, options=options),
    )


def _generate_all(values: dict[str, Any], options: DocumentOptions) -> int:
    from cursus.catalog.document_cases import DagChoice
    from cursus.catalog.document_folder import DocumentFolder, FolderOptions
    from cursus.files import check_writable

    _check_usage_for_all(values)
    if values["report"] is not None:
        check_writable(values["report"])
    folder = DocumentFolder(
        values["folder"],
        values["output"],
        FolderOptions(
            dags=DagChoice(file=values["dag_file"], pipeline=values["pipeline"]),
            template=values["template"],
            kind=values["kind"] or "json",
            document=options,
        ),
    )
    results = []
    for result in folder.make_documents():
        results.append(result)
        _show_progress(result, len(results), len(folder.found.cases))
    _show_summary(results)
    if values["report"] is not None:
        _write_report(values["report"], folder, results)
    return FAILED if any(result.status == "failed" for result in results) else 0


def _check_usage_for_all(values: dict[str, Any]) -> None:
    if values["config_file"] is not None:
        raise click.UsageError("--all takes every config of its folder; leave out -c")
    if values["output"] == STREAM:
        raise click.UsageError("--all writes many documents; give their folder with -o")
    if values["output"].exists() and not values["output"].is_dir():
        raise click.UsageError(f"-o {values['output']} is a file; --all writes into a folder")
    name = values["template"]
    if name is not None and Path(name).name != name:
        raise click.UsageError(
            f"--template {name}: with --all it is a file name, looked up in each case's folder"
        )


def _show_progress(result: CaseResult, number: int, count: int) -> None:
    from textwrap import indent

    notes = [f"{result.seconds * 1000:.0f} ms"]
    if result.warnings:
        notes.append(counted(len(result.warnings), "warning"))
    if result.problems:
        notes.append(counted(len(result.problems), "problem"))
    status = "FAILED" if result.status == "failed" else result.status
    click.echo(
        f"[{number:{len(str(count))}}/{count}] {status:6} {result.name} ({', '.join(notes)})",
        err=True,
    )
    for problem in (*result.problems, *result.warnings):
        click.echo(indent(str(problem), "  "), err=True)


def _show_summary(results: Sequence[CaseResult]) -> None:
    rows = [("CASE", "RESULT", "TEMPLATE", "DOCUMENT"), *map(_row, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    failed = sum(result.status == "failed" for result in results)
    click.echo(f"{counted(len(results) - failed, 'document')} made, {failed} failed")


def _row(result: CaseResult) -> tuple[str, str, str, str]:
    older = "not made; an older one stands there" if result.document.exists() else "not made"
    document = str(result.document) if result.status == "made" else older
    template = "-" if result.template is None else result.template.name
    return result.name, result.status, template, document


def _write_report(file: Path, folder: DocumentFolder, results: Sequence[CaseResult]) -> None:
    from cursus.files import write_text

    report = {
        "report_version": REPORT_VERSION,
        "folder": str(folder.folder),
        "made": sum(result.status == "made" for result in results),
        "failed": sum(result.status == "failed" for result in results),
        "cases": [result.to_dict() for result in results],
        "no_configs": [str(path) for path in folder.found.others],
    }
    write_text(file, json.dumps(report, indent=2) + "\n")
