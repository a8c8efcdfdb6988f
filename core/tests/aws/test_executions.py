"""Executions: listed, described with their steps, and waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber
from cursus.errors import AwsError
from cursus.pipeline import (
    AwsAccess,
    Definition,
    StartOptions,
    deploy,
    describe_execution,
    executions,
    list_executions,
    start,
    wait_for,
)
from cursus.pipeline.aws import Aws, connect

NAME = "ada-Flights-xgboost-NA-1-0-0-pipeline"
ARN = f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{NAME}/execution/abcdefghijkl"
VALUES = {"KMS_ENCRYPTION_KEY_PARAM": "key", "SECURITY_GROUP_ID": "sg-1", "VPC_SUBNET": "subnet-1"}
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_executions_are_listed_the_newest_first(account: Any, definition: Definition) -> None:
    assert account.pipelines() == []
    deploy(definition)
    assert list_executions(NAME) == ()
    for name in ("one", "two", "three"):
        options = StartOptions(display_name=name)
        start(NAME, prefix="s3://team-bucket/x", values=VALUES, options=options)
    found = list_executions(NAME)
    assert [execution.name for execution in found] == ["three", "two", "one"]
    assert {execution.status for execution in found} == {"Succeeded"}
    assert found[0].failure is None
    assert len(list_executions(NAME, limit=2)) == 2


@pytest.mark.usefixtures("proxy")
def test_executions_of_nothing_are_an_error() -> None:
    with pytest.raises(
        AwsError, match=r"CUR0811 error: cannot list the executions of nobody in us-"
    ):
        list_executions("nobody")


def test_a_pipeline_that_never_ran_has_nothing_to_describe(
    account: Any, definition: Definition
) -> None:
    assert account.pipelines() == []
    deploy(definition)
    with pytest.raises(
        AwsError, match=f"CUR0811 error: the pipeline {NAME} in us-east-1 has no ex"
    ):
        describe_execution(NAME)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch, proxy: Any) -> Stubber:
    """Give the stub of botocore for the client that is used; moto lacks the steps of an execution."""
    aws = connect(AwsAccess(endpoint_url=proxy.url))
    monkeypatch.setattr(executions, "connect", lambda _session: aws)
    stubber = Stubber(aws.sagemaker)
    stubber.activate()
    assert isinstance(aws, Aws)
    return stubber


def add_status(stubber: Stubber, status: str, **more: Any) -> None:
    answer = {"PipelineExecutionArn": ARN, "PipelineExecutionStatus": status, **more}
    stubber.add_response("describe_pipeline_execution", answer, {"PipelineExecutionArn": ARN})


def add_rest(stubber: Stubber, *pages: list[dict[str, Any]]) -> None:
    values = [{"Name": "VPC_SUBNET", "Value": "subnet-1"}]
    named = {"PipelineExecutionArn": ARN}
    parameters = {"PipelineParameters": values}
    stubber.add_response("list_pipeline_parameters_for_execution", parameters, named)
    for number, steps in enumerate(pages):
        answer: dict[str, Any] = {"PipelineExecutionSteps": steps}
        expected = named if number == 0 else {**named, "NextToken": f"page{number}"}
        if number + 1 < len(pages):
            answer["NextToken"] = f"page{number + 1}"
        stubber.add_response("list_pipeline_execution_steps", answer, expected)


def step(name: str, status: str, minute: int, **more: Any) -> dict[str, Any]:
    return {
        "StepName": name,
        "StepStatus": status,
        "StartTime": NOON + timedelta(minutes=minute),
        **more,
    }


def test_an_execution_is_described_with_its_steps_in_the_order_of_time(stubbed: Stubber) -> None:
    add_status(stubbed, "Failed", FailureReason="Step failure", CreationTime=NOON)
    waiting = {"StepName": "Package", "StepStatus": "Starting"}
    train = step("Train", "Failed", 9, FailureReason="no memory", AttemptCount=3)
    done = {"EndTime": NOON + timedelta(minutes=8), "CacheHitResult": {}}
    add_rest(stubbed, [waiting, train], [step("Prepare", "Succeeded", 1, **done)])
    found = describe_execution(ARN)
    assert (found.status, found.failure, found.started) == ("Failed", "Step failure", NOON)
    assert found.values == (("VPC_SUBNET", "subnet-1"),)
    assert [s.name for s in found.steps] == ["Prepare", "Train", "Package"]
    assert [s.from_cache for s in found.steps] == [True, False, False]
    assert (found.steps[1].failure, found.steps[1].attempts) == ("no memory", 3)
    stubbed.assert_no_pending_responses()


def test_waiting_asks_until_the_end(stubbed: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "SHORTEST_WAIT", 0.01)
    monkeypatch.setattr(executions, "LONGEST_WAIT", 0.02)
    for status in ("Executing", "Executing", "Succeeded", "Succeeded"):
        add_status(stubbed, status, LastModifiedTime=NOON)
    add_rest(stubbed, [step("Prepare", "Succeeded", 1)])
    ended = wait_for(ARN)
    assert (ended.status, ended.ended) == ("Succeeded", NOON)
    stubbed.assert_no_pending_responses()


def test_waiting_ends_in_time(stubbed: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "SHORTEST_WAIT", 0.01)
    monkeypatch.setattr(executions, "LONGEST_WAIT", 0.01)
    for _ in range(200):
        add_status(stubbed, "Executing")
    with pytest.raises(
        AwsError, match=r"CUR0824 error: the execution .* still runs after 0.05 sec"
    ):
        wait_for(ARN, seconds=0.05)


def test_an_execution_that_is_not_there_is_named(stubbed: Stubber) -> None:
    stubbed.add_client_error("describe_pipeline_execution", "ResourceNotFound", "no such execution")
    with pytest.raises(
        AwsError, match=r"CUR0811 error: cannot describe the execution arn:.*no such"
    ):
        describe_execution(ARN)


def test_an_execution_is_described_without_its_steps_where_they_cannot_be_listed(
    stubbed: Stubber,
) -> None:
    add_status(stubbed, "Failed", FailureReason="Step failure")
    add_rest(stubbed)
    stubbed.add_client_error("list_pipeline_execution_steps", "AccessDeniedException", "not yours")
    found = describe_execution(ARN)
    assert (found.status, found.failure, found.steps) == ("Failed", "Step failure", ())
    assert found.values == (("VPC_SUBNET", "subnet-1"),)
    problem = found.steps_unlisted
    assert problem is not None
    assert (problem.code, problem.severity) == ("CUR0803", "warning")
    assert problem.message.startswith("steps could not be listed: cannot list the steps of")
    assert problem.fix == "allow sagemaker:ListPipelineExecutionSteps to this identity"
    stubbed.assert_no_pending_responses()
