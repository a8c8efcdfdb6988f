"""Starting: every value is checked against the deployed definition, and one start is one execution."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cursus.errors import AwsError, DeployError
from cursus.pipeline import Definition, StartOptions, deploy, start

NAME = "ada-Flights-xgboost-NA-1-0-0-pipeline"
REST = {"KMS_ENCRYPTION_KEY_PARAM": "key", "SECURITY_GROUP_ID": "sg-1", "VPC_SUBNET": "subnet-1"}
PREFIX = "s3://team-bucket/runs/today"


@pytest.fixture
def deployed(account: Any, definition: Definition) -> Any:
    """Deploy the project; give the account."""
    deploy(definition)
    return account


def with_parameters(definition: Definition, *parameters: dict[str, Any]) -> Definition:
    """Add parameters to a definition."""
    data = definition.to_dict()
    data["Parameters"] += parameters
    return replace(definition, data=data)


def test_a_pipeline_starts_with_a_prefix_without_its_last_slash(deployed: Any) -> None:
    started = start(NAME, prefix=f"{PREFIX}//", values=REST)
    sent = deployed.sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=started.arn
    )["PipelineParameters"]
    assert {value["Name"]: value["Value"] for value in sent} == {
        "EXECUTION_S3_PREFIX": PREFIX,
        **REST,
    }
    assert started.values["EXECUTION_S3_PREFIX"] == PREFIX


@pytest.mark.usefixtures("deployed")
def test_every_missing_value_is_named_before_anything_starts(proxy: Any) -> None:
    with pytest.raises(DeployError) as caught:
        start(NAME, values={"VPC_SUBNET": "subnet-1"})
    assert [(p.code, p.message.split()[1]) for p in caught.value.problems] == [
        ("CUR0817", "EXECUTION_S3_PREFIX"),
        ("CUR0817", "KMS_ENCRYPTION_KEY_PARAM"),
        ("CUR0817", "SECURITY_GROUP_ID"),
    ]
    assert caught.value.problems[0].fix == "give --prefix s3://bucket/folder"
    assert proxy.count("StartPipelineExecution") == 0


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"VPC_SUBNETS": "s"},
            "CUR0818 error: the pipeline has no parameter VPC_SUBNETS\n.*VPC_SU",
        ),
        ({"EXECUTION_S3_PREFIX": "s3://other/x"}, "CUR0819 .*EXECUTION_S3_PREFIX is given twice"),
        ({"VPC_SUBNET": "x" * 1025}, r"CUR0820 error: PipelineParameters\[3\].Value has 1025"),
    ],
)
def test_a_value_that_does_not_fit_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DeployError, match=message):
        start(NAME, prefix=PREFIX, values={**REST, **values})


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("prefix", "why"),
    [
        ("bucket/runs", "is not an S3 URI"),
        ("", "is not an S3 URI"),
        ("s3://", "names no bucket"),
        ("s3:///runs", "names no bucket"),
        ("s3://b", "3 to 63 characters"),
        ("s3://bucket/with space", "has a blank"),
    ],
)
def test_a_prefix_that_is_no_s3_uri_is_named(prefix: str, why: str) -> None:
    with pytest.raises(
        DeployError, match=rf"CUR0819 error: parameter EXECUTION_S3_PREFIX: .* {why}"
    ):
        start(NAME, prefix=prefix, values=REST)


TYPED = [
    {"Name": "ROUNDS", "Type": "Integer", "DefaultValue": 5},
    {"Name": "ETA", "Type": "Float", "DefaultValue": 0.3},
    {"Name": "QUICK", "Type": "Boolean", "DefaultValue": False},
    {"Name": "MODE", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
]


@pytest.mark.usefixtures("account")
def test_values_are_of_their_parameters_types(definition: Definition) -> None:
    deploy(with_parameters(definition, *TYPED))
    good = {**REST, "ROUNDS": 7, "ETA": 0.1, "QUICK": True, "MODE": "b"}
    values = start(NAME, prefix=PREFIX, values=good).values
    assert [values[name] for name in ("ROUNDS", "ETA", "QUICK", "MODE")] == [
        "7",
        "0.1",
        "true",
        "b",
    ]
    assert "ROUNDS" not in start(NAME, prefix=PREFIX, values=REST).values
    bad = {**REST, "ROUNDS": 7.5, "ETA": "fast", "QUICK": 1, "MODE": "c"}
    with pytest.raises(DeployError) as caught:
        start(NAME, prefix=PREFIX, values=bad)
    assert [problem.message for problem in caught.value.problems] == [
        "parameter ROUNDS: '7.5' is no Integer",
        "parameter ETA: 'fast' is no Float",
        "parameter QUICK: '1' is no Boolean",
        "parameter MODE: 'c' is none of a, b",
    ]


@pytest.mark.usefixtures("account")
def test_a_renamed_prefix_parameter_is_found_by_its_use(compiled: Any) -> None:
    deploy(compiled(prefix_parameter="TeamPrefix"))
    assert start(NAME, prefix=f"{PREFIX}/", values=REST).values["TeamPrefix"] == PREFIX


@pytest.mark.usefixtures("account")
def test_a_prefix_for_a_fixed_pipeline_is_refused(compiled: Any) -> None:
    deploy(compiled(portable=False))
    with pytest.raises(
        DeployError, match=r"CUR0818 error: no location of the pipeline begins with"
    ):
        start(NAME, prefix=PREFIX)
    assert start(NAME).values == {}


@pytest.mark.usefixtures("account")
def test_a_pipeline_with_two_bases_wants_both_named(definition: Definition) -> None:
    data = json.loads(definition.to_json().replace("EXECUTION_S3_PREFIX", "A_PREFIX"))
    data["Parameters"].append({"Name": "B_PREFIX", "Type": "String"})
    other = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.B_PREFIX"}, "x"]}}
    data["Steps"][0]["Arguments"]["Other"] = other
    deploy(replace(definition, data=data))
    with pytest.raises(
        DeployError, match=r"CUR0818 error: several parameters .*A_PREFIX, B_PREFIX"
    ):
        start(NAME, prefix=PREFIX, values=REST)
    both = {**REST, "A_PREFIX": "s3://a-bucket/", "B_PREFIX": "s3://b-bucket/x/"}
    values = start(NAME, values=both).values
    assert (values["A_PREFIX"], values["B_PREFIX"]) == ("s3://a-bucket", "s3://b-bucket/x")


def tokens(proxy: Any) -> list[str]:
    pairs = zip(proxy.requests, proxy.bodies, strict=True)
    starts = [json.loads(body) for (name, _), body in pairs if name == "StartPipelineExecution"]
    return [request["ClientRequestToken"] for request in starts]


@pytest.mark.usefixtures("deployed")
def test_attempts_of_one_start_share_a_token_and_two_starts_do_not(proxy: Any) -> None:
    proxy.fail("StartPipelineExecution", "lose the answer", times=1)
    first = start(NAME, prefix=PREFIX, values=REST)
    start(NAME, prefix=PREFIX, values=REST)
    sent = tokens(proxy)
    assert len(sent) == 3
    assert sent[0] == sent[1] == first.client_token
    assert sent[2] != sent[0]


@pytest.mark.usefixtures("deployed")
def test_a_token_and_a_name_of_the_user_are_sent(proxy: Any) -> None:
    options = StartOptions(client_token="t" * 32, display_name="today", parallelism=2)
    start(NAME, prefix=PREFIX, values=REST, options=options)
    request = json.loads(proxy.bodies[-1])
    assert request["ClientRequestToken"] == "t" * 32
    assert request["PipelineExecutionDisplayName"] == "today"
    assert request["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (StartOptions(client_token="short"), "ClientRequestToken has 5"),  # noqa: S106 - no secret
        (StartOptions(display_name="two words"), "PipelineExecutionDisplayName"),
        (StartOptions(parallelism=0), "MaxParallelExecutionSteps"),
    ],
)
def test_what_aws_would_not_take_is_named_first(
    proxy: Any, options: StartOptions, message: str
) -> None:
    with pytest.raises(DeployError, match=f"CUR0820 error: .*{message}"):
        start(NAME, prefix=PREFIX, values=REST, options=options)
    assert tokens(proxy) == []


@pytest.mark.usefixtures("proxy")
def test_a_pipeline_that_is_not_there_is_named() -> None:
    with pytest.raises(
        AwsError, match=r"CUR0811 error: cannot read the pipeline nobody in us-east-1"
    ):
        start("nobody")


@pytest.mark.usefixtures("deployed")
def test_a_refused_start_has_a_code(proxy: Any) -> None:
    proxy.refuse("StartPipelineExecution", "AccessDeniedException")
    with pytest.raises(AwsError, match=r"(?s)CUR0803 .*fix allow sagemaker:StartPipelineExecution"):
        start(NAME, prefix=PREFIX, values=REST)


def test_a_deployed_text_that_is_no_definition_is_named(proxy: Any) -> None:
    proxy.fail("DescribePipeline", (200, json.dumps({"PipelineDefinition": "[]"})))
    with pytest.raises(
        DeployError, match=r"CUR0814 error: the definition of the deployed pipeline"
    ):
        start(NAME)
