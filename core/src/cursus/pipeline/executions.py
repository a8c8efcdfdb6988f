"""The executions of a pipeline: list them, describe one with its steps, wait for its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cursus.errors import AwsError, Problem
from cursus.pipeline.aws import connect
from cursus.pipeline.aws_errors import asking

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cursus.pipeline.aws import Aws

SUCCEEDED = "Succeeded"
ENDED = (SUCCEEDED, "Failed", "Stopped")
SHORTEST_WAIT = 2
LONGEST_WAIT = 60
DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StepExecution:
    """One step of an execution, as far as it has come; `attempts` counts its runs."""

    name: str
    status: str
    started: datetime | None = None
    ended: datetime | None = None
    failure: str | None = None
    attempts: int = 1
    from_cache: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution; `steps` and `values` are empty where it stands in a list.

    `steps_unlisted` says why an execution that was described has no steps here; None: they are listed.
    """

    arn: str
    status: str
    name: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    failure: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    steps: tuple[StepExecution, ...] = ()
    steps_unlisted: Problem | None = None


def list_executions(
    pipeline: str, session: Any = None, *, limit: int = 20
) -> tuple[Execution, ...]:
    """List a pipeline's executions, the newest first; `session` is as in `deploy`."""
    return _list(pipeline, connect(session), limit)


def describe_execution(named: str, session: Any = None) -> Execution:
    """Describe an execution, by its ARN or as the newest of the pipeline of this name, with its steps.

    Where the steps alone cannot be listed, all else is described, and `steps_unlisted` says why.
    """
    aws = connect(session)
    return _describe(_arn_of(named, aws), aws)


def wait_for(arn: str, session: Any = None, *, seconds: float = DAY) -> Execution:
    """Ask, with growing pauses of up to a minute, until an execution has ended, and describe it.

    AwsError (CUR0824) says that it still ran after `seconds`; it is not stopped.
    """
    from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_exponential

    aws = connect(session)
    retrying = Retrying(
        retry=retry_if_result(lambda status: status not in ENDED),
        stop=stop_after_delay(seconds),
        wait=wait_exponential(min=SHORTEST_WAIT, max=LONGEST_WAIT),
    )
    try:
        retrying(lambda: _status(arn, aws)["PipelineExecutionStatus"])
    except RetryError as exc:
        message = f"the execution {arn} still runs after {seconds:g} seconds"
        fix = f"it goes on; see `cursus executions describe {arn}`"
        raise AwsError(Problem(code="CUR0824", message=message, fix=fix)) from exc
    return _describe(arn, aws)


def _list(pipeline: str, aws: Aws, limit: int) -> tuple[Execution, ...]:
    with asking(f"list the executions of {pipeline} in {aws.region}"):
        pages = aws.sagemaker.get_paginator("list_pipeline_executions").paginate(
            PipelineName=pipeline,
            SortBy="CreationTime",
            SortOrder="Descending",
            PaginationConfig={"MaxItems": limit},
        )
        found = [summary for page in pages for summary in page["PipelineExecutionSummaries"]]
    newest_first = sorted(found, key=lambda summary: summary["StartTime"], reverse=True)
    return tuple(_summary(summary) for summary in newest_first)


def _summary(found: Mapping[str, Any]) -> Execution:
    return Execution(
        arn=found["PipelineExecutionArn"],
        status=found["PipelineExecutionStatus"],
        name=found.get("PipelineExecutionDisplayName"),
        started=found.get("StartTime"),
        failure=_reason(found.get("PipelineExecutionFailureReason")),
    )


def _arn_of(named: str, aws: Aws) -> str:
    if named.startswith("arn:"):
        return named
    newest = _list(named, aws, 1)
    if not newest:
        message = f"the pipeline {named} in {aws.region} has no execution"
        problem = Problem(code="CUR0811", message=message, fix=f"start it: cursus start {named}")
        raise AwsError(problem)
    return newest[0].arn


def _status(arn: str, aws: Aws) -> dict[str, Any]:
    with asking(f"describe the execution {arn}"):
        found: dict[str, Any] = aws.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    return found


def _describe(arn: str, aws: Aws) -> Execution:
    found = _status(arn, aws)
    has_ended = found["PipelineExecutionStatus"] in ENDED
    with asking(f"list the parameters of the execution {arn}"):
        values = _pages(aws, "list_pipeline_parameters_for_execution", "PipelineParameters", arn)
    steps, unlisted = _steps(arn, aws)
    return Execution(
        arn=arn,
        status=found["PipelineExecutionStatus"],
        name=found.get("PipelineExecutionDisplayName"),
        started=found.get("CreationTime"),
        ended=found.get("LastModifiedTime") if has_ended else None,
        failure=_reason(found.get("FailureReason")),
        values=tuple(sorted((value["Name"], value["Value"]) for value in values)),
        steps=steps,
        steps_unlisted=unlisted,
    )


def _steps(arn: str, aws: Aws) -> tuple[tuple[StepExecution, ...], Problem | None]:
    """List the steps, or say why not: a role may see executions alone, and servers that stand in for AWS lack them."""
    try:
        with asking(f"list the steps of the execution {arn}"):
            found = _pages(aws, "list_pipeline_execution_steps", "PipelineExecutionSteps", arn)
    except AwsError as exc:
        message = f"steps could not be listed: {exc.problem.message}"
        return (), replace(exc.problem, message=message, severity="warning")
    return tuple(sorted(map(_step, found), key=_order)), None


def _pages(aws: Aws, operation: str, member: str, arn: str) -> list[dict[str, Any]]:
    pages = aws.sagemaker.get_paginator(operation).paginate(PipelineExecutionArn=arn)
    return [found for page in pages for found in page[member]]


def _step(found: Mapping[str, Any]) -> StepExecution:
    return StepExecution(
        name=found["StepName"],
        status=found["StepStatus"],
        started=found.get("StartTime"),
        ended=found.get("EndTime"),
        failure=_reason(found.get("FailureReason")),
        attempts=found.get("AttemptCount") or 1,
        from_cache="CacheHitResult" in found,
    )


def _order(step: StepExecution) -> tuple[bool, str, str]:
    """Order steps by their start, those that have not started last."""
    started = "" if step.started is None else step.started.isoformat()
    return step.started is None, started, step.name


def _reason(text: str | None) -> str | None:
    """Give a reason that says something; moto's server says None as text."""
    return None if text in (None, "", "None") else text
