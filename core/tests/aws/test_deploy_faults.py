"""What AWS refuses or what breaks on the way: a code, what was being done, a fix, and nothing half-done."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cursus.cli import main
from cursus.errors import AwsError, CursusError, DeployError, MissingExtraError
from cursus.pipeline import AwsAccess, Definition, deploy

NAME = "ada-Flights-xgboost-NA-1-0-0-pipeline"
DROP, LOSE_ANSWER = "drop", "lose the answer"
TWICE = AwsAccess(attempts=2)


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (("DescribePipeline", "UnrecognizedClientException", 400), "CUR0801 .*cannot look for"),
        (("HEAD", "403", 403), "CUR0803 .*fix allow s3:GetObject and s3:ListBucket"),
        (("PUT", "InvalidAccessKeyId", 403), "CUR0801 .*does not know these"),
        (("PUT", "ExpiredToken", 400), "CUR0802 .*cannot upload s3://team-bucket.*expired"),
        (("PUT", "AccessDenied", 403), "CUR0803 .*fix allow s3:PutObject"),
        (("CreatePipeline", "ExpiredTokenException", 400), "CUR0802 .*cannot create the pipeline"),
        (
            ("CreatePipeline", "AccessDeniedException", 400),
            r"CUR0803 .*fix allow sagemaker:CreatePi",
        ),
        (("CreatePipeline", "ValidationException", 400), "CUR0808 .*ValidationException it is"),
        (("CreatePipeline", "ConflictException", 400), "CUR0810 .*is busy"),
        (("CreatePipeline", "ResourceLimitExceeded", 400), "CUR0810 .*quota"),
        (("CreatePipeline", "ThrottlingException", 400), "CUR0806 .*throttled all 2 attempts"),
        (("CreatePipeline", "InternalFailure", 500), "CUR0809 .*failed in all 2 attempts"),
        (("PUT", "SlowDown", 503), "CUR0806 .*throttled all 2 attempts"),
        (("PUT", "InternalError", 500), "CUR0809 .*AWS failed in all 2 attempts"),
    ],
)
def test_a_refusal_has_a_code_and_a_fix_and_leaves_no_pipeline(
    proxy: Any, account: Any, definition: Definition, refusal: tuple[Any, ...], message: str
) -> None:
    proxy.refuse(*refusal)
    with pytest.raises(AwsError) as caught:
        deploy(definition, TWICE)
    assert stands_in(message, str(caught.value))
    assert account.pipelines() == []
    proxy.faults.clear()
    assert deploy(definition, TWICE).action == "created"
    assert len(account.objects()) == 3


def stands_in(pattern: str, text: str) -> bool:
    return re.search(pattern, " ".join(text.split())) is not None


@pytest.mark.parametrize("operation", ["DescribePipeline", "HEAD", "PUT", "CreatePipeline"])
def test_a_lost_connection_is_tried_again_and_then_named(
    proxy: Any, account: Any, definition: Definition, operation: str
) -> None:
    proxy.fail(operation, DROP)
    with pytest.raises(AwsError, match=r"CUR0805 error: .*could not be reached in any attempt"):
        deploy(definition, TWICE)
    assert proxy.count(operation) >= 2
    assert account.pipelines() == []


@pytest.mark.parametrize("operation", ["DescribePipeline", "HEAD", "PUT", "CreatePipeline"])
@pytest.mark.parametrize("fault", ["throttling", "lost connection", "lost answer"])
def test_one_fault_is_overcome_by_itself(
    proxy: Any, account: Any, definition: Definition, operation: str, fault: str
) -> None:
    if fault == "throttling":
        proxy.refuse(operation, "SlowDown", 503, times=1)
    else:
        proxy.fail(operation, DROP if fault == "lost connection" else LOSE_ANSWER, times=1)
    done = deploy(definition)
    assert account.pipelines() == [NAME]
    assert len(account.objects()) == 3
    found = account.sagemaker.describe_pipeline(PipelineName=done.name)
    assert json.loads(found["PipelineDefinition"]) == definition.to_dict()


def test_a_lost_answer_of_creating_keeps_one_token(
    proxy: Any, account: Any, definition: Definition
) -> None:
    proxy.fail("CreatePipeline", LOSE_ANSWER, times=1)
    deploy(definition)
    sent = [
        json.loads(body)["ClientRequestToken"]
        for (name, _), body in zip(proxy.requests, proxy.bodies, strict=True)
        if name == "CreatePipeline"
    ]
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert account.pipelines() == [NAME]


def test_after_an_interrupted_upload_only_the_rest_is_sent(
    proxy: Any, account: Any, definition: Definition
) -> None:
    proxy.fail("PUT", (403, "<Error><Code>AccessDenied</Code></Error>"), times=1)
    with pytest.raises(AwsError, match=r"CUR0803"):
        deploy(definition)
    there = set(account.objects())
    done = deploy(definition)
    assert len(done.uploaded) == 3 - len(there)
    assert len(account.objects()) == 3


@pytest.mark.usefixtures("proxy")
def test_a_missing_bucket_is_named_before_anything_is_sent(
    definition: Definition, proxy: Any
) -> None:
    with pytest.raises(
        AwsError, match=r"CUR0807 error: the bucket s3://team-bucket does not exist"
    ):
        deploy(definition)
    assert proxy.count("PUT") == 0


def test_without_credentials_nothing_is_asked(
    proxy: Any, definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AwsError, match=r"CUR0801 error: .*there are no usable AWS credentials"):
        deploy(definition)
    assert proxy.requests == []


def test_a_missing_region_and_an_unknown_profile_are_input_errors(
    proxy: Any, definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        DeployError, match=r"CUR0804 error: the AWS configuration .*profile \(nobody\)"
    ):
        deploy(definition, AwsAccess(profile="nobody"))
    with pytest.raises(DeployError, match=r"CUR0804 error: the AWS region or endpoint .*'a b'"):
        deploy(definition, AwsAccess(region="a b"))
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(DeployError, match=r"CUR0804 error: no AWS region is set"):
        deploy(definition)
    assert proxy.requests == []


def test_a_server_that_is_not_there_ends_in_time(definition: Definition) -> None:
    nobody = AwsAccess(endpoint_url="http://127.0.0.1:9", region="us-east-1", attempts=2)
    with pytest.raises(AwsError, match=r"CUR080[15] error: cannot look for the pipeline"):
        deploy(definition, nobody)


def test_a_pipeline_that_was_made_meanwhile_is_updated(
    proxy: Any, account: Any, definition: Definition
) -> None:
    deploy(definition)
    proxy.refuse("DescribePipeline", "ResourceNotFound", times=1)
    done = deploy(replace(definition, role="arn:aws:iam::123456789012:role/Second"))
    assert done.action == "updated"
    found = account.sagemaker.describe_pipeline(PipelineName=NAME)
    assert found["RoleArn"].endswith("/Second")


def test_an_error_names_no_secret(proxy: Any, definition: Definition) -> None:
    proxy.refuse("DescribePipeline", "InvalidSignatureException")
    with pytest.raises(AwsError) as caught:
        deploy(definition)
    assert "secret" not in str(caught.value).lower().replace("aws_secret_access_key", "")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_ended_while_it_uploads_leaves_nothing_half_done(
    proxy: Any, account: Any, by: signal.Signals
) -> None:
    proxy.fail("PUT", "stall", times=3)
    command = [sys.executable, "-m", "cursus", "deploy", "-d", "dag.json", "-c", "config.json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        until = time.monotonic() + 60
        while proxy.count("PUT") == 0 and time.monotonic() < until:
            time.sleep(0.05)
        child.send_signal(by)
        _, said = child.communicate(timeout=60)
    assert child.returncode not in (0, None)
    assert "Traceback" not in said
    assert account.pipelines() == []
    proxy.faults.clear()
    with pytest.raises(SystemExit, match="0"):
        main(command[3:])
    assert (len(account.objects()), account.pipelines()) == (3, [NAME])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("[default]\ncredential_process = /bin/false\n", "CUR0801 error: cannot connect to AWS"),
        ("[default\n", "CUR0804 error: the AWS configuration cannot be used: Unable to parse"),
        (
            (
                "[default]\nsso_start_url = https://example.com\nsso_region = us-east-1\n"
                "sso_account_id = 123456789012\nsso_role_name = Team\n"
            ),
            "CUR0802 error: cannot .*: the AWS login has ended",
        ),
    ],
)
@pytest.mark.usefixtures("proxy")
def test_a_profile_that_gives_no_credentials_says_why(
    definition: Definition,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    config: str,
    message: str,
) -> None:
    (tmp_path / "config").write_text(config, "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(CursusError, match=message):
        deploy(definition)


@pytest.mark.usefixtures("proxy")
def test_half_of_the_credentials_is_none(
    definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AwsError, match=r"CUR0801 .*missing: AWS_SECRET_ACCESS_KEY"):
        deploy(definition)


@pytest.mark.parametrize("package", ["boto3", "tenacity"])
def test_a_missing_package_is_named_with_its_extra(
    definition: Definition, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package} is not installed; .*core\[deploy\]"):
        deploy(definition)
