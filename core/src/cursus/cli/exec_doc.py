"""`cursus exec-doc`: make, check, merge and compare execution documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from cursus.cli import FAILED, echo_data
from cursus.cli.exec_doc_generate import DOCUMENT, generate, output_options, show_on_stderr
from cursus.cli.inputs import FILE, format_option

if TYPE_CHECKING:
    from pathlib import Path


@click.group("exec-doc")
def command() -> None:
    """Make, check and merge execution documents; `-` stands for stdin and stdout.

    \b
    Example:
      cursus exec-doc generate -d dag.json -c config.json --template template.json -o document.json
      cursus exec-doc validate document.json
    """


command.add_command(generate)


@command.command()
@click.option("-d", "--dag", "dag_file", type=FILE, required=True, help="DAG file (JSON).")
@click.option("-c", "--config", "config_file", type=FILE, help="Config file, for exact step names.")
@output_options
def template(
    dag_file: Path, config_file: Path | None, output: Path, kind: Literal["json", "yaml"] | None
) -> None:
    """Make a template: the steps that a document has, without their content.

    \b
    Example:
      cursus exec-doc template -d dag.json -c config.json -o template.json
    """
    from cursus.dag import PipelineDAG
    from cursus.document import ExecutionDocumentGenerator, make_template
    from cursus.document.document_file import write_document
    from cursus.errors import read_all
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import load_plugins

    if config_file is None:
        plan, plugins = Plan(dag=PipelineDAG.from_file(dag_file), steps={}), load_plugins()
    else:
        dag, generator = read_all(
            lambda: PipelineDAG.read_file(dag_file),
            lambda: ExecutionDocumentGenerator(config_file),
        )
        plan, plugins = generator.plan(dag), generator.plugins
    show_on_stderr(plan.warnings)
    write_document(make_template(plan, plugins), output, kind)


@command.command()
@click.argument("document", type=DOCUMENT)
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@format_option
def validate(document: Path, *, strict: bool, output_format: str) -> int:
    """Check a document: its layout, help texts left over, steps that nothing filled; exit 1 for an error.

    \b
    Example:
      cursus exec-doc validate document.json
    """
    from cursus.document import validate_document
    from cursus.document.document_file import read_document
    from cursus.errors import errors_of

    problems = validate_document(read_document(document), file=document)
    if output_format == "json":
        echo_data([problem.to_dict() for problem in problems])
    for problem in problems if output_format == "text" else ():
        click.echo(str(problem))
    click.echo(f"{document}: {len(problems) or 'no'} problems", err=True)
    return FAILED if problems and (strict or errors_of(problems)) else 0


@command.command()
@click.argument("documents", type=DOCUMENT, nargs=-1, required=True)
@output_options
def merge(documents: tuple[Path, ...], output: Path, kind: Literal["json", "yaml"] | None) -> None:
    """Join documents deeply; nothing is dropped, and what two give differently is an error.

    \b
    Example:
      cursus exec-doc merge na.json eu.json -o both.json
    """
    from cursus.document import merge_documents
    from cursus.document.document_file import read_document, write_document

    write_document(merge_documents(*map(read_document, documents)), output, kind)


@command.command()
@click.argument("before", type=DOCUMENT)
@click.argument("after", type=DOCUMENT)
@format_option
def diff(before: Path, after: Path, output_format: str) -> int:
    """List what differs between two documents, by path; exit 1 where something does.

    \b
    Example:
      cursus exec-doc diff expected.json document.json
    """
    from cursus.document import diff_documents
    from cursus.document.document_file import read_document

    differences = diff_documents(read_document(before), read_document(after))
    if output_format == "json":
        echo_data([difference.to_dict() for difference in differences])
    for difference in differences if output_format == "text" else ():
        click.echo(str(difference))
    return FAILED if differences else 0
