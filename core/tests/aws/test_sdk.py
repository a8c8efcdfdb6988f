"""The SageMaker SDK's objects: a Pipeline of the same meaning that upserts and starts, Joins, parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.errors import MissingExtraError
from cursus.paths import OutputPath, Parameter, StepProperty
from cursus.pipeline import Definition, deploy, sdk, start, to_sdk
from cursus.pipeline.parameters import read_parameters

pytestmark = pytest.mark.slow
NAME = "ada-Flights-xgboost-NA-1-0-0-pipeline"
REST = {"KMS_ENCRYPTION_KEY_PARAM": "key", "SECURITY_GROUP_ID": "sg-1", "VPC_SUBNET": "subnet-1"}
PREFIX = Parameter(name="EXECUTION_S3_PREFIX")


@pytest.fixture
def session(account: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a session of the installed SDK, which reports nothing to its makers."""
    import boto3

    assert account.pipelines() == []
    settings = tmp_path / "sagemaker.yaml"
    settings.write_text(
        "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"
    )
    monkeypatch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(settings))
    boto_session = boto3.Session(region_name="us-east-1")
    try:
        from sagemaker.core.helper.session_helper import Session
    except ImportError:
        from sagemaker.session import Session
    return Session(boto_session=boto_session)


@pytest.fixture
def role(proxy: Any) -> str:
    """Make the pipeline's role; SDK v3 looks at it."""
    import boto3

    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    policy = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
    iam = boto3.client("iam", endpoint_url=proxy.url)
    made = iam.create_role(RoleName="Pipeline", AssumeRolePolicyDocument=json.dumps(policy))
    arn: str = made["Role"]["Arn"]
    return arn


def without_empty(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out members without a value, which SDK v3 adds for what a pipeline does not use."""
    return {name: value for name, value in data.items() if value is not None}


def test_the_sdks_pipeline_has_the_same_definition(definition: Definition, session: Any) -> None:
    pipeline = definition.to_sdk_pipeline(session)
    assert without_empty(json.loads(pipeline.definition())) == definition.to_dict()
    assert pipeline.name == definition.name


def test_the_sdks_pipeline_upserts_with_its_code_and_starts(
    definition: Definition, session: Any, account: Any, role: str
) -> None:
    pipeline = definition.to_sdk_pipeline(session)
    pipeline.upsert(role)
    assert sorted(account.objects()) == sorted(
        f"{uri.removeprefix('s3://team-bucket/')}/{name}"
        for uri, bundle in definition.bundles.items()
        for name in bundle.files
    )
    pipeline.upsert(role)
    assert account.pipelines() == [NAME]
    execution = pipeline.start(parameters={"EXECUTION_S3_PREFIX": "s3://team-bucket/x"})
    assert execution.describe()["PipelineExecutionStatus"] == "Succeeded"


def test_a_step_made_by_hand_refers_to_ours(definition: Definition, session: Any) -> None:
    fail_step = sdk.installed_sdk().step("fail_step")
    pipeline = definition.to_sdk_pipeline(session)
    ours = pipeline.steps[0]
    uri = ours.properties.ProcessingOutputConfig.Outputs["DATA"].S3Output.S3Uri
    pipeline.steps.append(fail_step.FailStep("Stop", error_message=uri, depends_on=[ours]))
    (stop,) = [
        step for step in json.loads(pipeline.definition())["Steps"] if step["Name"] == "Stop"
    ]
    reference = f"Steps.{ours.name}.ProcessingOutputConfig.Outputs['DATA'].S3Output.S3Uri"
    assert stop["Arguments"] == {"ErrorMessage": {"Get": reference}}
    assert stop["DependsOn"] == [ours.name]


def test_the_steps_hold_the_sdks_own_parameters_and_joins(
    definition: Definition, session: Any
) -> None:
    expressions = sdk.installed_sdk().expression
    pipeline = definition.to_sdk_pipeline(session)
    outputs = pipeline.steps[1].arguments["ProcessingOutputConfig"]["Outputs"]
    uri = outputs[0]["S3Output"]["S3Uri"]
    assert isinstance(uri, expressions("functions").Join)
    assert uri.values[0] is pipeline.parameters[0]
    assert isinstance(uri.values[0], expressions("parameters").ParameterString)


def test_an_output_path_is_a_join_and_one_that_is_known_is_text() -> None:
    join = to_sdk(OutputPath(base=PREFIX) / "xgboost_training" / "model")
    assert type(join).__name__ == "Join"
    assert join.expr == (OutputPath(base=PREFIX) / "xgboost_training" / "model").to_json()
    assert to_sdk(OutputPath(base="s3://bucket/") / "a") == "s3://bucket/a"
    assert to_sdk(OutputPath(base=PREFIX)).expr == {"Get": "Parameters.EXECUTION_S3_PREFIX"}


def test_values_inside_plain_data_become_the_sdks() -> None:
    found = to_sdk({"a": [StepProperty(step="Train", path="ModelArtifacts.S3ModelArtifacts"), 1]})
    assert found["a"][0].expr == {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
    assert found["a"][1] == 1


@pytest.mark.parametrize(
    ("kind", "default"), [("String", "a"), ("Integer", 5), ("Float", 0.5), ("Boolean", True)]
)
def test_a_parameter_of_every_type_goes_to_the_sdk_and_comes_back(kind: Any, default: Any) -> None:
    ours = Parameter(name="TEAM_VALUE", type=kind, default=default)
    theirs = to_sdk(ours)
    assert theirs.parameter_type.value == kind
    assert read_parameters([theirs]).extra == (ours,)


def test_without_an_sdk_the_extra_is_named(
    definition: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "HOMES", (("no_sagemaker.core", "no_sagemaker.mlops"),))
    with pytest.raises(MissingExtraError, match=r"pip install 'cursus-core\[sagemaker\]'"):
        definition.to_sdk_pipeline()


def test_the_sdks_session_and_boto3s_reach_aws_for_a_deployment(
    definition: Definition, session: Any, account: Any
) -> None:
    assert deploy(definition, session).action == "created"
    assert deploy(definition, session.boto_session).action == "unchanged"
    assert start(NAME, prefix="s3://team-bucket/x", values=REST, session=session).pipeline == NAME
    assert account.pipelines() == [NAME]
