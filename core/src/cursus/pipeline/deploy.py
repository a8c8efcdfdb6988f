"""Deploy a definition: its code first, then a large definition's text, then the pipeline, then its tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cursus.errors import AwsError, Problem
from cursus.pipeline.aws import connect
from cursus.pipeline.aws_errors import asking, error_code, is_absent, refused
from cursus.pipeline.deploy_order import Order, make_order
from cursus.pipeline.uploads import check_buckets, missing_files, upload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cursus.pipeline.aws import Aws
    from cursus.pipeline.definition import Definition
    from cursus.pipeline.uploads import CodeFile

Action = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployOptions:
    """How to deploy, where the defaults do not fit.

    `role` is the pipeline's own (default: the definition's). `code_location` is where a definition over 100 kB goes
    (default: beside the code bundles). `parallelism` is how many steps run at once. With `dry_run` only questions are
    asked. `if_exists="fail"` refuses to change a pipeline of the same name.
    """

    role: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    code_location: str | None = None
    parallelism: int | None = None
    if_exists: Literal["update", "fail"] = "update"
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What a deployment did, or would do: to the pipeline, its tags and the objects with its code.

    `arn` is None where a dry run would create the pipeline; `present` counts the objects that were there.
    """

    name: str
    region: str
    action: Action
    arn: str | None
    uploaded: tuple[str, ...]
    present: int
    tags_changed: bool
    dry_run: bool
    warnings: tuple[Problem, ...] = ()


def deploy(
    definition: Definition, session: Any = None, options: DeployOptions | None = None
) -> Deployment:
    """Create a pipeline, or update it where it exists and differs, after its code has been uploaded.

    `session` is a boto3 session, a session of the SageMaker SDK, an AwsAccess, or None: the environment's. What is
    there is not sent again. DeployError names all that is wrong with the input before AWS is asked; AwsError says what
    AWS refused: the pipeline is then as it was, and a repeated call goes on where this one stopped.
    """
    options = options or DeployOptions()
    order = make_order(definition, options)
    aws = connect(session)
    found = _describe(order, aws)
    action = _action(order, found)
    if action == "updated" and options.if_exists == "fail":
        raise AwsError(_taken(order.name, "is not the same"))
    # Before anything is sent, what could still be refused is asked: bundles, definition and tags.
    files = order.files if action == "unchanged" else (*order.files, *order.large_text)
    missing = missing_files(files, aws.s3)
    check_buckets(missing, aws.s3)
    arn = None if found is None else str(found["PipelineArn"])
    tags_changed = arn is not None and bool(_new_tags(order, arn, aws))
    if not options.dry_run:
        missing = _upload(missing, order, aws)
        arn, action = _put(order, action, arn, aws)
        if tags_changed or (found is None and action == "updated"):
            _add_tags(order, arn, aws)
    return Deployment(
        name=order.name,
        region=aws.region,
        action=action,
        arn=arn,
        uploaded=tuple(file.uri for file in missing),
        present=len(files) - len(missing),
        tags_changed=tags_changed,
        dry_run=options.dry_run,
        warnings=order.warnings(aws.region),
    )


def _action(order: Order, found: Mapping[str, Any] | None) -> Action:
    if found is None:
        return "created"
    return "updated" if order.differs(found) else "unchanged"


def _describe(order: Order, aws: Aws) -> dict[str, Any] | None:
    """Ask for the pipeline; None: there is none of its name."""
    from botocore.exceptions import ClientError

    with asking(f"look for the pipeline {order.name} in {aws.region}"):
        try:
            found: dict[str, Any] = aws.sagemaker.describe_pipeline(PipelineName=order.name)
        except ClientError as exc:
            if is_absent(exc):
                return None
            raise
    return found


def _upload(missing: Sequence[CodeFile], order: Order, aws: Aws) -> tuple[CodeFile, ...]:
    """Send the bundles, and only when all are there the definition's text."""
    code = [file for file in missing if file not in order.large_text]
    text = [file for file in missing if file in order.large_text]
    return tuple(file for files in (code, text) for file in upload(files, aws.s3))


def _put(order: Order, action: Action, arn: str | None, aws: Aws) -> tuple[str, Action]:
    if action == "unchanged" and arn is not None:
        return arn, action
    if action == "created":
        made = _create(order, aws)
        if made is not None:
            return made, "created"
    with asking(f"update the pipeline {order.name} in {aws.region}"):
        answer = aws.sagemaker.update_pipeline(**order.request)
    return str(answer["PipelineArn"]), "updated"


def _create(order: Order, aws: Aws) -> str | None:
    """Create the pipeline; None: another deployment, or a lost answer's first attempt, was faster."""
    from botocore.exceptions import ClientError

    what = f"create the pipeline {order.name} in {aws.region}"
    with asking(what):
        try:
            answer = aws.sagemaker.create_pipeline(**order.request, Tags=order.tags)
        except ClientError as exc:
            if error_code(exc) != "ValidationException" or "already exists" not in str(exc):
                raise refused(exc, what) from exc
            if order.if_exists == "fail":
                raise AwsError(_taken(order.name, "was made at the same moment")) from exc
            return None
    return str(answer["PipelineArn"])


def _add_tags(order: Order, arn: str, aws: Aws) -> None:
    new = _new_tags(order, arn, aws)
    if new:
        with asking(f"tag the pipeline {order.name}"):
            aws.sagemaker.add_tags(ResourceArn=arn, Tags=new)


def _new_tags(order: Order, arn: str, aws: Aws) -> list[dict[str, str]]:
    """Give the tags that the pipeline lacks or has with another value; others stay as they are."""
    if not order.tags:
        return []
    with asking(f"read the tags of the pipeline {order.name}"):
        pages = aws.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        there = [tag for page in pages for tag in page["Tags"]]
    return [tag for tag in order.tags if tag not in there]


def _taken(name: str, why: str) -> Problem:
    return Problem(
        code="CUR0821",
        message=f"a pipeline {name} exists and {why}; it was not changed",
        fix="choose another --name, or leave --if-exists out to update it",
    )
