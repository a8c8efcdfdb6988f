"""What the service would refuse is found before it is asked, with step, field, value and limit."""

from __future__ import annotations

from typing import Any

import pytest
from cursus.errors import Place
from cursus.pipeline.checks import check_definition, check_name, check_steps
from cursus.pipeline.render import pipeline_name
from cursus.pipeline.service_model import load_service_model
from hypothesis import given
from hypothesis import strategies as st

ROLE = "arn:aws:iam::123456789012:role/Pipeline"
KEY = {"Get": "Parameters.KEY"}


def processing(**arguments: Any) -> dict[str, Any]:
    return {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
                "VolumeKmsKeyId": KEY,
            }
        },
        "AppSpecification": {"ImageUri": "123.dkr.ecr.us-east-1.amazonaws.com/a:1"},
        "RoleArn": ROLE,
        "ProcessingOutputConfig": {"Outputs": [output("out")]},
        **arguments,
    }


def output(name: str, path: str = "/opt/ml/processing/output") -> dict[str, Any]:
    s3 = {"S3Uri": "s3://bucket/out", "LocalPath": path, "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "AppManaged": False, "S3Output": s3}


def source(uri: object, name: str = "data") -> dict[str, Any]:
    s3 = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/input/x", "S3DataType": "S3Prefix"}
    return {"InputName": name, "S3Input": s3}


def definition(*steps: dict[str, Any], parameters: tuple[str, ...] = ("KEY",)) -> dict[str, Any]:
    declared = [{"Name": name, "Type": "String"} for name in parameters]
    return {"Version": "2020-12-01", "Parameters": declared, "Steps": list(steps)}


def step(name: str = "A", kind: str = "Processing", **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": processing(**arguments)}


def messages(data: dict[str, Any]) -> list[str]:
    return [p.message for p in (*check_steps(data["Steps"]), *check_definition(data))]


def test_a_sound_definition_has_no_problem() -> None:
    assert messages(definition(step())) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Environment": {"LONG": "x" * 257}}, "Environment.LONG has 257 characters ('xxx"),
        ({"Environment": {"1ST": "x"}}, "Environment, key '1ST', is '1ST'; the service wants the pattern"),
        ({"Environment": {f"N{n}": "x" for n in range(101)}}, "Environment has 101 entries; the limit is 100"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 777601}}, "is 777601; the limit is 777600"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": "60"}}, "is '60', not of type integer"),
        ({"ProcessingInputs": [source("s3://b/k", f"i{n}") for n in range(11)]}, "has 11 items; the limit is 10"),
        ({"ProcessingInputs": [source("/local/data")]}, "S3Uri is '/local/data'; the service wants"),
        ({"RoleArn": "me"}, "RoleArn has 2 characters ('me'); the least is 20"),
        ({"RolArn": ROLE}, "RolArn is unknown to the service; did you mean RoleArn?"),
        ({"NetworkConfig": {"VpcConfig": {"Subnets": ["a"]}}}, "VpcConfig.SecurityGroupIds is missing"),
        ({"NetworkConfig": {"EnableNetworkIsolation": "no"}}, "is 'no', not of type boolean"),
        ({"ProcessingInputs": {"a": 1}}, "ProcessingInputs is {'a': 1}, not of type list"),
        ({"AppSpecification": {"ImageUri": "a", "ContainerArguments": ["x"] * 101}}, "has 101 items; the limit is 100"),
        ({"ProcessingOutputConfig": {"Outputs": [output("a", "/data")]}}, "a has LocalPath /data, not below"),
        ({"ProcessingInputs": [source("s3://b/k"), source("s3://b/l")]}, "2 members of ProcessingInputs are called data"),
    ],
)  # fmt: skip
def test_an_argument_that_the_service_would_refuse(arguments: dict[str, Any], message: str) -> None:
    found = messages(definition(step(**arguments)))
    assert len([text for text in found if message in text]) == 1, found
    assert all(text.startswith("step A: ") for text in found)


def test_an_instance_type_gets_the_nearest_known_ones() -> None:
    resources = {
        "ClusterConfig": {"InstanceType": "ml.m5.lage", "InstanceCount": 1, "VolumeSizeInGB": 1}
    }
    (message, _) = messages(definition(step(ProcessingResources=resources)))
    assert "is 'ml.m5.lage'; the service knows ml.m5.large" in message


@pytest.mark.parametrize("value", [KEY, {"Std:Join": {"On": "/", "Values": ["s3://b", KEY]}}])
def test_values_known_only_at_run_time_fit_every_scalar(value: object) -> None:
    assert messages(definition(step(ProcessingInputs=[source(value)]))) == []


def test_a_value_known_only_at_run_time_is_no_list() -> None:
    network = {"VpcConfig": {"Subnets": KEY, "SecurityGroupIds": ["sg-1"]}}
    (message,) = messages(definition(step(NetworkConfig=network)))
    assert "Subnets is {'Get': 'Parameters.KEY'}, not of type list" in message


def test_kinds_of_steps_without_a_known_operation_keep_their_arguments() -> None:
    custom = {"Name": "L", "Type": "Lambda", "Arguments": {"anything": KEY}}
    assert messages(definition(custom)) == []


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        ("Parameters.OTHER", "parameter OTHER is not declared"),
        ("Steps.Absent.RoleArn", "there is no step Absent"),
        ("Steps.B.RoleArn", "step B does not come before it"),
        ("Steps.C.RoleArn", "step C does not come before it"),
        ("Steps.A.ProcessingOutputConfig.Outputs['no'].S3Output.S3Uri", "step A has no output no"),
        (
            "Steps.A.ModelArtifacts.S3ModelArtifacts",
            "a Processing step has no property ModelArtifacts",
        ),
        ("Execution.Weather", "an execution has no Weather"),
        ("Somewhere.Else", "it is no reference to Parameters, Steps or Execution"),
    ],
)
def test_a_reference_must_exist_and_lead_backwards(reference: str, fault: str) -> None:
    reader = step("B", ProcessingInputs=[source({"Get": reference})])
    (message,) = messages(definition(step("A"), reader, step("C")))
    assert fault in message
    assert f"refers to {reference}" in message


@pytest.mark.parametrize(
    "reference",
    [
        "Steps.A.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri",
        "Steps.A.ProcessingResources.ClusterConfig.InstanceType",
        "Execution.PipelineExecutionId",
    ],
)
def test_a_reference_that_exists_is_no_problem(reference: str) -> None:
    reader = step("B", ProcessingInputs=[source({"Get": reference})])
    assert messages(definition(step("A"), reader)) == []


def test_a_step_depends_only_on_steps_before_it() -> None:
    first = {**step("A"), "DependsOn": ["B"]}
    assert messages(definition(first, step("B"))) == [
        "step A depends on B, which does not come before it"
    ]


def test_a_parameter_that_is_never_used_is_named() -> None:
    assert messages(definition(step(), parameters=("KEY", "IDLE"))) == [
        "parameter IDLE is declared and never used"
    ]


@pytest.mark.parametrize("name", ["-flights", "flights_1", "f" * 257, ""])
def test_a_pipelines_name_is_checked(name: str) -> None:
    made, given = (check_name(name, is_given=flag)[0] for flag in (False, True))
    assert made.message.startswith(f"the pipeline name {name!r} ({len(name)} characters) does not")
    assert made.fix == "shorten service_name, author or pipeline_version"
    assert given.fix.startswith("give a name of letters")


@pytest.mark.parametrize("name", ["MY PREFIX", "P.1", "", "p" * 257])
def test_a_parameters_name_is_checked(name: str) -> None:
    reader = step("B", ProcessingInputs=[source({"Get": f"Parameters.{name}"})])
    (message,) = messages(definition(reader, parameters=("KEY", name)))
    assert message.startswith(f"the parameter name {name!r} does not fit")


def test_a_problem_of_a_step_has_the_place_of_its_config() -> None:
    reader = step("B", RoleArn="me", ProcessingInputs=[source({"Get": "Parameters.NO"})])
    data = definition(step("A"), reader)
    places = {name: Place(path=f"$.{name}") for name in "AB"}
    found = [*check_steps(data["Steps"], places), *check_definition(data, places)]
    assert [problem.code for problem in found if problem.place == places["B"]] == [
        *("CUR0631", "CUR0631", "CUR0635")
    ]


@given(name=st.text(max_size=100), version=st.text(max_size=20))
def test_every_name_becomes_a_valid_pipeline_name(name: str, version: str) -> None:
    assert check_name(pipeline_name(name, version), is_given=False) == []


def test_what_is_wrong_in_several_steps_alike_is_one_problem() -> None:
    steps = [step("A", RoleArn="me me"), step("B"), step("C", RoleArn="me me")]
    places = {name: Place(path=f"$.{name}") for name in "ABC"}
    problems = check_steps(steps, places)
    assert {problem.message.partition(":")[0] for problem in problems} == {"steps A, C"}
    assert len({problem.message for problem in problems}) == len(problems)
    assert {problem.place for problem in problems} == {places["A"]}


def test_step_names_are_valid_and_unique() -> None:
    found = messages(definition(step("a" * 65), step("B"), step("B"), step("with space")))
    assert [text.split(" does not fit")[0] for text in found] == [
        f"the step name {'a' * 65!r}",
        "2 steps are called B",
        "the step name 'with space'",
    ]


def test_the_size_of_a_definition_is_limited() -> None:
    names = tuple(f"P{number}" for number in range(201))
    large = {"Name": "L", "Type": "Lambda", "Arguments": {"text": "x" * 1024 * 1024, "key": KEY}}
    assert any(
        "has 201 parameters; the limit is 200" in m
        for m in messages(definition(step(), parameters=names))
    )
    assert any("bytes; the limit is 1048576" in m for m in messages(definition(large)))


def test_more_than_fifty_steps_are_a_warning() -> None:
    data = definition(*(step(f"S{number}") for number in range(51)))
    (problem,) = check_definition(data)
    assert (problem.code, problem.severity) == ("CUR0634", "warning")


def test_all_problems_come_at_once() -> None:
    bad = step(
        RoleArn="me",
        Environment={"A": "x" * 300},
        ProcessingInputs=[source({"Get": "Parameters.NO"})],
    )
    assert len(messages(definition(bad))) == 4


def test_the_model_is_found_without_importing_botocore() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from cursus.pipeline.service_model import load_service_model as load; "
        "assert 'CreateProcessingJob' in load().operations; "
        "assert not {'botocore', 'boto3', 'sagemaker'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_botocore_a_warning_says_what_was_not_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    load_service_model.cache_clear()
    try:
        problems = check_steps([step(RoleArn="me")])
    finally:
        load_service_model.cache_clear()
    assert [(problem.code, problem.severity) for problem in problems] == [("CUR0636", "warning")]
