"""`cursus deploy`: a pipeline and its code are sent to AWS."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cursus.cli import echo_data
from cursus.cli.aws_options import access_of, aws_options, pairs_of
from cursus.cli.inputs import FILE, FOLDER, Command, bindings_of, format_option, join_inputs

if TYPE_CHECKING:
    from cursus.pipeline.definition import Definition
    from cursus.pipeline.deploy import Deployment

DONE = {
    "created": "created",
    "updated": "updated",
    "unchanged": "unchanged, nothing was done to it",
}
PLANNED = {
    "created": "would be created",
    "updated": "would be updated",
    "unchanged": "is unchanged",
}


def _optional_inputs(command: Command) -> Command:
    """Add the options of a plan; --definition can take their place."""
    root = click.option("--source-root", type=FOLDER, help="Folder of the configs' source folders.")
    return join_inputs(root(command), required=False)


@click.command("deploy")
@_optional_inputs
@click.option("--definition", "definition_file", type=FILE,
              help="Deploy what `cursus compile` wrote, instead of a DAG and a config.")  # fmt: skip
@click.option(
    "--bundles", type=FOLDER, help="Code bundles of --definition; default: bundles/ beside it."
)
@click.option(
    "--name", help="The pipeline's name; default: the config's. Needed with --definition."
)
@click.option(
    "--role", metavar="ARN", help="Role of pipeline and jobs; default: the configs' role."
)
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Tag of the pipeline.")
@click.option(
    "--code-location", metavar="URI", help="Where code goes; default: <pipeline_s3_loc>/code."
)
@click.option("--parallelism", type=click.IntRange(min=1), help="How many steps run at once.")
@click.option("--if-exists", type=click.Choice(["update", "fail"]), default="update",
              show_default=True, help="What to do with another pipeline of the name.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Ask AWS what would be done, and do nothing.")
@aws_options
@format_option
def command(*, output_format: str, **values: Any) -> None:
    """Create a pipeline, or update it where it differs; code that is there is not sent again.

    \b
    Example:
      cursus deploy -d dag.json -c config.json --tag team=flights
      cursus deploy --definition pipeline.json --name flights --role arn:aws:iam::123456789012:role/Other \\
          --code-location s3://other-bucket/code
    """
    from cursus.pipeline.deploy import DeployOptions, deploy

    access = access_of(values)
    options = DeployOptions(
        role=values["role"],
        tags=pairs_of(values["tags"], "--tag"),
        code_location=values["code_location"],
        parallelism=values["parallelism"],
        if_exists=values["if_exists"],
        dry_run=values["dry_run"],
    )
    definition = _definition(values)
    deployment = deploy(definition, access, options)
    for warning in (*definition.warnings, *deployment.warnings):
        click.echo(str(warning), err=True)
    if output_format == "json":
        echo_data(_data(deployment, definition))
    else:
        _show(deployment)


def _definition(values: dict[str, Any]) -> Definition:
    files = (values["dag_file"], values["config_file"])
    if values["definition_file"] is None:
        if None in files or values["bundles"] is not None:
            raise click.UsageError(
                "give -d DAG and -c CONFIG, or --definition FILE [--bundles DIR]"
            )
        return _compiled(values)
    unused = {**dict(zip(("-d", "-c"), files, strict=True)), "--source-root": values["source_root"],
              "--bind": values["binds"], "--bind-config": values["bind_configs"]}  # fmt: skip
    given = [option for option, value in unused.items() if value]
    if given or values["name"] is None:
        wrong = f"{', '.join(given)} cannot go with it" if given else "it needs --name"
        raise click.UsageError(f"--definition is compiled already; {wrong}")
    return _read(values)


def _compiled(values: dict[str, Any]) -> Definition:
    from cursus.dag import PipelineDAG
    from cursus.pipeline.compiler import CompileOptions, PipelineDAGCompiler

    options = CompileOptions(
        code_location=values["code_location"],
        pipeline_name=values["name"],
        source_root=values["source_root"],
        node_configs=values["bind_configs"],
        bindings=bindings_of(values["binds"]),
    )
    compiler = PipelineDAGCompiler(values["config_file"], role=values["role"], options=options)
    return compiler.compile(PipelineDAG.read_file(values["dag_file"]))


def _read(values: dict[str, Any]) -> Definition:
    from cursus.pipeline.definition_file import ReadOptions, read_definition

    options = ReadOptions(
        bundles=values["bundles"], role=values["role"], code_location=values["code_location"]
    )
    return read_definition(values["definition_file"], values["name"], options)


def _data(deployment: Deployment, definition: Definition) -> dict[str, Any]:
    warnings = [w.to_dict() for w in (*definition.warnings, *deployment.warnings)]
    return {**asdict(deployment), "warnings": warnings}


def _show(deployment: Deployment) -> None:
    said = (PLANNED if deployment.dry_run else DONE)[deployment.action]
    click.echo(f"{deployment.name} in {deployment.region}: {said}")
    if deployment.arn is not None:
        click.echo(f"  {deployment.arn}")
    sent = "would be uploaded" if deployment.dry_run else "uploaded"
    click.echo(
        f"  code: {len(deployment.uploaded)} objects {sent}, {deployment.present} were there"
    )
    if deployment.tags_changed:
        click.echo(f"  tags: {'would be ' if deployment.dry_run else ''}changed")
