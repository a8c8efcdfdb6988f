"""`cursus exec-doc generate`: one document, or those of a whole folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import FAILED, counted, echo_rows
from cursus.cli.exec_doc_inputs import (
    DOCUMENT,
    STREAM,
    check_dag_choice,
    output_options,
    pipeline_option,
    read_inputs,
    refuse_overwriting,
    refuse_second_stream,
    show_on_stderr,
)
from cursus.cli.inputs import FOLDER, bindings_of, join_inputs, refuse_same_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.catalog.document_folder import CaseResult, DocumentFolder
    from cursus.document import DocumentOptions, FilledDocument

REPORT = click.Path(dir_okay=False, path_type=Path)
REPORT_VERSION = "1.0"


@click.command()
@partial(join_inputs, required=False, file_type=DOCUMENT)
@pipeline_option
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
    check_dag_choice(values)
    if values["folder"] is not None:
        return _generate_all(values, options)
    _generate_one(values, options)
    return 0


def _generate_one(values: dict[str, Any], options: DocumentOptions) -> None:
    from cursus.document.document_file import write_document

    if values["report"] is not None:
        raise click.UsageError("--report says what became of many cases; it needs --all")
    if values["output"].is_dir():
        raise click.UsageError(f"-o {values['output']} is a folder; give a file")
    if values["pipeline"] is None and None in (values["dag_file"], values["config_file"]):
        raise click.UsageError(
            "give a DAG and a config (-d FILE -c FILE), or --pipeline ID, or --all FOLDER"
        )
    inputs = [values[name] for name in ("dag_file", "config_file", "template")]
    refuse_second_stream(*inputs)
    refuse_overwriting(values["output"], *inputs)
    filled = _filled(values, options)
    show_on_stderr(filled.warnings)
    write_document(filled.document, values["output"], values["kind"])


def _filled(values: dict[str, Any], options: DocumentOptions) -> FilledDocument:
    from cursus.document.document_file import read_document
    from cursus.errors import read_all

    name = values["template"]
    file = None if name is None else DOCUMENT.convert(name, None, click.get_current_context())
    (dag, generator), template = read_all(
        lambda: read_inputs(values, options),
        lambda: None if file is None else read_document(file),
    )
    filled: FilledDocument = generator.fill(dag, template, template_file=file)
    return filled


def _generate_all(values: dict[str, Any], options: DocumentOptions) -> int:
    from cursus.catalog.document_cases import DagChoice
    from cursus.catalog.document_folder import DocumentFolder, FolderOptions
    from cursus.files import check_writable

    _check_usage_for_all(values)
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
    if values["report"] is not None:
        refuse_same_file(values["report"], *folder.inputs(), *folder.documents())
        check_writable(values["report"])
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
    if values["dag_file"] == STREAM:
        raise click.UsageError("--all reads the DAG for each case; give a file with -d")
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
    echo_rows([("CASE", "RESULT", "TEMPLATE", "DOCUMENT"), *map(_row, results)])
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
