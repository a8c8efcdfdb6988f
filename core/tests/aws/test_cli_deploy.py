"""`cursus deploy`, `cursus start` and `cursus executions` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.cli import main

NAME = "ada-Flights-xgboost-NA-1-0-0-pipeline"
FILES = ("-d", "dag.json", "-c", "config.json")
VALUES = [f"--param={name}=x" for name in ("KMS_ENCRYPTION_KEY_PARAM", "SECURITY_GROUP_ID", "VPC_SUBNET")]  # fmt: skip
PREFIX = ("--prefix", "s3://team-bucket/runs/today/")
pytestmark = pytest.mark.usefixtures("project")


def run(*args: str) -> int | str | None:
    """Run the command line in this process and give its exit code."""
    with pytest.raises(SystemExit) as caught:
        main(list(args))
    return caught.value.code


@pytest.mark.usefixtures("account")
def test_deploying_twice_says_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FILES) == 0
    first = capsys.readouterr().out.splitlines()
    assert first[0] == f"{NAME} in us-east-1: created"
    assert first[1].endswith(f":pipeline/{NAME}")
    assert first[2] == "  code: 3 objects uploaded, 0 were there"
    assert run("deploy", *FILES, "--tag", "team=flights") == 0
    again = capsys.readouterr().out.splitlines()
    assert again[0] == f"{NAME} in us-east-1: unchanged, nothing was done to it"
    assert again[2:] == ["  code: 0 objects uploaded, 3 were there", "  tags: changed"]


def test_a_dry_run_says_what_would_be_done(
    account: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", *FILES, "--dry-run", "--name", "flights", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["name"], data["action"], data["arn"]) == ("flights", "created", None)
    assert (len(data["uploaded"]), data["dry_run"], data["warnings"]) == (3, True, [])
    assert account.pipelines() == []


def test_a_compiled_definition_is_deployed_to_another_bucket(account: Any, project: Path) -> None:
    assert run("compile", *FILES, "-o", "out/pipeline.json") == 0
    moved = ["--definition", "out/pipeline.json", "--name", "moved"]
    assert run("deploy", *moved, "--code-location", "s3://team-bucket/moved/code") == 0
    assert len([key for key in account.objects() if key.startswith("moved/code/")]) == 3
    assert account.pipelines() == ["moved"]
    assert (project / "out" / "bundles").is_dir()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "give -d DAG and -c CONFIG, or --definition FILE"),
        (("-d", "dag.json"), "give -d DAG and -c CONFIG"),
        (("--definition", "config.json"), "it needs --name"),
        (("--definition", "config.json", "--name", "x", "-d", "dag.json"), "-d cannot go with it"),
        ((*FILES, "--tag", "team"), "'team' is not of the form NAME=VALUE"),
        ((*FILES, "--tag", "a=1", "--tag", "a=2"), "a is given twice"),
        (("--definition", "config.json", "--name", "x"), "CUR0814 error"),
        ((*FILES, "--role", "me"), "CUR0631 error"),
    ],
)
def test_wrong_usage_and_input_end_with_2(
    proxy: Any, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], message: str
) -> None:
    assert run("deploy", *args) == 2
    assert message in capsys.readouterr().err
    assert proxy.requests == []


def test_what_aws_refuses_ends_with_1(proxy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FILES) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("CUR0807 error: the bucket s3://team-bucket does not exist")
    assert captured.out == ""
    proxy.refuse("DescribePipeline", "ThrottlingException")
    assert run("deploy", *FILES, "--attempts", "1") == 1
    assert "throttled the only attempt" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_a_deployed_pipeline_is_started_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FILES) == 0
    assert run("start", NAME) == 2
    assert capsys.readouterr().err.count("CUR0817 error") == 4
    assert run("start", NAME, *PREFIX, *VALUES, "--display-name", "today") == 0
    arn = capsys.readouterr().out.removeprefix("started ").strip()
    assert run("executions", "list", NAME) == 0
    status, _, name, listed = capsys.readouterr().out.split()
    assert (status, name, listed) == ("Succeeded", "today", arn)
    assert run("executions", "list", NAME, "--format", "json") == 0
    assert [found["arn"] for found in json.loads(capsys.readouterr().out)] == [arn]


def answer_steps(proxy: Any, status: str) -> None:
    """Answer for moto, which has no steps of executions, and give the execution a status."""
    step = {"StepName": "Prepare", "StepStatus": status, "StartTime": 1e9, "EndTime": 1e9 + 90}
    failed = {**step, "FailureReason": "no memory"} if status == "Failed" else step
    proxy.fail(
        "ListPipelineExecutionSteps", (200, json.dumps({"PipelineExecutionSteps": [failed]}))
    )
    answer = {"PipelineExecutionArn": "arn:x", "PipelineExecutionStatus": status}
    proxy.fail("DescribePipelineExecution", (200, json.dumps(answer)))


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("status", "code"), [("Succeeded", 0), ("Failed", 1), ("Stopped", 1)])
def test_waiting_ends_with_what_became_of_it(
    proxy: Any, capsys: pytest.CaptureFixture[str], status: str, code: int
) -> None:
    assert run("deploy", *FILES) == 0
    capsys.readouterr()
    answer_steps(proxy, status)
    assert run("start", NAME, *PREFIX, *VALUES, "--wait") == code
    out = capsys.readouterr().out
    assert f"\n{status}  " in out
    assert "EXECUTION_S3_PREFIX = s3://team-bucket/runs/today\n" in out
    (line,) = [line for line in out.splitlines() if "Prepare" in line]
    assert line.split()[:2] == [status, "Prepare"]
    assert "90 s" in line
    assert ("no memory" in line) == (status == "Failed")


@pytest.mark.usefixtures("account")
def test_a_server_without_steps_does_not_hide_what_became_of_an_execution(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("deploy", *FILES) == 0
    capsys.readouterr()
    assert run("start", NAME, *PREFIX, *VALUES, "--wait", "--attempts", "1") == 0
    waited = capsys.readouterr()
    assert "\nSucceeded  " in waited.out
    assert waited.err.startswith("CUR0809 warning: steps could not be listed: cannot list the st")
    assert waited.err.endswith("fix repeat the command later\n")
    assert run("executions", "describe", NAME, "--attempts", "1", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["status"], data["steps"]) == ("Succeeded", [])
    assert data["values"]["EXECUTION_S3_PREFIX"] == "s3://team-bucket/runs/today"
    assert data["steps_unlisted"]["code"] == "CUR0809"


@pytest.mark.usefixtures("account")
def test_the_end_decides_the_exit_code_without_its_steps(
    proxy: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", *FILES) == 0
    answer = {"PipelineExecutionArn": "arn:x", "PipelineExecutionStatus": "Failed"}
    proxy.fail("DescribePipelineExecution", (200, json.dumps(answer)))
    assert run("start", NAME, *PREFIX, *VALUES, "--wait", "--attempts", "1") == 1
    assert "CUR0809 warning" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_a_start_and_its_end_are_one_json_object(
    proxy: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", *FILES) == 0
    capsys.readouterr()
    answer_steps(proxy, "Succeeded")
    assert run("start", NAME, *PREFIX, *VALUES, "--wait", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["values"]["EXECUTION_S3_PREFIX"] == "s3://team-bucket/runs/today"
    assert data["execution"]["status"] == "Succeeded"
    (step,) = data["execution"]["steps"]
    assert (step["name"], step["started"]) == ("Prepare", step["started"])
    assert run("executions", "describe", data["arn"], "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["steps"] == [step]


@pytest.mark.usefixtures("account")
def test_a_pipeline_without_executions_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FILES) == 0
    capsys.readouterr()
    assert run("executions", "list", NAME) == 0
    assert capsys.readouterr().out == f"{NAME} has no execution\n"
