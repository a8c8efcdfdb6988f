"""`cursus exec-doc`: make, check, merge and compare execution documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import click

from cursus.cli import FAILED, counted, echo_data
from cursus.cli.exec_doc_generate import generate
from cursus.cli.exec_doc_inputs import (
    DOCUMENT,
    check_dag_choice,
    output_options,
    pipeline_option,
    read_dag,
    read_inputs,
    refuse_overwriting,
    refuse_second_stream,
    show_on_stderr,
)
from cursus.cli.inputs import bind_config_option, format_option

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins

NO_DOCUMENT = frozenset({"CUR0502", "CUR0525"})


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
@click.option("-d", "--dag", "dag_file", type=DOCUMENT, help="DAG file (JSON).")
@click.option(
    "-c", "--config", "config_file", type=DOCUMENT, help="Config file, for exact step names."
)
@pipeline_option
@bind_config_option
@output_options
def template(*, output: Path, kind: Literal["json", "yaml"] | None, **values: Any) -> None:
    """Make a template: the steps that a document has, without their content.

    \b
    Example:
      cursus exec-doc template -d dag.json -c config.json -o template.json
      cursus exec-doc template --pipeline xgboost_simple -o template.json
    """
    from cursus.document import make_template
    from cursus.document.document_file import write_document
    from cursus.document.template import missing_plugins

    _check_template_usage(values)
    refuse_overwriting(output, values["dag_file"], values["config_file"])
    plan, plugins = _template_plan(values)
    show_on_stderr([*plan.warnings, *missing_plugins(plan, plugins)])
    write_document(make_template(plan, plugins), output, kind)


def _check_template_usage(values: dict[str, Any]) -> None:
    check_dag_choice(values)
    if values["dag_file"] is None and values["pipeline"] is None:
        raise click.UsageError("give a DAG (-d FILE), or --pipeline ID")
    if values["bind_configs"] and values["config_file"] is None and values["pipeline"] is None:
        raise click.UsageError("--bind-config chooses from a config file; give it with -c FILE")
    refuse_second_stream(values["dag_file"], values["config_file"])


def _template_plan(values: dict[str, Any]) -> tuple[Plan, Plugins]:
    from cursus.document import DocumentOptions
    from cursus.errors import DagError, raise_errors
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import load_plugins

    if values["config_file"] is None and values["pipeline"] is None:
        dag = read_dag(values["dag_file"])
        raise_errors(dag.check(), DagError)
        return Plan(dag=dag, steps={}), load_plugins()
    dag, generator = read_inputs(values, DocumentOptions(node_configs=values["bind_configs"]))
    return generator.plan(dag), generator.plugins


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
    from cursus.document.contents import unchecked_steps
    from cursus.document.document_file import read_document
    from cursus.errors import errors_of
    from cursus.kernel.plugins import load_plugins

    data, plugins = read_document(document), load_plugins()
    problems = validate_document(data, file=document, plugins=plugins)
    if output_format == "json":
        echo_data([problem.to_dict() for problem in problems])
    for problem in problems if output_format == "text" else ():
        click.echo(str(problem))
    is_document = NO_DOCUMENT.isdisjoint(problem.code for problem in problems)
    unchecked = unchecked_steps(data, plugins) if is_document else []
    if unchecked:
        names = ", ".join(unchecked)
        click.echo(f"{document}: no plugin checks the content of {names}", err=True)
    count = counted(len(problems), "problem") if problems else "no problems"
    click.echo(f"{document}: {count}", err=True)
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

    refuse_second_stream(*documents)
    refuse_overwriting(output, *documents)
    contents = [read_document(document) for document in documents]
    write_document(merge_documents(*contents, names=documents), output, kind)


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

    refuse_second_stream(before, after)
    differences = diff_documents(read_document(before), read_document(after))
    if output_format == "json":
        echo_data([difference.to_dict() for difference in differences])
    for difference in differences if output_format == "text" else ():
        click.echo(str(difference))
    return FAILED if differences else 0
